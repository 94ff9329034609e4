import type { ReactNode } from 'react';
import type { MachineRow, MachineSample } from '../../../main/contract/machine.ts';
import type { ObjectRef } from '../../../main/contract/machine-ref.ts';
import type { MetricsRange } from '../../../main/contract/metrics.ts';
import { machineMetrics, machineSamples, useLive } from '../../lib/resources.ts';
import { useStored } from '../../lib/storage.ts';
import { Card } from '../../ui/card.tsx';
import { ProblemView } from '../../ui/problem-view.tsx';
import { Graphs } from './graphs.tsx';
import css from './graphs.module.css';
import { RangeSwitch } from './range-switch.tsx';
import { t } from './text.ts';

interface Props {
  of: ObjectRef;
  row: MachineRow;
}
const steps: Record<MetricsRange, number> = { live: 2_000, '1h': 10_000, '24h': 60_000 };

/** What a machine uses: live, of the last hour or day. */
export function MachineGraphs({ of, row }: Props): ReactNode {
  const [range, setRange] = useStored<MetricsRange>('graphs.range', 'live');
  return (
    <section aria-label={t('use')}>
      <div className={css.head}>
        <h2 className={css.title}>{t('use')}</h2>
        <RangeSwitch value={range} onChange={setRange} />
      </div>
      {range === 'live' ? <Live of={of} row={row} /> : <Kept key={range} of={of} row={row} range={range} />}
    </section>
  );
}

function Live({ of, row }: Props): ReactNode {
  const { value, problem } = useLive(machineSamples(of));
  return <Drawn samples={value ?? []} row={row} range="live" problem={value ? undefined : problem} />;
}
function Kept({ of, row, range }: Props & { range: '1h' | '24h' }): ReactNode {
  const { value, problem } = useLive(machineMetrics(of, range));
  return <Drawn samples={value ?? []} row={row} range={range} problem={value ? undefined : problem} />;
}

function Drawn(props: { samples: readonly MachineSample[]; row: MachineRow; range: MetricsRange; problem: Parameters<typeof ProblemView>[0]['problem'] | undefined }) {
  const { samples, row, range, problem } = props;
  if (problem) return <ProblemView problem={problem} compact />;
  if (samples.length < 2)
    return (
      <Card>
        <p className={css.muted}>{t(row.tone === 'running' ? 'waiting' : range === 'live' ? 'off' : 'none')}</p>
      </Card>
    );
  return <Graphs samples={samples} step={steps[range]} memory={row.memory} />;
} // prettier-ignore
