import type { ContractHandlers } from '../../contract/contract.ts';
import type { ObjectRef } from '../../contract/machine-ref.ts';
import { asProblem } from '../../contract/problem.ts';
import { kinds } from '../target/kinds.ts';
import { listServed } from '../target/served.ts';
import type { Scope } from '../target/scope.ts';
import { purge } from './purge.ts';
import { restore } from './restore.ts';
import type { RestoreInput } from './restore.ts';
import { binEntries } from './view.ts';
import { binSecrets, watchBin } from './watch.ts';

/** The bin of the current target. */
export function createBin(scope: Scope): ContractHandlers['bin'] {
  return {
    watch: (_input, { signal }) => scope.follow(signal, (target, until) => watchBin(target, until)),
    restore: (input) => restoreWhereItIs(scope, input),
    purge: ({ id, namespace }) => purge(scope.target(), id, namespace),
    async empty() {
      const target = scope.target();
      const [secrets, vms, claims, dataVolumes, networks] = await Promise.all([
        binSecrets(target),
        target.client.list(kinds.virtualMachines),
        target.client.list(kinds.persistentVolumeClaims),
        listServed(target.client, kinds.dataVolumes),
        listServed(target.client, kinds.networkAttachmentDefinitions),
      ]);
      const failed: { id: string; name: string; problem: ReturnType<typeof asProblem> }[] = [];
      let purged = 0;
      for (const { id, namespace, name, state } of binEntries({ secrets, vms, claims, dataVolumes, networks })) {
        if (state !== 'kept') continue; // it still is, or is again, a machine
        try {
          await purge(target, id, namespace);
          purged += 1;
        } catch (error) {
          failed.push({ id, name, problem: asProblem(error) });
        }
      }
      return { purged, failed };
    },
  };
}

/** An id is that of one object in the world: who undoes after a switch has it back on the target where it was. */
async function restoreWhereItIs(scope: Scope, input: RestoreInput): Promise<ObjectRef> {
  try {
    return await restore(scope.target(), input);
  } catch (error) {
    if (asProblem(error).code !== 'not-in-bin') throw error;
    for (const other of scope.others()) {
      if (other.state.value.state !== 'ready') continue;
      const found = await restore(other, input).catch((failed: unknown) => {
        if (asProblem(failed).code !== 'not-in-bin') throw failed;
      });
      if (found) return found;
    }
    throw error;
  }
}
