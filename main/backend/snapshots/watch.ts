import type { KubeObject } from '../../contract/kube.ts';
import type { ObjectRef } from '../../contract/machine-ref.ts';
import type { SnapshotTree } from '../../contract/snapshots.ts';
import { machineGone } from '../machines/watch-detail.ts';
import { kinds } from '../target/kinds.ts';
import { pause } from '../target/live-list.ts';
import type { OpenTarget } from '../target/target.ts';
import { snapshotTree } from './tree.ts';

const paceMs = 100;

/** The tree of one machine, anew whenever it changes. Ends with `machine-not-found`; throws KubeError where snapshots are not served. */
export async function* watchTree(
  target: OpenTarget,
  ref: ObjectRef,
  signal: AbortSignal,
): AsyncGenerator<SnapshotTree> {
  let dirty = true;
  let wake: (() => void) | undefined;
  const touch = (): void => {
    dirty = true;
    wake?.();
  };
  const key = `${ref.namespace}/${ref.name}`;
  const own = { changed: (changed: string) => changed === key && touch(), state: touch };
  const near = { changed: touch, state: touch };
  const vms = target.cache.use(kinds.virtualMachines, undefined, own);
  const vmis = target.cache.use(kinds.virtualMachineInstances, undefined, own);
  const snapshots = target.cache.use(kinds.virtualMachineSnapshots, ref.namespace, near);
  const restores = target.cache.use(kinds.virtualMachineRestores, ref.namespace, near);
  signal.addEventListener('abort', touch);
  try {
    await Promise.all([vms.whenSynced(signal), snapshots.whenSynced(signal), restores.whenSynced(signal)]);
    let last = '';
    while (!signal.aborted) {
      if (!dirty) {
        await new Promise<void>((resolve) => (wake = resolve));
        await pause(paceMs, signal);
        continue;
      }
      dirty = false;
      const vm: KubeObject | undefined = vms.get(ref.namespace, ref.name);
      if (!vm) throw machineGone(ref);
      const vmi = vmis.get(ref.namespace, ref.name);
      const tree = snapshotTree({ vm, vmi, snapshots: [...snapshots.values()], restores: [...restores.values()] });
      const text = JSON.stringify(tree);
      if (text === last) continue;
      last = text;
      yield tree;
    }
  } finally {
    signal.removeEventListener('abort', touch);
    for (const each of [vms, vmis, snapshots, restores]) each.release();
  }
}
