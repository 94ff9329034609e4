import type { KubeObject } from '../../../contract/kube.ts';
import { act } from '../../machines/act.ts';
import { until, untilOff } from '../../snapshots/wait.ts';
import { KubeError } from '../../target/kube-error.ts';
import { kinds } from '../../target/kinds.ts';
import { notInTime, patiently } from './patience.ts';
import type { Place } from './place.ts';

type Ref = { namespace: string; name: string };
/** A cluster gives a node that does not answer some time (ms). */
const patience = 2 * 60_000;

/** Cuts the power of a machine and waits until it is off. What it holds is thrown away: nothing has to be shut down. */
export async function powerOff({ target }: Place, ref: Ref, signal: AbortSignal): Promise<void> {
  try {
    await act(target, ref, 'forceStop', { deleteDisks: false });
  } catch (error) {
    // It is off, or stops, already.
    if (!(error instanceof KubeError) || (error.code !== 409 && error.code !== 404)) throw error;
  }
  await off(target, ref, signal);
}

const off = (target: Place['target'], ref: Ref, signal: AbortSignal): Promise<true> =>
  patiently(
    patience,
    signal,
    (until) => untilOff(target, ref, until),
    () => notInTime(`${ref.name} did not stop`, patience),
  );

/** Deletes a machine with its disks and waits until its name is free. */
export async function removeMachine({ target, namespace }: Place, vm: KubeObject, signal: AbortSignal): Promise<void> {
  const ref = { namespace, name: vm.metadata.name ?? '' };
  if (!vm.metadata.deletionTimestamp)
    try {
      await act(target, ref, 'delete', { deleteDisks: true, mode: 'now' });
    } catch (error) {
      if (!(error instanceof KubeError) || (error.code !== 409 && error.code !== 404)) throw error;
    }
  const gone = (until_: AbortSignal): Promise<true> =>
    until(target, kinds.virtualMachines, ref, until_, (now) =>
      now?.metadata.uid === vm.metadata.uid ? undefined : true,
    );
  await patiently(patience, signal, gone, () => notInTime(`${ref.name} was not deleted`, patience));
  await off(target, ref, signal);
}
