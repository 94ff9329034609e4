import { useState } from 'react';
import type { PairedApp } from '../../../../main/contract/box/state.ts';
import { ago, dateTime } from '../../../lib/format.ts';
import { useNow } from '../../../lib/use-now.ts';
import { Button } from '../../../ui/button.tsx';
import { Card } from '../../../ui/card.tsx';
import { ConfirmDialog } from '../../../ui/confirm-dialog.tsx';
import { EmptyState } from '../../../ui/empty-state.tsx';
import { KeyIcon, LinkIcon } from '../../../ui/icons.tsx';
import { toast, toastProblem } from '../../../ui/toast.tsx';
import css from '../boxes.module.css';
import { shortPrint } from '../view.ts';
import { CodeCard } from './code-card.tsx';
import { useAct, useBox } from './door.ts';
import { t } from './text.ts';

/** Who may act on this box, and an end to that. */
export function AppsTab() {
  const { state, away, door, code: shown } = useBox();
  const now = useNow();
  const [asking, setAsking] = useState<PairedApp>();
  const code = useAct({ onDone: () => toast({ title: t('apps.codeMade'), detail: t(door.own ? 'apps.codeOwn' : 'apps.codeThere') }), onProblem: toastProblem }); // prettier-ignore
  const revoke = useAct({
    onDone: () => {
      toast({ title: t('apps.revoked', { name: asking?.name ?? '' }) });
      setAsking(undefined);
    },
  });
  return (
    <div className={css.stack}>
      {shown && <CodeCard code={shown} />}
      <Card
        title={t('apps')}
        flush
        actions={
          <Button
            size="small"
            icon={KeyIcon}
            busy={code.busy}
            why={away}
            onClick={() => void code.run({ do: 'new-code' })}
          >
            {t('apps.newCode')}
          </Button>
        }
      >
        <p className={`${css.pad} ${css.text}`}>{t('apps.text')}</p>
        {state.apps.length === 0 && (
          <EmptyState icon={LinkIcon} title={t('apps.none')}>
            {t('apps.noneText')}
          </EmptyState>
        )}
        <ul aria-label={t('apps')}>
          {state.apps.map((app) => (
            <li key={app.fingerprint} className={css.row}>
              <span className={css.icon}>
                <LinkIcon size={20} />
              </span>
              <div className={css.words}>
                <span className={css.name}>{app.name}</span>
                <span className={css.sub} title={dateTime(app.pairedAt)}>
                  {t(`apps.by.${app.by}`, { ago: ago(app.pairedAt, now) })}
                  {app.lastSeenAt !== undefined && ` · ${t('apps.seen', { ago: ago(app.lastSeenAt, now) })}`}
                </span>
                <span className={css.sub}>{t('apps.key', { key: shortPrint(app.fingerprint) })}</span>
              </div>
              <Button size="small" why={away} onClick={() => setAsking(app)}>
                {t('apps.revoke')}
                <span className="visually-hidden"> {app.name}</span>
              </Button>
            </li>
          ))}
        </ul>
      </Card>
      <ConfirmDialog
        open={asking !== undefined}
        danger
        onClose={() => {
          setAsking(undefined);
          revoke.reset();
        }}
        title={t('apps.revokeTitle', { name: asking?.name ?? '' })}
        confirmLabel={t('apps.revoke')}
        busy={revoke.busy}
        problem={revoke.problem}
        onConfirm={() => asking && void revoke.run({ do: 'revoke', fingerprint: asking.fingerprint })}
      >
        <p>{t('apps.revokeText')}</p>
        {!door.own && state.apps.length === 1 && <p>{t('apps.revokeLast')}</p>}
      </ConfirmDialog>
    </div>
  );
}
