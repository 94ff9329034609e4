import type { ContractHandlers } from '../../contract/contract.ts';
import { kinds } from '../target/kinds.ts';
import type { Scope } from '../target/scope.ts';
import { setSchedule } from './schedule/set.ts';
import { restoreSnapshot, steps } from './restore.ts';
import { takeSnapshot } from './take.ts';
import { until } from './wait.ts';
import { watchTree } from './watch.ts';

/** Snapshots of the current target's machines; each piece of work goes on on the target it was begun on. */
export function createSnapshots(scope: Scope): ContractHandlers['snapshots'] {
  const aboutMachine = ({ namespace, name }: { namespace: string; name: string }) => ({
    kind: 'VirtualMachine',
    namespace,
    name,
  });
  return {
    watch: (ref, { signal }) => scope.follow(signal, (target, until) => watchTree(target, ref, until)),
    async take(input) {
      const target = scope.target();
      const { id } = scope.tasks.start(
        {
          type: 'snapshot-take',
          title: `Snapshot ${input.snapshot} of ${input.name}`,
          object: aboutMachine(input),
          steps: ['Ask for the snapshot', `Keep the disks${input.memory ? ' and the memory' : ''}`],
        },
        (task) => takeSnapshot(target, input, task),
      );
      return { taskId: id };
    },
    async restore(input) {
      const target = scope.target();
      const { id } = scope.tasks.start(
        {
          type: 'snapshot-restore',
          title: input.newName ? `New machine ${input.newName} from ${input.snapshot}` : `${input.name} back to ${input.snapshot}`, // prettier-ignore
          object: aboutMachine({ namespace: input.namespace, name: input.newName ?? input.name }),
          steps: steps(input),
        },
        (task) => restoreSnapshot(target, input, task),
      );
      return { taskId: id };
    },
    async schedule({ schedule, ...ref }) {
      const back = await setSchedule(scope.target(), ref, schedule);
      return back ? scope.undos.keep('schedule', { back }) : {};
    },
    async remove({ namespace, name, snapshot }) {
      const target = scope.target();
      const { id } = scope.tasks.start(
        {
          type: 'snapshot-remove',
          title: `Delete the snapshot ${snapshot} of ${name}`,
          object: aboutMachine({ namespace, name }),
          steps: ['Delete'],
          cancellable: false,
        },
        async (task) => {
          task.step('Delete');
          const ref = { namespace, name: snapshot };
          await target.client.delete(kinds.virtualMachineSnapshots, ref);
          await until(target, kinds.virtualMachineSnapshots, ref, task.signal, (found) => (found ? undefined : true));
        },
      );
      return { taskId: id };
    },
  };
}
