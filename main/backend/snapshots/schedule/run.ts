import type { KubeObject } from '../../../contract/kube.ts';
import type { Task } from '../../../contract/task.ts';
import { kinds } from '../../target/kinds.ts';
import { isNotFound, KubeError } from '../../target/kube-error.ts';
import { pickText } from '../../target/pick.ts';
import type { OpenTarget } from '../../target/target.ts';
import type { TaskHandle, Tasks } from '../../tasks/tasks.ts';
import { takeSnapshot } from '../take.ts';
import { ownSnapshots, scheduledName, tooMany } from './due.ts';
import type { Due } from './due.ts';
import { scheduledForAnnotation, scheduledLabel } from './written.ts';

const kind = kinds.virtualMachineSnapshots;
const prune = 'Delete the oldest';
type Run = Extract<Due, { type: 'run' }>;

/** Runs a schedule once, as a Task: the new snapshot first, then those that are too many by it. Resolves when that ended. */
export function runSchedule(target: OpenTarget, tasks: Tasks, vm: KubeObject, run: Run): Promise<Task> {
  const { namespace = '', name = '' } = vm.metadata;
  const times = run.missed === 1 ? 'One run' : `${run.missed} runs`;
  return tasks.start(
    {
      type: 'snapshot-schedule',
      title: `Scheduled snapshot of ${name}`,
      object: { kind: 'VirtualMachine', namespace, name },
      steps: ['Ask for the snapshot', 'Keep the disks', prune],
      ...(run.missed > 0 && {
        notice: {
          title: `${name}: ${run.missed === 1 ? 'a scheduled snapshot was' : 'scheduled snapshots were'} missed`,
          detail: `${times} of its schedule fell into a time when Hearth did not run or ${target.state.value.name} did not answer.`,
        },
      }),
    },
    async (task) => {
      await take(target, vm, run.slot, task);
      task.step(prune);
      const own = ownSnapshots(vm, await target.client.list(kind, namespace));
      for (const { metadata } of tooMany(own, run.keep))
        await target.client
          .delete(kind, { namespace, name: metadata.name ?? '' }, metadata.uid ? { uid: metadata.uid } : {})
          .catch((error: unknown) => {
            if (!isNotFound(error)) throw error;
          });
    },
  ).done;
}

/** The snapshot of one run. One that is there already was taken for this very run, by a Hearth that was killed or by another one. */
async function take(target: OpenTarget, vm: KubeObject, slot: number, task: TaskHandle): Promise<void> {
  const { namespace = '', name = '', uid = '' } = vm.metadata;
  const snapshot = scheduledName(name, slot);
  const again = (): Promise<void> =>
    takeSnapshot(target, { namespace, name, snapshot, description: '', memory: false }, task, {
      labels: { [scheduledLabel]: uid },
      annotations: { [scheduledForAnnotation]: new Date(slot).toISOString() },
    });
  try {
    await again();
  } catch (error) {
    if (!(error instanceof KubeError) || error.reason !== 'AlreadyExists') throw error;
    const there = await target.client.get(kind, namespace, snapshot);
    if (there.metadata.labels?.[scheduledLabel] !== uid) throw error;
    if (pickText(there, 'status', 'phase') !== 'Failed') return;
    await target.client.delete(kind, { namespace, name: snapshot }, there.metadata.uid ? { uid: there.metadata.uid } : {}); // prettier-ignore
    await again();
  }
}
