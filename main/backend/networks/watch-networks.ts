import type { ListUpdate } from '../../contract/machine.ts';
import type { NetworkRow } from '../../contract/networks.ts';
import { kinds } from '../target/kinds.ts';
import { createLiveList } from '../target/live-list.ts';
import { createPaced } from '../target/paced.ts';
import type { OpenTarget } from '../target/target.ts';
import { networkRows } from './rows.ts';

/** Milliseconds between two looks at everything: one machine touches several networks. */
const settle = 100;

/** The networks of a target as they change. A target without the kind has the pod network alone. */
export async function* watchNetworks(target: OpenTarget, signal: AbortSignal): AsyncGenerator<ListUpdate<NetworkRow>> {
  const list = createLiveList<NetworkRow>();
  let whole = false;
  const { touch, stop } = createPaced(look, settle);
  const listener = { changed: touch, state: touch };
  const machines = target.cache.use(kinds.virtualMachines, undefined, listener);
  const instances = target.cache.use(kinds.virtualMachineInstances, undefined, listener);
  const services = target.cache.use(kinds.services, undefined, listener);
  const definitions = target.cache.use(kinds.networkAttachmentDefinitions, undefined, listener);
  const nodes = target.cache.use(kinds.nodes, undefined, listener);
  whole = true;
  touch();

  function look(): void {
    if (!whole || (!machines.synced && !machines.lost)) return;
    const rows = networkRows({
      definitions: [...definitions.values()],
      machines: [...machines.values()],
      instanceOf: (vm) => instances.get(vm.metadata.namespace, vm.metadata.name ?? ''),
      services: [...services.values()],
      machineNames: [...nodes.values()].some(
        (node) => node.metadata.annotations?.['hearth.dev/machine-names'] === 'true',
      ),
    });
    const ids = new Set(rows.map(({ id }) => id));
    for (const row of list.values()) if (!ids.has(row.id)) list.delete(row.id);
    for (const row of rows) list.set(row.id, row);
    if (machines.lost) list.stale(machines.lost.problem);
    else list.live();
    // Definitions may never come: the target does not know the kind, or this user may not see it.
    if (machines.synced && (definitions.synced || definitions.lost)) list.ready();
  }
  try {
    yield* list.watch(signal);
  } finally {
    stop();
    for (const each of [machines, instances, services, definitions, nodes]) each.release();
  }
}
