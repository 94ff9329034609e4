import type { GrowOpenFiles } from '../../kube/block.ts';
import type { Fleet } from '../fleet.ts';
import { blockDevices, chainOf } from '../qemu/block-devices.ts';
import type { Machine } from '../qemu/machine.ts';
import { QmpClosed } from '../qemu/qmp.ts';

/**
 * Makes a disk bigger under its running guest, which sees it at once (`block_resize`). The file is looked for in the
 * drives: which node it is depends on snapshots taken meanwhile.
 */
export const growOpenFiles =
  (fleet: Fleet): GrowOpenFiles =>
  (vmiUid, work) => {
    const machine = fleet.get(vmiUid);
    if (!machine || machine.outcome) return work(() => Promise.resolve(false));
    return machine.changing(() => work((file, size) => grow(machine, file, size)));
  };

async function grow({ qmp }: Machine, file: string, size: number): Promise<boolean> {
  try {
    // A node with a backing file given by name tells its file as `json:{…}`: only the nodes below tell paths.
    const nodes = await qmp.execute<{ 'node-name': string; file: string }[]>('query-named-block-nodes', { flat: true });
    const names = new Set(nodes.filter((node) => node.file === file).map((node) => node['node-name']));
    for (const { node, readOnly } of await blockDevices(qmp)) {
      if (node === undefined || readOnly || !(await chainOf(qmp, node)).some((name) => names.has(name))) continue;
      await qmp.execute('block_resize', { 'node-name': node, size });
      return true;
    }
    return false;
  } catch (error) {
    // It ended in this moment: the claim is looked at again when it is over.
    if (error instanceof QmpClosed) return false;
    throw error;
  }
}
