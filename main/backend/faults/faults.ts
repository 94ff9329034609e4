import { join } from 'node:path';
import type { ContractHandlers } from '../../contract/contract.ts';
import type { FaultKind } from '../../contract/faults.ts';
import { labLabel } from '../../contract/labs/words.ts';
import type { ObjectRef } from '../../contract/machine-ref.ts';
import type { DataPaths } from '../paths.ts';
import { labKeys } from '../labs/run/keys.ts';
import { createKeyStore } from '../ssh/own-key.ts';
import type { Scope } from '../target/scope.ts';
import { beginFault, cureFaults, isGuestKind, kindOf } from './change.ts';
import type { GuestKeys } from './guest.ts';
import { watchFaults } from './watch.ts';
import { faultWords } from './words.ts';

/** Hearth's own key, which machines of the wizard let in where their login says so, and that of a machine's lab. */
export function ownKeys(paths: Pick<DataPaths, 'root'>): GuestKeys {
  const store = createKeyStore(join(paths.root, 'ssh'));
  return async ({ metadata }) => {
    const own = { publicKey: (await store.key()).publicKey, privateKey: await store.secret() };
    return [...(await labKeys(paths, metadata.labels?.[labLabel])), own];
  };
}

/** "Break it": faults of machines, begun, measured and cured. */
export function createFaults(scope: Scope, keys: GuestKeys = ownKeys(scope.paths)): ContractHandlers['faults'] {
  const tools = () => ({ target: scope.target(), keys });
  const about = ({ namespace, name }: ObjectRef) => ({ kind: 'VirtualMachine', namespace, name });
  /** What happens in a guest, or to its power, takes longer than a moment. */
  const takesTime = (kind: FaultKind): boolean => isGuestKind(kind) || kind === 'crash';
  return {
    watch: (ref, { signal }) => scope.follow(signal, (target, until) => watchFaults({ target, keys }, ref, until)),
    async begin({ wish, ...ref }, { signal }) {
      const kind = kindOf(wish);
      if (!takesTime(kind)) {
        await beginFault(tools(), ref, wish, signal);
        return {};
      }
      const here = tools();
      const title = `Break ${ref.name}: ${faultWords(wish)}`;
      const { id } = scope.tasks.start({ type: 'fault-begin', title, object: about(ref) }, (task) => beginFault(here, ref, wish, task.signal)); // prettier-ignore
      return { taskId: id };
    },
    async cure({ kind, ...ref }, { signal }) {
      if (kind !== undefined && !takesTime(kind)) {
        await cureFaults(tools(), ref, kind, signal);
        return {};
      }
      const here = tools();
      const { id } = scope.tasks.start({ type: 'fault-cure', title: `Cure ${ref.name}`, object: about(ref) }, (task) => cureFaults(here, ref, kind, task.signal)); // prettier-ignore
      return { taskId: id };
    },
  };
}
