import type { ReactNode } from 'react';
import type { Hardware } from '../../../main/contract/hardware.ts';
import type { ObjectRef } from '../../../main/contract/machine-ref.ts';
import { bytes } from '../../lib/format.ts';
import { useLive } from '../../lib/resources.ts';
import { Card } from '../../ui/card.tsx';
import { KeyValue } from '../../ui/key-value.tsx';
import { ProblemView } from '../../ui/problem-view.tsx';
import { Skeleton } from '../../ui/skeleton.tsx';
import css from './hardware.module.css';
import { SettingsCard } from './settings-card.tsx';
import { SizeForm } from './size-form.tsx';
import { t } from './text.ts';
import { hardwareOf } from './use-hardware.ts';

/** CPU, memory and firmware of a machine. */
export function HardwareTab({ of }: { of: ObjectRef }): ReactNode {
  const { value, problem } = useLive(hardwareOf(of));
  if (!value) return problem ? <ProblemView problem={problem} /> : <Skeleton height="block" count={2} />;
  return (
    <div className={css.stack}>
      <SizeForm of={of} hardware={value} />
      <SettingsCard key={`${of.namespace}/${of.name}`} of={of} />
      <Facts hardware={value} />
    </div>
  );
}

function Facts({ hardware: { size } }: { hardware: Hardware }): ReactNode {
  const { running } = size;
  return (
    <Card title={t('facts.title')}>
      <KeyValue
        columns={2}
        items={[
          {
            label: t('facts.now'),
            value: running
              ? t('facts.nowValue', {
                  cpus: running.sockets * running.cores * running.threads,
                  memory: bytes(running.memory),
                })
              : t('facts.off'),
          },
          { label: t('facts.firmware'), value: t(`firmware.${size.firmware}`) },
          { label: t('facts.model'), value: size.model ?? '–' },
          { label: t('facts.machine'), value: size.machineType ?? '–', mono: true },
        ]}
      />
      {running && <p className={css.under}>{t('facts.hint')}</p>}
    </Card>
  );
}
