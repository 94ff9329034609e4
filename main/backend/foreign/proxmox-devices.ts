import type { ForeignCd, ForeignDisk, ForeignNic, ForeignOs } from '../../contract/foreign.ts';
import { baseName, cardModel, disk, inBootOrder, macOf } from './parts.ts';
import type { Left } from './parts.ts';
import { options } from './proxmox-file.ts';
import type { Config } from './proxmox-file.ts';

type Values = Config['values'];
const drive = /^(ide|sata|scsi|virtio)(\d{1,2})$/;
const kindsInOrder = ['ide', 'scsi', 'virtio', 'sata'];
const rankOf = (slot: string): number => {
  const [, kind = '', at = '0'] = drive.exec(slot) ?? [];
  return kindsInOrder.indexOf(kind) * 100 + Number(at);
};

/** `32G`, `4M`, `1536`; bytes. */
export function proxmoxSize(text: string | undefined): number | undefined {
  const [, number, unit = ''] = /^(\d{1,12}(?:\.\d+)?)([KMGT]?)$/i.exec(text ?? '') ?? [];
  if (number === undefined) return undefined;
  return Math.round(Number(number) * 1024 ** ' KMGT'.indexOf(unit.toUpperCase() || ' '));
}

export function proxmoxDrives(values: Values, left: Left): { disks: ForeignDisk[]; cds: ForeignCd[] } {
  const disks: ForeignDisk[] = [];
  const cds: ForeignCd[] = [];
  const hardware = values.get('scsihw') ?? 'lsi';
  const slots = [...values.keys()].filter((key) => drive.test(key)).toSorted((a, b) => rankOf(a) - rankOf(b));
  for (const slot of slots) {
    const parts = options(values.get(slot) ?? '');
    const volume = parts.get('') ?? parts.get('file') ?? parts.get('volume') ?? '';
    if (/[-/]cloudinit(\.\w+)?$/.test(volume)) continue; // told with the settings of cloud-init
    if (parts.get('media') === 'cdrom' || volume === 'none' || volume === 'cdrom') {
      cds.push({ slot, ...(volume !== 'none' && volume !== 'cdrom' && { file: volume }) });
      continue;
    }
    const kind = slot.replace(/\d+$/, '');
    const virtio = hardware.startsWith('virtio-scsi');
    if ([...parts.keys()].some((key) => /^(mbps|iops|bps)/.test(key))) left.add(`Limits of ${slot}`, 'Set them anew where they are needed.'); // prettier-ignore
    if (parts.get('ro') === '1') left.add(`Write protection of ${slot}`, 'The machine may write to its copy here.');
    if (parts.get('shared') === '1') left.add(`Sharing of ${slot}`, 'A disk here is one machine alone to write to.');
    disks.push(
      disk(
        { slot, was: kind === 'scsi' ? hardware : kind, bus: kind === 'virtio' ? 'virtio' : kind === 'scsi' && virtio ? 'scsi' : 'sata' }, // prettier-ignore
        {
          file: volume === '' ? undefined : volume,
          format: parts.get('format'),
          size: proxmoxSize(parts.get('size')),
          why: against(volume),
        },
      ),
    );
  }
  return { disks: inBootOrder(disks, bootRank(values)), cds };
}

function against(volume: string): string | undefined {
  if (volume.startsWith('/dev/')) return `It is a disk of the other computer itself (${volume}), not a file. Write it into one with qemu-img convert.`; // prettier-ignore
  if (/(^|[:/])base-\d+-[^/]+\/.*vm-\d+-/.test(volume))
    return 'It is a linked clone: it holds only the changes to a template. Make a full clone in Proxmox, or one whole file with qemu-img convert.';
  // A volume of LVM, ZFS, Ceph: `storage:vm-100-disk-0`, without the folder that file storages have.
  if (/^[\w.-]+:(vm|base)-\d+-[^/]*$/.test(volume))
    return `It is a volume, not a file. On the Proxmox host: qemu-img convert -O qcow2 "$(pvesm path ${volume})" ${baseName(volume)}.qcow2`;
  return undefined;
}

/** `boot: order=scsi0;net0` (since 6.2), or `boot: cdn` with `bootdisk: scsi0`. */
function bootRank(values: Values): (slot: string) => number {
  const order = (options(values.get('boot') ?? '').get('order') ?? '').split(';').filter(Boolean);
  const first = values.get('bootdisk');
  return (slot) => {
    if (order.includes(slot)) return order.indexOf(slot) - 1000;
    return slot === first ? -1 : rankOf(slot);
  };
}

export function proxmoxCards(values: Values, os: ForeignOs, left: Left): ForeignNic[] {
  const slots = [...values.keys()].filter((key) => /^net\d{1,2}$/.test(key)).toSorted((a, b) => Number(a.slice(3)) - Number(b.slice(3))); // prettier-ignore
  return slots.map((slot): ForeignNic => {
    const parts = options(values.get(slot) ?? '');
    // `virtio=MAC`, `model=virtio,macaddr=MAC`, or only the model where the address is made anew.
    const [named] = [...parts].filter(([key]) => /^(virtio|e1000|e1000-\w+|e1000e|rtl8139|vmxnet3|ne2k_\w+|pcnet|i8\w+)$/.test(key)); // prettier-ignore
    const was = parts.get('model') ?? named?.[0] ?? parts.get('') ?? 'e1000';
    const mac = macOf(parts.get('macaddr') ?? named?.[1]);
    const tag = parts.get('tag');
    if (tag !== undefined) left.add(`VLAN ${tag} of ${slot}`, 'Make a network with that VLAN and put the card on it.');
    if (parts.get('firewall') === '1') left.add('Firewall of Proxmox', 'Its rules are kept by the other computer.');
    if (parts.has('rate')) left.add(`Limits of ${slot}`, 'Set them anew where they are needed.');
    if (parts.get('link_down') === '1')
      left.add(`The pulled cable of ${slot}`, 'The card is connected here; pull its cable on the page of the machine.');
    return { slot, was, model: cardModel(was, os), ...(mac !== undefined && { mac }), network: parts.get('bridge') ?? 'NAT' }; // prettier-ignore
  });
}
