import type { ObjectRef } from '../../../main/contract/machine-ref.ts';
import { faultsOf, useLive } from '../../lib/resources.ts';
import { ProblemView } from '../../ui/problem-view.tsx';
import { Skeleton } from '../../ui/skeleton.tsx';
import { CrashFaults } from './crash-faults.tsx';
import { FaultList } from './fault-list.tsx';
import css from './faults.module.css';
import { GuestFaults } from './guest-faults.tsx';
import { NetworkFaults } from './network-faults.tsx';

/** "Break it": what is broken on a machine, and everything that can be. `interfaces`: names of its network cards. */
export function FaultsPanel({ of, interfaces }: { of: ObjectRef; interfaces: readonly string[] }) {
  const { value, problem } = useLive(faultsOf(of));
  if (!value) return problem ? <ProblemView problem={problem} compact /> : <Skeleton height="block" count={2} />;
  return (
    <div className={css.stack}>
      <FaultList of={of} faults={value.faults} />
      <NetworkFaults of={of} faults={value} interfaces={interfaces} />
      <GuestFaults of={of} faults={value} />
      <CrashFaults of={of} faults={value} />
    </div>
  );
}
