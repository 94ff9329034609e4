import type { ForeignCd, ForeignDisk, ForeignNic, ForeignOs } from '../../contract/foreign.ts';
import { baseName, cardModel, disk, inBootOrder, macOf } from './parts.ts';
import type { Left } from './parts.ts';
import type { Vmx } from './vmx-file.ts';

/** The firmware of VMware tries disks in this order where nothing else is said. */
const controllers = ['ide', 'scsi', 'sata', 'nvme'];
const rankOf = (slot: string): number => {
  const [, kind = '', bus = '0', unit = '0'] = /^([a-z]+)(\d+):(\d+)$/.exec(slot) ?? [];
  return controllers.indexOf(kind) * 10_000 + Number(bus) * 100 + Number(unit);
};

/** Disks and CD drives. Everything becomes SATA: the guest has no virtio drivers yet, and every system knows AHCI. */
export function vmxDrives(vmx: Vmx, left: Left): { disks: ForeignDisk[]; cds: ForeignCd[] } {
  const disks: ForeignDisk[] = [];
  const cds: ForeignCd[] = [];
  const slots = vmx.present(/^(ide|scsi|sata|nvme)\d+:\d+$/).toSorted((a, b) => rankOf(a) - rankOf(b));
  for (const slot of slots) {
    const file = vmx.text(`${slot}.fileName`);
    const type = vmx.text(`${slot}.deviceType`)?.toLowerCase() ?? '';
    if (type.includes('cdrom') || /\.iso$/i.test(file ?? '')) {
      const disc = type.includes('raw') || type === 'atapi-cdrom' || file === 'auto detect' || file?.startsWith('/dev/') ? undefined : file; // prettier-ignore
      cds.push({ slot, ...(disc !== undefined && { file: disc }) });
      continue;
    }
    if (type.includes('floppy') || type.includes('passthru') || type === 'scsi-passthru') {
      left.add(`Device at ${slot}`, 'It belongs to the other computer.');
      continue;
    }
    const controller = slot.split(':')[0] ?? '';
    const was = controller.startsWith('scsi') ? (vmx.text(`${controller}.virtualDev`) ?? 'lsilogic') : controller.replace(/\d+$/, ''); // prettier-ignore
    if ((vmx.text(`${controller}.sharedBus`) ?? 'none').toLowerCase() !== 'none')
      left.add(
        `Sharing of ${controller}`,
        'Disks of a cluster that several machines write to: a disk here is one machine alone to write to.',
      );
    if (/nonpersistent/i.test(vmx.text(`${slot}.mode`) ?? ''))
      left.add(`Forgetting of ${slot}`, 'There its changes were thrown away at each power-off; here they stay.');
    disks.push(disk({ slot, was, bus: 'sata' }, { file, why: against(vmx, slot, file ?? '', type) }));
  }
  const named = (vmx.text('bios.hddOrder') ?? '').toLowerCase().split(/\s*,\s*/).filter(Boolean); // prettier-ignore
  return {
    disks: inBootOrder(disks, (slot) => (named.includes(slot) ? named.indexOf(slot) - 1000 : rankOf(slot))),
    cds,
  };
}

function against(vmx: Vmx, slot: string, file: string, type: string): string | undefined {
  if (/^rawdisk|^plaindisk/.test(type) || /^(\/dev\/|\\\\[.?]\\)/.test(file))
    return 'It is a disk of the other computer itself, not a file. Write it into one with qemu-img convert.';
  if (/-\d{6}(-delta|-sesparse)?\.vmdk$/i.test(file) || (vmx.text(`${slot}.redo`) ?? '') !== '')
    return `${baseName(file)} holds only the changes since a snapshot. Delete the snapshots in VMware (or clone the machine), so that one complete disk is left.`;
  return undefined;
}

export function vmxCards(vmx: Vmx, os: ForeignOs, left: Left): ForeignNic[] {
  const slots = vmx.present(/^ethernet\d+$/).toSorted((a, b) => Number(a.slice(8)) - Number(b.slice(8)));
  return slots.flatMap((slot): ForeignNic[] => {
    const was = vmx.text(`${slot}.virtualDev`) ?? (vmx.text('guestOS')?.endsWith('-64') ? 'e1000' : 'vlance');
    if (was === 'sriov' || vmx.text(`${slot}.pciPassthru`) !== undefined || vmx.text(`${slot}.backing`) === 'sriov') {
      left.add(`Network card ${slot} (SR-IOV)`, 'It is part of a card of the other computer.');
      return [];
    }
    if (vmx.no(`${slot}.startConnected`))
      left.add(`The pulled cable of ${slot}`, 'The card is connected here; pull its cable on the page of the machine.');
    // VMware itself remembers static, generated and vCenter's addresses under different names.
    const mac = macOf(vmx.text(`${slot}.address`)) ?? macOf(vmx.text(`${slot}.generatedAddress`));
    const network = vmx.text(`${slot}.networkName`) ?? vmx.text(`${slot}.vnet`) ?? vmx.text(`${slot}.connectionType`) ?? (vmx.text(`${slot}.dvs.portgroupId`) === undefined ? 'bridged' : `port group ${vmx.text(`${slot}.dvs.portgroupId`)}`); // prettier-ignore
    return [{ slot, was, model: cardModel(was, os), ...(mac !== undefined && { mac }), network }];
  });
}
