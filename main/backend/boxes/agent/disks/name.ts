import type { BoxDisk } from '../../../../contract/box/state.ts';

type Named = Pick<BoxDisk, 'name' | 'model' | 'transport' | 'rotational'>;

/** A disk in a sentence: by its model; many virtual disks, memory cards and bridges tell none. */
export const diskName = (disk: Named): string => disk.model || `the ${kindOf(disk)} ${disk.name}`;

/** The same where a sentence begins. */
export const diskNameFirst = (disk: Named): string => disk.model || `The ${kindOf(disk)} ${disk.name}`;

function kindOf({ transport, rotational }: Named): string {
  switch (transport) {
    case 'nvme':
      return 'NVMe disk';
    case 'mmc':
      return 'memory card';
    case 'virtio':
      return 'virtual disk';
    case 'usb':
      return 'USB disk';
    default:
      return rotational ? 'hard disk' : 'disk';
  }
}
