import type { Opened } from './file.ts';

/** What the beginning of a disk tells. */
export interface DiskFacts {
  format: 'qcow2' | 'raw' | 'vmdk' | 'vhd' | 'vhdx' | 'vdi' | 'iso';
  /** Bytes that the guest sees. */
  size?: number;
  /** Why it cannot be used as it is. */
  why?: string;
  /** What its partition table says it starts with; undefined where it has none or it was not looked at. */
  boots?: 'bios' | 'uefi';
}
type Bytes = (offset: number, length: number) => Promise<Buffer>;

/** Sizes beyond this are damage, not disks. */
const most = 2 ** 53;
const sized = (bytes: bigint | number): { size?: number } => (bytes > 0 && bytes < most ? { size: Number(bytes) } : {});
const at = (head: Buffer, offset: number, text: string): boolean =>
  head.length >= offset + text.length && head.toString('latin1', offset, offset + text.length) === text;

/**
 * A disk by its header, without any program and without following anything it names; undefined for what is none. Layouts: QEMU's
 * docs/interop (qcow2), VMware's Virtual Disk Format 5.0, Microsoft's VHD and MS-VHDX, VirtualBox's VDI.
 */
export async function readDisk(file: Opened): Promise<DiskFacts | undefined> {
  const { head } = file;
  if (at(head, 0, 'QFI\xfb') && head.length >= 72) return qcow2(file);
  if (at(head, 0, 'KDMV') && head.length >= 20) {
    const changes = childOf(head.toString('latin1', 512, 20_480)) && { why: sinceSnapshot };
    return { format: 'vmdk', ...sized(head.readBigUInt64LE(12) * 512n), ...changes };
  }
  if (/^# Disk Descriptor ?File/i.test(head.toString('latin1', 0, 40))) return descriptor(head.toString('latin1'));
  if (at(head, 0x40, '\x7f\x10\xda\xbe') && head.length >= 0x178)
    return {
      format: 'vdi',
      ...sized(head.readBigUInt64LE(0x170)),
      ...(head.readUInt32LE(0x4c) > 2 && { why: onlyChanges }),
    };
  if (at(head, 0, 'vhdxfile')) return { format: 'vhdx' };
  if (at(head, 0, 'conectix') && head.length >= 64) return vhd(head);
  if (at(head, 32_769, 'CD001')) return { format: 'iso', ...sized(file.size) };
  // A fixed VHD is a raw disk with its mark at the end.
  const end = file.size > 512 ? await file.read(file.size - 512, 512) : Buffer.alloc(0);
  if (at(end, 0, 'conectix')) return { ...vhd(end), ...(await table(file.read)) };
  const boots = await table(file.read);
  if (boots || at(head, 510, '\x55\xaa')) return { format: 'raw', ...sized(file.size), ...boots };
  return undefined;
}

function vhd(footer: Buffer): DiskFacts {
  const differs = footer.readUInt32BE(60) === 4;
  return { format: 'vhd', ...sized(footer.readBigUInt64BE(48)), ...(differs && { why: onlyChanges }) };
}
const onlyChanges = 'It holds only the changes to another file. Make one whole file: qemu-img convert -O qcow2.';

const sinceSnapshot = 'It holds only the changes since a snapshot. Delete the snapshots in VMware (or clone the machine), so that one complete disk is left.'; // prettier-ignore
/** Whether the description of a VMDK names a disk below it. */
const childOf = (text: string): boolean => /^\s*parentCID\s*=\s*(?!f{8})[0-9a-f]{8}/im.test(text);

/** The text form of a VMDK names the files that hold its sectors. */
function descriptor(text: string): DiskFacts {
  const extents = [...text.matchAll(/^\s*(?:RW|RDONLY|NOACCESS)\s+(\d{1,15})\s+(\w+)/gm)];
  const sectors = extents.reduce((sum, [, count = '0']) => sum + Number(count), 0);
  const why = childOf(text)
    ? sinceSnapshot
    : 'It is the description of a disk whose content lies in other files beside it. Make one file of them: qemu-img convert -O qcow2 on this one.';
  return { format: 'vmdk', ...sized(sectors * 512), why };
}

async function qcow2(file: Opened): Promise<DiskFacts> {
  const { head } = file;
  const bits = head.readUInt32BE(20);
  const backed = head.readBigUInt64BE(8) > 0n;
  const encrypted = head.readUInt32BE(32) !== 0;
  const external = head.readUInt32BE(4) >= 3 && head.length >= 80 && (head.readBigUInt64BE(72) & 4n) !== 0n;
  const why = backed ? onlyChanges : encrypted ? 'It is encrypted by QEMU. Write it anew without, with qemu-img convert.' : external ? 'Its content lies in another file. Make one whole file: qemu-img convert -O qcow2.' : undefined; // prettier-ignore
  const facts: DiskFacts = { format: 'qcow2', ...sized(head.readBigUInt64BE(24)), ...(why !== undefined && { why }) };
  if (why !== undefined || bits < 15 || bits > 21) return facts;
  const start = await firstCluster(file, head.readBigUInt64BE(40));
  if (start === undefined) return facts;
  return {
    ...facts,
    ...(await table((offset, length) => file.read(start + offset, Math.min(length, 2 ** bits - offset)))),
  };
}

/** Where the first bytes of the guest lie in a qcow2: through the first entry of both tables. */
async function firstCluster({ read, size }: Opened, l1: bigint): Promise<number | undefined> {
  const offset = async (from: bigint): Promise<bigint | undefined> => {
    if (from <= 0n || from > BigInt(size)) return undefined;
    const bytes = await read(Number(from), 8);
    const entry = bytes.length === 8 ? bytes.readBigUInt64BE(0) : 0n;
    // Bit 62: compressed.
    return (entry & (1n << 62n)) === 0n ? entry & 0x00ff_ffff_ffff_fe00n : undefined;
  };
  const l2 = await offset(l1);
  const data = l2 === undefined ? undefined : await offset(l2);
  return data === undefined || data === 0n || data > BigInt(size) ? undefined : Number(data);
}

const efiSystem = Buffer.from('28732ac11ff8d211ba4b00a0c93ec93b', 'hex');
const biosBoot = Buffer.from('4861682149646f6e744e656564454649', 'hex');

/** What a partition table is made to be started by: one with both kinds of loaders starts everywhere. */
async function table(read: Bytes): Promise<Pick<DiskFacts, 'boots'> | undefined> {
  const start = await read(0, 512);
  if (start.length < 512 || !at(start, 510, '\x55\xaa')) return undefined;
  const types = [0, 1, 2, 3].map((n) => start[446 + n * 16 + 4] ?? 0);
  const gpt = await read(512, 512);
  if (!types.includes(0xee) || !at(gpt, 0, 'EFI PART')) {
    if (types.includes(0xef)) return { boots: 'uefi' };
    return types.some((type) => type !== 0) ? { boots: 'bios' } : undefined;
  }
  const entries = await read(1024, 16_384);
  const kinds = Array.from({ length: Math.floor(entries.length / 128) }, (_, n) => entries.subarray(n * 128, n * 128 + 16)); // prettier-ignore
  if (kinds.some((kind) => kind.equals(biosBoot))) return { boots: 'bios' };
  return kinds.some((kind) => kind.equals(efiSystem)) ? { boots: 'uefi' } : undefined;
}
