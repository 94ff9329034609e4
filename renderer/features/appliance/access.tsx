import type { Appliance } from '../../../main/contract/appliance.ts';
import { targets, useList } from '../../lib/resources.ts';
import { useAction, useCall } from '../../lib/use-call.ts';
import { useMay } from '../../lib/use-may.ts';
import { Button } from '../../ui/button.tsx';
import { Card } from '../../ui/card.tsx';
import { CodeBlock } from '../../ui/code-block.tsx';
import { KeyValue } from '../../ui/key-value.tsx';
import { ProblemView } from '../../ui/problem-view.tsx';
import { Skeleton } from '../../ui/skeleton.tsx';
import { quoted } from '../settings/quoted.ts';
import { toastProblem } from '../../ui/toast.tsx';
import css from './appliance.module.css';
import { t } from './text.ts';

/** The kubeconfig for kubectl and virtctl. It is handed out for what is shown, so another one is shown first. */
export function Access({ row }: { row: Appliance }) {
  const entry = useList(targets).items.find((each) => each.id === row.id);
  const use = useAction((api, id: string) => api.targets.use({ id }), { onProblem: toastProblem });
  const may = useMay();
  const refused = may('target.kubeconfig');
  const config = useCall(['kubeconfig'], (api, signal) => api.target.kubeconfig({}, { signal }), {
    enabled: entry?.current === true && refused === undefined,
  });
  return (
    <Card title={t('access')}>
      <div className={css.stack}>
        <p className={css.detail}>{t('access.text')}</p>
        {!entry && <p className={css.muted}>{t('access.none')}</p>}
        {entry && !entry.current && (
          <div>
            <p className={css.detail}>{t('access.other')}</p>
            <Button size="small" busy={use.busy} why={may('targets.use')} onClick={() => void use.run(entry.id)}>
              {t('access.use', { name: entry.name })}
            </Button>
          </div>
        )}
        {entry?.current && refused !== undefined && <p className={css.muted}>{refused}</p>}
        {config.loading && <Skeleton count={2} />}
        {config.problem && <ProblemView problem={config.problem} compact />}
        {entry?.current && config.value && (
          <>
            <KeyValue items={[{ label: t('access.path'), value: config.value.path, mono: true, copy: config.value.path }]} />
            <CodeBlock
              text={`export KUBECONFIG=${quoted(config.value.path)}\nkubectl get nodes\nkubectl get virtualmachines -A`}
              label={t('access.try')}
            />
            <p className={css.muted}>{t('access.secret')}</p>
          </>
        )}
      </div>
    </Card>
  );
} // prettier-ignore
