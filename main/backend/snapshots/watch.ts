import type { ObjectRef } from '../../contract/machine-ref.ts';
import type { SnapshotTree } from '../../contract/snapshots.ts';
import { ownKey, presentMachine } from '../machines/present.ts';
import { kinds } from '../target/kinds.ts';
import { redraw } from '../target/redraw.ts';
import type { OpenTarget } from '../target/target.ts';
import { snapshotTree } from './tree.ts';

/** The tree of one machine, anew whenever it changes. Ends with `machine-not-found`; throws KubeError where snapshots are not served. */
export const watchTree = (target: OpenTarget, ref: ObjectRef, signal: AbortSignal): AsyncGenerator<SnapshotTree> =>
  redraw(target.cache, signal, ({ use }) => {
    const vms = use(kinds.virtualMachines, undefined, ownKey(ref));
    const vmis = use(kinds.virtualMachineInstances, undefined, ownKey(ref));
    const snapshots = use(kinds.virtualMachineSnapshots, ref.namespace);
    const restores = use(kinds.virtualMachineRestores, ref.namespace);
    const present = presentMachine(target, vms, ref, signal);
    return {
      first: Promise.all([vms.whenSynced(signal), snapshots.whenSynced(signal), restores.whenSynced(signal)]),
      draw: async () =>
        snapshotTree({
          vm: await present(),
          vmi: vmis.get(ref.namespace, ref.name),
          snapshots: [...snapshots.values()],
          restores: [...restores.values()],
        }),
    };
  });
