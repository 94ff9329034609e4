import type { ReactNode } from 'react';
import type { DriverWay } from '../../../main/contract/hardware.ts';
import type { ObjectRef } from '../../../main/contract/machine-ref.ts';
import { useAction } from '../../lib/use-call.ts';
import { useOffer } from '../../lib/use-offer.ts';
import { Button } from '../../ui/button.tsx';
import { Card } from '../../ui/card.tsx';
import { ProblemView } from '../../ui/problem-view.tsx';
import css from './hardware.module.css';
import { t } from './text.ts';
import { tell } from './use-hardware.ts';

type Step = 'prepare' | 'change' | 'undo' | 'keep';

/** The way from SATA and an Intel card to virtio's, with the driver first and the way back after it. */
export function DriversCard({ of, way }: { of: ObjectRef; way: DriverWay }): ReactNode {
  const lack = useOffer()('hardware.changeDrivers');
  const run = useAction((api, step: Step) => api.hardware.changeDrivers({ ...of, step }), {
    onDone: ({ when }, step) => tell(t(`drivers.done.${step}`), of.name, step === 'keep' ? 'now' : when),
  });
  const names = [...way.disks, ...way.cards].join(', ');
  const button = (step: Step, main = false): ReactNode => (
    <Button
      size="small"
      tone={main ? 'primary' : 'plain'}
      why={lack}
      busy={run.busy}
      onClick={() => void run.run(step)}
    >
      {t(`drivers.${step}`)}
    </Button>
  );
  return (
    <Card title={t('drivers.title')}>
      <div className={css.stack}>
        {way.state !== 'changed' && <p>{t('drivers.what', { names })}</p>}
        <p>{t(`drivers.${way.state}`, { names })}</p>
        {run.problem && <ProblemView problem={run.problem} compact />}
        <div className={css.actions}>
          {way.state === 'changed' ? (
            <>
              {button('keep', true)}
              {button('undo')}
            </>
          ) : (
            <>
              {way.state === 'first' && button('prepare')}
              {button('change', way.state === 'prepared')}
            </>
          )}
        </div>
      </div>
    </Card>
  );
}
