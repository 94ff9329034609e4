import type { ForeignDisk, ForeignLeft, ForeignMachine, ForeignNic } from '../../contract/foreign.ts';

/** What is not carried over, each thing once, in the order in which it was met. */
export class Left {
  private readonly rows = new Map<string, string>();
  add(what: string, why: string): void {
    if (!this.rows.has(what)) this.rows.set(what, why);
  }
  get list(): ForeignLeft[] {
    return [...this.rows].map(([what, why]) => ({ what, why }));
  }
}

/** Formats that the library takes. */
const formats = new Set(['qcow2', 'raw', 'vmdk', 'vhdx', 'vhd', 'vdi']);
const endings: Record<string, string> = { img: 'raw', vpc: 'vhd', vhdx: 'vhdx', iso: 'raw' };

/** The last part of a path, a volume or a Windows path. */
export const baseName = (file: string): string => file.split(/[\\/:]/).at(-1) ?? file;
/** The format that a file's ending promises. */
export function formatOf(file: string): string | undefined {
  const ending = /\.([a-z0-9]{2,5})$/i.exec(file)?.[1]?.toLowerCase() ?? '';
  const format = endings[ending] ?? ending;
  return formats.has(format) ? format : undefined;
}

/** A disk whose file can or cannot be used as it is. `why`: what is known against it. */
export function disk(
  at: Pick<ForeignDisk, 'slot' | 'was' | 'bus'>,
  { file, format, size, why }: { file?: string | undefined; format?: string | undefined; size?: number | undefined; why?: string | undefined }, // prettier-ignore
): ForeignDisk {
  const kind = format ?? (file === undefined ? undefined : formatOf(file));
  const against =
    why ??
    (file === undefined ? 'The description names no file for it.' : undefined) ??
    (kind !== undefined && !formats.has(kind)
      ? `The library does not take ${kind}: write it anew with qemu-img convert -O qcow2.`
      : undefined);
  return {
    ...at,
    ...(file !== undefined && { file }),
    ...(kind !== undefined && { format: kind }),
    ...(size !== undefined && { size }),
    usable: against === undefined,
    ...(against !== undefined && { why: against }),
  };
}

/** Numbers the disks in the order in which they are tried. */
export function inBootOrder(disks: ForeignDisk[], first: (slot: string) => number): ForeignDisk[] {
  const order = disks
    .map(({ slot }, at) => ({ slot, at, rank: first(slot) }))
    .toSorted((one, other) => one.rank - other.rank || one.at - other.at);
  const places = new Map(order.map(({ slot }, at) => [slot, at + 1]));
  return disks.map((each) => ({ ...each, bootOrder: places.get(each.slot) ?? disks.length }));
}

/** Cards of other programs, as the nearest that KubeVirt has. Windows has no drivers for virtio cards of its own. */
export function cardModel(was: string, os: ForeignMachine['os']): ForeignNic['model'] {
  const card = was.toLowerCase();
  if (/^e1000(-|$)/.test(card)) return 'e1000';
  if (card === 'e1000e' || card === 'igb') return 'e1000e';
  if (card === 'rtl8139' || card === 'ne2k_pci' || card === 'ne2k_isa') return 'rtl8139';
  if (card.startsWith('virtio')) return 'virtio';
  // vmxnet3: the guest had a driver that is of no use here.
  return card.startsWith('vmxnet') && os.family === 'linux' ? 'virtio' : 'e1000e';
}

/** A MAC address of one card, in small letters; undefined for what is none. */
export function macOf(text: string | undefined): string | undefined {
  const mac = text?.trim().toLowerCase().replaceAll('-', ':');
  if (mac === undefined || !/^([0-9a-f]{2}:){5}[0-9a-f]{2}$/.test(mac)) return undefined;
  return (Number.parseInt(mac.slice(0, 2), 16) & 1) === 1 || mac === '00:00:00:00:00:00' ? undefined : mac;
}

/** A whole number from 1 to `most`; undefined for anything else. */
export function count(text: string | undefined, most = 4096): number | undefined {
  if (text === undefined || !/^\d{1,9}$/.test(text.trim())) return undefined;
  const value = Number(text);
  return value >= 1 && value <= most ? value : undefined;
}

/** Text of a stranger, shown to people: one or more lines without control characters. */
export const plain = (text: string | undefined, most: number): string =>
  (text ?? '')
    .replaceAll(/[^\P{Cc}\n]/gu, ' ')
    .trim()
    .slice(0, most);
