import type { MachinePlan, PlannedDisk } from './plan.ts';
import { blockdevs } from './blockdev.ts';
import { options } from './options.ts';

/** Ports of the controller that q35 brings with it. */
const builtInSata = 6;

/** Controllers, nodes and devices of all disks. */
export function diskArguments(plan: MachinePlan): string[] {
  const out: string[] = [];
  if (plan.disks.some((disk) => disk.bus === 'scsi')) out.push('-device', 'virtio-scsi-pci,id=scsi0');
  let sata = 0;
  let scsi = 0;
  plan.disks.forEach((disk, index) => {
    const node = `d${index}`;
    if (disk.block) out.push(...blockdevs(node, disk.block, disk.cache));
    const common = {
      id: `disk${index}`,
      drive: disk.block ? node : undefined,
      bootindex: disk.bootIndex,
      serial: disk.serial,
    };
    // QEMU's SATA disks cannot be read-only, so a read-only volume (a seed) sits in a CD-ROM drive there.
    const cdrom = disk.device === 'cdrom' || (disk.bus === 'sata' && disk.block?.readOnly === true);
    // A full disk of this computer pauses the guest instead of losing its writes; other errors are the guest's to see.
    const errors = cdrom ? {} : { werror: 'enospc', rerror: 'report' };
    switch (disk.bus) {
      case 'sata': {
        const place = sataPlace(plan, sata);
        sata += 1;
        if (place.controller) out.push('-device', place.controller);
        out.push('-device', options(cdrom ? 'ide-cd' : 'ide-hd', { bus: place.bus, ...common, ...errors }));
        break;
      }
      case 'scsi':
        out.push(
          '-device',
          options(cdrom ? 'scsi-cd' : 'scsi-hd', {
            bus: 'scsi0.0',
            'scsi-id': scsi++,
            ...common,
            ...errors,
          }),
        );
        break;
      case 'usb':
        out.push('-device', options('usb-storage', { bus: 'usb0.0', ...common, ...errors }));
        break;
      case 'virtio':
        out.push('-device', virtioDisk(disk, common, errors));
        break;
    }
  });
  return out;
}

function virtioDisk(disk: PlannedDisk, common: Record<string, string | number | undefined>, errors: object): string {
  // virtio-blk cuts serials at 20 bytes and refuses longer ones.
  return options('virtio-blk-pci', { ...common, serial: disk.serial?.slice(0, 20), ...errors });
}

function sataPlace(plan: MachinePlan, index: number): { bus: string; controller?: string } {
  if (plan.machine === 'q35' && index < builtInSata) return { bus: `ide.${index}` };
  const beyond = plan.machine === 'q35' ? index - builtInSata : index;
  const controller = Math.floor(beyond / builtInSata);
  const port = beyond % builtInSata;
  return {
    bus: `sata${controller}.${port}`,
    ...(port === 0 ? { controller: `ahci,id=sata${controller}` } : {}),
  };
}
