import type { ContractHandlers } from '../../contract/contract.ts';
import { kinds } from '../target/kinds.ts';
import { isNotFound } from '../target/kube-error.ts';
import type { Scope } from '../target/scope.ts';
import { cloneMachine } from './clone.ts';
import { carriesState, clonePlan } from './plan.ts';

/** Clones of the current target's machines. */
export function createClones(scope: Scope): ContractHandlers['clones'] {
  return {
    async plan({ namespace, name }) {
      const target = scope.target();
      const { client } = target;
      const [vm, machines, claims, running] = await Promise.all([
        client.get(kinds.virtualMachines, namespace, name),
        client.list(kinds.virtualMachines, namespace),
        client.list(kinds.persistentVolumeClaims, namespace),
        client.get(kinds.virtualMachineInstances, namespace, name).then(
          () => true,
          (error: unknown) => {
            if (isNotFound(error)) return false;
            throw error;
          },
        ),
      ]);
      const taken = new Set(machines.map(({ metadata }) => metadata.name ?? ''));
      return clonePlan(vm, running, taken, claims, carriesState(target.state.value.capabilities));
    },
    async start(input) {
      const target = scope.target();
      const { id } = scope.tasks.start(
        {
          type: 'machine-clone',
          title: `Clone ${input.name} as ${input.newName}`,
          object: { kind: 'VirtualMachine', namespace: input.namespace, name: input.newName },
          steps: ['Prepare', 'Clone', ...(input.start ? ['Start the clone'] : [])],
        },
        (task) => cloneMachine(target, input, task),
      );
      return { taskId: id };
    },
  };
}
