import type { ReactNode } from 'react';
import { useCall } from '../../lib/use-call.ts';
import { Banner } from '../../ui/banner.tsx';
import { Button } from '../../ui/button.tsx';
import { CodeBlock } from '../../ui/code-block.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { ProblemView } from '../../ui/problem-view.tsx';
import { Skeleton } from '../../ui/skeleton.tsx';
import css from './devices.module.css';
import { t } from './text.ts';

interface Props {
  kind: 'pci' | 'usb';
  id: string;
  name: string;
  onClose: () => void;
}

/** The dry run of giving a device to a machine: what stands in the way, what would be lost, what would have to be done. */
export function PlanDialog({ kind, id, name, onClose }: Props): ReactNode {
  const plan = useCall(['devices', 'plan', kind, id], (api, signal) => api.devices.plan({ kind, id }, { signal }), { staleMs: 0 }); // prettier-ignore
  const value = plan.value;
  return (
    <Dialog
      open
      size="large"
      onClose={onClose}
      title={t('plan.of', { name })}
      description={t('plan.dry')}
      footer={<Button onClick={onClose}>{t('close')}</Button>}
    >
      <div className={css.stack}>
        {plan.problem && <ProblemView problem={plan.problem} />}
        {plan.loading && <Skeleton height="block" count={2} />}
        {value && (
          <>
            {value.blockers.length > 0 ? (
              <Banner tone="warning" title={t('plan.blocked')}>
                <List items={value.blockers} />
              </Banner>
            ) : (
              <Banner tone="ok" title={t('plan.free')} />
            )}
            <section>
              <h3>{t('loses')}</h3>
              {value.losses.length === 0 ? (
                <p>{t('losesNothing')}</p>
              ) : (
                <List items={[...new Set(value.losses.map(({ text }) => text))]} />
              )}
            </section>
            {value.steps.map((step) => (
              <section key={step.title} className={css.stack}>
                <h3>{step.title}</h3>
                <p>{step.text}</p>
                {step.commands.length > 0 && <CodeBlock text={step.commands.join('\n')} label={step.title} />}
              </section>
            ))}
            {value.manifests.map((manifest) => (
              <section key={manifest.title} className={css.stack}>
                <h3>{manifest.title}</h3>
                <CodeBlock text={manifest.yaml} label={manifest.title} />
              </section>
            ))}
          </>
        )}
      </div>
    </Dialog>
  );
}

function List({ items }: { items: readonly string[] }): ReactNode {
  return (
    <ul className={css.loses}>
      {items.map((item) => (
        <li key={item}>{item}</li>
      ))}
    </ul>
  );
}
