import type { KubeObject } from '../../../contract/kube.ts';
import { ProblemError } from '../../../contract/problem.ts';
import { askedAtAnnotation, memoryAnnotation } from '../../snapshots/names.ts';
import { until } from '../../snapshots/wait.ts';
import { apiVersionOf, kinds } from '../../target/kinds.ts';
import { pick, pickList, pickText } from '../../target/pick.ts';
import { checkpointLabels } from './names.ts';
import { notInTime, patiently } from './patience.ts';
import { discard, machinesAtOnce } from './place.ts';
import type { Place } from './place.ts';
import type { CheckpointRecord, MachineRecord } from './record.ts';
import { sideBySide } from './side-by-side.ts';

const kind = kinds.virtualMachineRestores;
/** A cluster's storage may copy whole disks (ms). */
const patience = 10 * 60_000;

/** The VirtualMachineRestore of one machine. Pure. */
export function restoreOf(lab: string, { id }: Pick<CheckpointRecord, 'id'>, machine: MachineRecord, name: string, at: Date): KubeObject {
  const { snapshot, memory } = machine;
  return {
    apiVersion: apiVersionOf(kind),
    kind: kind.kind,
    metadata: {
      name,
      namespace: `lab-${lab}`,
      labels: checkpointLabels(lab, id),
      annotations: { [askedAtAnnotation]: at.toISOString(), ...(memory !== undefined && { [memoryAnnotation]: 'true' }) },
    },
    spec: { target: { apiGroup: 'kubevirt.io', kind: 'VirtualMachine', name: machine.name }, virtualMachineSnapshotName: snapshot },
  };
} // prettier-ignore

/** Gives up restores that somebody began and that are not over: the target does one at a time on a machine. */
export async function endRestores(place: Place, signal: AbortSignal): Promise<void> {
  const { target, namespace } = place;
  const open = (await target.client.list(kind, namespace)).filter((each) => pick(each, 'status', 'complete') !== true);
  await sideBySide(open, machinesAtOnce, async ({ metadata: { name = '', uid } }) => {
    await discard(place, kind, name, uid);
    await until(target, kind, { namespace, name }, signal, (now) => (now?.metadata.uid === uid ? undefined : true));
  });
}

/** Gives a machine that is off (or gone) the disks of its snapshot; with its memory, where it has that. */
export async function restoreMachine(place: Place, record: CheckpointRecord, machine: MachineRecord, signal: AbortSignal): Promise<void> {
  const { target, lab, namespace } = place;
  const name = `${record.id}-${machine.name}-${Date.now().toString(36)}`;
  const made = await target.client.create(kind, restoreOf(lab, record, machine, name, new Date()), { signal });
  const complete = (cut: AbortSignal): Promise<true> => until(target, kind, { namespace, name }, cut, (restore) => {
    if (!restore || restore.metadata.uid !== made.metadata.uid) return undefined;
    const failure = pickList(restore, 'status', 'conditions').find((each) => each['type'] === 'Failure' && each['status'] === 'True');
    if (failure) throw notRestored(machine, pickText(failure, 'reason'));
    return pick(restore, 'status', 'complete') === true ? true : undefined;
  });
  await patiently(patience, signal, complete, () => notInTime(`The disks of ${machine.name} were not restored`, patience));
  // What it did is done; it would stand among the machine's own.
  await discard(place, kind, name, made.metadata.uid);
} // prettier-ignore

const notRestored = ({ name }: MachineRecord, why: string | undefined): ProblemError =>
  new ProblemError({
    code: 'rewind-failed',
    title: 'A machine of the lab could not be brought back',
    detail: `${name}: ${why ?? 'the target gave no reason.'}`,
    fix: 'Go back to the step once more; what was done already does no harm.',
  });
