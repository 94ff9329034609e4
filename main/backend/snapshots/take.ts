import type { KubeObject } from '../../contract/kube.ts';
import type { TakeSnapshot } from '../../contract/snapshots.ts';
import { apiVersionOf, kinds } from '../target/kinds.ts';
import { isNotFound } from '../target/kube-error.ts';
import { pick, pickList, pickText } from '../target/pick.ts';
import type { OpenTarget } from '../target/target.ts';
import type { TaskHandle } from '../tasks/tasks.ts';
import { askedAtAnnotation, descriptionAnnotation, managedBy, memoryAnnotation, parentsAnnotation } from './names.ts';
import { lineOf, snapshotTree } from './tree.ts';
import { failed, until } from './wait.ts';

const kind = kinds.virtualMachineSnapshots;

/** What marks a snapshot beside what a person says of it. */
export interface Marks {
  labels: Record<string, string>;
  annotations: Record<string, string>;
}

/** The VirtualMachineSnapshot that was asked for. Pure. */
export function snapshotObject(input: TakeSnapshot, parents: readonly string[], at: Date, marks?: Marks): KubeObject {
  return {
    apiVersion: apiVersionOf(kind),
    kind: kind.kind,
    metadata: {
      name: input.snapshot,
      namespace: input.namespace,
      labels: { ...managedBy, ...marks?.labels },
      annotations: {
        [parentsAnnotation]: parents.join(','),
        [askedAtAnnotation]: at.toISOString(),
        ...(input.description ? { [descriptionAnnotation]: input.description } : {}),
        ...(input.memory ? { [memoryAnnotation]: 'true' } : {}),
        ...marks?.annotations,
      },
    },
    spec: { source: { apiGroup: 'kubevirt.io', kind: 'VirtualMachine', name: input.name }, failureDeadline: '5m0s' },
  };
}

/** Takes a snapshot and waits until it can be used. A cancelled or failed one is taken away again. */
export async function takeSnapshot(
  target: OpenTarget,
  input: TakeSnapshot,
  task: TaskHandle,
  marks?: Marks,
): Promise<void> {
  const { namespace } = input;
  const { client } = target;
  task.step('Ask for the snapshot');
  const [vm, snapshots, restores] = await Promise.all([
    client.get(kinds.virtualMachines, namespace, input.name, task.signal),
    client.list(kind, namespace),
    client.list(kinds.virtualMachineRestores, namespace),
  ]);
  const tree = snapshotTree({ vm, vmi: undefined, snapshots, restores });
  const made = await client.create(kind, snapshotObject(input, lineOf(tree), new Date(), marks), {
    signal: task.signal,
  });
  task.step('Keep the disks' + (input.memory ? ' and the memory' : ''));
  try {
    await until(target, kind, { namespace, name: input.snapshot }, task.signal, (snapshot) => {
      // The watch may not have heard of it yet.
      if (!snapshot || snapshot.metadata.uid !== made.metadata.uid) return undefined;
      const error = pickText(snapshot, 'status', 'error', 'message');
      task.update({ detail: error });
      if (pickText(snapshot, 'status', 'phase') === 'Failed')
        throw failed(`The snapshot ${input.snapshot} could not be taken`, error ?? reasonOf(snapshot) ?? 'The target gave no reason.', 'Look at the events of the machine, and at what the target says about its storage. What was kept of it is removed.'); // prettier-ignore
      return pick(snapshot, 'status', 'readyToUse') === true ? true : undefined;
    });
  } catch (error) {
    await client.delete(kind, { namespace, name: input.snapshot }, made.metadata.uid ? { uid: made.metadata.uid } : {}).catch((gone: unknown) => {
      if (!isNotFound(gone)) throw gone;
    }); // prettier-ignore
    throw error;
  }
}

const reasonOf = (snapshot: KubeObject): string | undefined =>
  pickText(
    pickList(snapshot, 'status', 'conditions').find((each) => each['type'] === 'Failure'),
    'reason',
  );
