import type { ForeignCd, ForeignDisk, ForeignNic, ForeignOs } from '../../contract/foreign.ts';
import { baseName, cardModel, count, disk, inBootOrder, macOf } from './parts.ts';
import type { Left } from './parts.ts';
import { all, attr, one } from './xml.ts';
import type { XmlElement } from './xml.ts';

const busOf = (bus: string, scsi: string): ForeignDisk['bus'] => {
  if (bus === 'virtio') return 'virtio';
  // KubeVirt's scsi is virtio-scsi: a guest with drivers for another card would not find its disk.
  return bus === 'scsi' && scsi.startsWith('virtio') ? 'scsi' : 'sata';
};

export function libvirtDrives(domain: XmlElement, left: Left): { disks: ForeignDisk[]; cds: ForeignCd[] } {
  const disks: ForeignDisk[] = [];
  const cds: ForeignCd[] = [];
  const orders = new Map<string, number>();
  const scsi =
    attr(
      all(domain, 'devices', 'controller').find((each) => attr(each, 'type') === 'scsi'),
      'model',
    ) ?? '';
  for (const device of all(domain, 'devices', 'disk')) {
    const target = one(device, 'target');
    const slot = attr(target, 'dev') ?? `disk${disks.length + cds.length}`;
    const file = sourceOf(device);
    const kind = attr(device, 'device') ?? 'disk';
    if (kind === 'cdrom') {
      cds.push({ slot, ...(file !== undefined && attr(device, 'type') !== 'block' && { file }) });
      continue;
    }
    if (kind === 'floppy') {
      left.add('Floppy drives', 'KubeVirt has none.');
      continue;
    }
    const bus = attr(target, 'bus') ?? busByName(slot);
    const order = count(attr(one(device, 'boot'), 'order'));
    if (order !== undefined) orders.set(slot, order);
    if (one(device, 'shareable')) left.add(`Sharing of ${slot}`, 'A disk here is one machine alone to write to.');
    if (one(device, 'iotune')) left.add(`Limits of ${slot}`, 'Set them anew where they are needed.');
    if (one(device, 'readonly')) left.add(`Write protection of ${slot}`, 'The machine may write to its copy here.');
    disks.push(
      disk(
        { slot, was: bus === 'scsi' && scsi !== '' ? scsi : bus, bus: busOf(bus, scsi) },
        { file, format: attr(one(device, 'driver'), 'type'), why: against(device, kind, file) },
      ),
    );
  }
  return { disks: inBootOrder(disks, (slot) => orders.get(slot) ?? 1_000_000), cds };
}

/** libvirt's rule where a target names no bus. */
const busByName = (slot: string): string => (slot.startsWith('vd') ? 'virtio' : slot.startsWith('sd') ? 'scsi' : 'ide');

/** What a disk is made of, as it is written: a file, a device, a volume of a pool, an image of a network. */
function sourceOf(device: XmlElement): string | undefined {
  const source = one(device, 'source');
  const pool = attr(source, 'pool');
  if (pool !== undefined) return `${pool}/${attr(source, 'volume') ?? ''}`;
  return attr(source, 'file') ?? attr(source, 'dev') ?? attr(source, 'name') ?? attr(source, 'dir');
}

function against(device: XmlElement, kind: string, file: string | undefined): string | undefined {
  const type = attr(device, 'type') ?? 'file';
  const below = one(device, 'backingStore');
  if (below && below.children.length > 0)
    return `${baseName(file ?? '')} holds only the changes to another file (a snapshot or linked clone). Make one whole file: qemu-img convert -O qcow2.`;
  if (one(device, 'encryption') ?? one(device, 'source', 'encryption'))
    return 'It is encrypted by QEMU (LUKS). Write it anew without, with qemu-img convert.';
  if (kind === 'lun' || type === 'nvme' || type === 'vhostuser' || type === 'vhostvdpa' || type === 'dir')
    return 'It is a device or folder of the other computer itself, not a file.';
  if (type === 'block') return `It is a volume or disk of the other computer (${file ?? ''}), not a file. There: qemu-img convert -O qcow2 ${file ?? ''} ${baseName(file ?? 'disk')}.qcow2`; // prettier-ignore
  if (type === 'network') return `It lies on a storage network (${attr(one(device, 'source'), 'protocol') ?? ''}). Write it into a file with qemu-img convert.`; // prettier-ignore
  if (type === 'volume') return `It is a volume of the pool ${attr(one(device, 'source'), 'pool') ?? ''}. virsh vol-download gives its file.`; // prettier-ignore
  return undefined;
}

export function libvirtCards(devices: XmlElement | undefined, os: ForeignOs, left: Left): ForeignNic[] {
  return all(devices, 'interface').flatMap((card, at): ForeignNic[] => {
    const slot = `net${at}`;
    const type = attr(card, 'type') ?? 'network';
    if (type === 'hostdev' || type === 'vdpa') {
      left.add(`Network card ${slot} (SR-IOV)`, 'It is part of a card of the other computer.');
      return [];
    }
    const source = one(card, 'source');
    const network = attr(source, 'portgroup') ?? attr(source, 'network') ?? attr(source, 'bridge') ?? attr(source, 'dev') ?? type; // prettier-ignore
    // Of libvirt itself: a card without a model is an rtl8139 on a PC.
    const was = attr(one(card, 'model'), 'type') ?? 'rtl8139';
    const tag = attr(one(card, 'vlan', 'tag'), 'id');
    if (tag !== undefined) left.add(`VLAN ${tag} of ${slot}`, 'Make a network with that VLAN and put the card on it.');
    if (one(card, 'bandwidth')) left.add(`Limits of ${slot}`, 'Set them anew where they are needed.');
    if (one(card, 'filterref')) left.add(`Filter of ${slot}`, 'Its rules are kept by the other computer.');
    if (attr(one(card, 'link'), 'state') === 'down')
      left.add(`The pulled cable of ${slot}`, 'The card is connected here; pull its cable on the page of the machine.');
    const mac = macOf(attr(one(card, 'mac'), 'address'));
    return [{ slot, was, model: cardModel(was, os), ...(mac !== undefined && { mac }), network }];
  });
}
