import type { MachinePlan, PlannedDisk } from './plan.ts';
import { blockdevs } from './blockdev.ts';
import { options } from './options.ts';

/** Ports of the controller that q35 brings with it. */
const builtInSata = 6;

/** Id of a disk's device that may be taken out of the running machine; the others are `disk0`, `disk1`, … */
export const hotDiskId = (volume: string): string => `hp-${volume}`;

/** Controllers, nodes and devices of all disks. `ports`: how many slots a q35 machine has for devices that come and go. */
export function diskArguments(plan: MachinePlan, ports = 0): string[] {
  const out: string[] = [];
  if (plan.disks.some((disk) => disk.bus === 'scsi')) out.push('-device', 'virtio-scsi-pci,id=scsi0');
  let sata = 0;
  let scsi = 0;
  let port = 0;
  plan.disks.forEach((disk, index) => {
    const node = `d${index}`;
    if (disk.block) out.push(...blockdevs(node, disk.block, disk.cache));
    const common = {
      // CD-ROM drives stay, only their discs come and go.
      id: disk.hotpluggable && disk.device !== 'cdrom' ? hotDiskId(disk.volume) : `disk${index}`,
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
        out.push(
          '-device',
          virtioDisk(disk, common, {
            ...errors,
            // On the root bus of PCI Express it could never be taken out.
            bus: plan.machine !== 'pc' && disk.hotpluggable && port < ports ? `hotplug${port++}` : undefined,
          }),
        );
        break;
    }
  });
  return out;
}

function virtioDisk(
  disk: PlannedDisk,
  common: Record<string, string | number | undefined>,
  more: Record<string, string | undefined>,
): string {
  // virtio-blk cuts serials at 20 bytes and refuses longer ones.
  return options('virtio-blk-pci', { ...common, serial: disk.serial?.slice(0, 20), ...more });
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
