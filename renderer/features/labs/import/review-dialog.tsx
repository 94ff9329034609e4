import type { ReactNode } from 'react';
import type { LabImport } from '../../../../main/contract/labs/labs.ts';
import { useAction } from '../../../lib/use-call.ts';
import { Banner } from '../../../ui/banner.tsx';
import { Button } from '../../../ui/button.tsx';
import { Dialog } from '../../../ui/dialog.tsx';
import { Findings } from '../../../ui/findings.tsx';
import { ProblemView } from '../../../ui/problem-view.tsx';
import { toast } from '../../../ui/toast.tsx';
import { Makes } from '../lab/makes.tsx';
import css from '../lab/lab.module.css';
import { Needs } from '../lab/needs.tsx';
import { Level } from '../library/level.tsx';
import { labNamespace } from '../namespace.ts';
import { t } from '../text.ts';

/** What a lab file would make, before anything of it is kept. */
export function ReviewDialog({ found, onClose }: { found: LabImport; onClose: () => void }): ReactNode {
  const { preview, findings, replaces, token } = found;
  const { row } = preview;
  const errors = findings.filter(({ severity }) => severity === 'error').length;
  const keep = useAction((api, of: string) => api.labs.keep({ token: of }), {
    onDone: ({ lab }) => {
      toast({ title: t('keep.done', { title: row.title }) });
      onClose();
      window.location.hash = `/labs/${lab}`;
    },
  });
  return (
    <Dialog
      open
      size="large"
      cancel
      onClose={onClose}
      title={t('review.title', { title: row.title || row.name })}
      description={row.summary}
      givesFocusBack={() => !keep.value}
      footer={
        <Button
          tone="primary"
          busy={keep.busy}
          why={errors > 0 ? t('keep.why', { n: errors }) : undefined}
          onClick={() => void keep.run(token)}
        >
          {t(replaces ? 'keep.replace' : 'keep')}
        </Button>
      }
    >
      <div className={css.stack}>
        {keep.problem && <ProblemView problem={keep.problem} compact />}
        {replaces && (
          <Banner tone="warning" title={t('replaces', { title: row.title, version: replaces.version })}>
            {t(`replaces.${replaces.origin}`)}
          </Banner>
        )}
        <p className={css.line}>
          <Level level={row.level} />
          <span>{t('minutes', { n: row.minutes })}</span>
          <span>{t('steps', { n: row.steps })}</span>
          <span>{t('version', { version: row.version })}</span>
        </p>
        <p className={css.muted}>{t('safe', { namespace: labNamespace(row.name) })}</p>
        {findings.length > 0 && (
          <div className={css.tight}>
            <h3 className={css.small}>{t('findings', { n: findings.length })}</h3>
            <Findings findings={findings} />
          </div>
        )}
        <Makes preview={preview} title={t('makes')} />
        <Needs preview={preview} />
      </div>
    </Dialog>
  );
}
