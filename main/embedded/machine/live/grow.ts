import type { GrowOpenFile } from '../../kube/block.ts';
import type { Fleet } from '../fleet.ts';
import { blockDevices } from '../qemu/block-devices.ts';
import { QmpClosed } from '../qemu/qmp.ts';

/**
 * Makes a disk bigger under its running guest, which sees it at once (`block_resize`). The file is looked for in the
 * drives: which node it is depends on snapshots taken meanwhile.
 */
export const growOpenFile =
  (fleet: Fleet): GrowOpenFile =>
  async (vmiUid, file, size) => {
    const machine = fleet.get(vmiUid);
    if (!machine || machine.outcome) return false;
    try {
      return await machine.changing(async () => {
        const device = (await blockDevices(machine.qmp)).find((one) => one.file === file && !one.readOnly);
        if (device?.node === undefined) return false;
        await machine.qmp.execute('block_resize', { 'node-name': device.node, size });
        return true;
      });
    } catch (error) {
      // It ended in this moment: the claim is looked at again when it is over.
      if (error instanceof QmpClosed) return false;
      throw error;
    }
  };
