import { crc32 } from 'node:zlib';
import type { Media } from './media.ts';

/** A partition, or a whole disk without a table. */
export interface Part {
  /** Bytes from the beginning of the disk. */
  start: number;
  size: number;
  /** What the table takes it for: a GUID in small letters, or the byte of an MBR as `0x83`. */
  type: string;
  name?: string;
}
export interface Table {
  kind: 'gpt' | 'mbr' | 'none';
  /** Bytes of a sector, as the table counts them. */
  sector: number;
  parts: Part[];
  /** There is a loader of BIOS machines in the first sector, or a place for one in a GPT. */
  biosLoader: boolean;
  grub: boolean;
  /** What of it makes no sense, in words. */
  doubts: string[];
}

const mostParts = 128;
const mostHops = 64;
export const guid = {
  esp: 'c12a7328-f81f-11d2-ba4b-00a0c93ec93b',
  biosBoot: '21686148-6449-6e6f-744e-656564454649',
  bitlockable: 'ebd0a0a2-b9e5-4433-87c0-68b6b72699c7',
  reserved: 'e3c9e316-0b5c-4db8-817d-f92df00215ae',
} as const;
const extended = new Set([0x05, 0x0f, 0x85]);
const signed = (sector: Buffer): boolean => sector.length >= 512 && sector.readUInt16LE(510) === 0xaa55;

/** The partition table of a disk: GPT (UEFI 2.10, 5.3) or MBR. `sector`: as the disk's format states it. Throws Unreadable. */
export async function readTable(disk: Media, sector?: number): Promise<Table> {
  const first = await disk.read(0, 512);
  const code = first.subarray(0, 440);
  const table: Table = { kind: 'none', sector: sector ?? 512, parts: [], biosLoader: false, grub: code.includes('GRUB'), doubts: [] }; // prettier-ignore
  if (!signed(first) || isVolume(first)) return table;
  const rows = rowsOf(first);
  const protective = rows.some(({ type }) => type === 0xee);
  const loads = code.some((byte) => byte !== 0);
  if (protective) {
    for (const size of new Set([sector ?? 512, 512, 4096])) {
      const found = await gpt(disk, size, table.doubts);
      if (!found) continue;
      const bios = found.some(({ type }) => type === guid.biosBoot);
      return { ...table, kind: 'gpt', sector: size, parts: found, biosLoader: loads && bios };
    }
    table.doubts.push('Both copies of its partition table (GPT) are damaged.');
    return table;
  }
  const parts = await mbr(disk, rows, table);
  return parts.length === 0 ? table : { ...table, kind: 'mbr', parts, biosLoader: loads };
}

/** The first sector of a file system has the same mark as an MBR. */
const isVolume = (first: Buffer): boolean =>
  /^(NTFS {4}|EXFAT {3}|-FVE-FS-|ReFS)/.test(first.toString('latin1', 3, 11)) ||
  first.toString('latin1', 54, 57) === 'FAT' ||
  first.toString('latin1', 82, 87) === 'FAT32';

interface Row {
  type: number;
  start: number;
  count: number;
}
const rowsOf = (sector: Buffer): Row[] =>
  [446, 462, 478, 494].map((at) => ({
    type: sector[at + 4] ?? 0,
    start: sector.readUInt32LE(at + 8),
    count: sector.readUInt32LE(at + 12),
  }));

async function mbr(disk: Media, rows: readonly Row[], { sector, doubts }: Table): Promise<Part[]> {
  const parts: Part[] = [];
  const add = (type: number, start: number, count: number): void => {
    const part = { start: start * sector, size: count * sector, type: `0x${type.toString(16).padStart(2, '0')}` };
    if (fits(disk, part, parts, doubts) && parts.length < mostParts) parts.push(part);
  };
  for (const { type, start, count } of rows) {
    if (type === 0 || count === 0) continue;
    if (!extended.has(type)) add(type, start, count);
    else await chain(disk, start, sector, add, doubts);
  }
  return parts;
}

/** Logical partitions: each sector names one and the next sector, counted from the beginning of the chain. */
async function chain(
  disk: Media,
  start: number,
  sector: number,
  add: (type: number, start: number, count: number) => void,
  doubts: string[],
): Promise<void> {
  const seen = new Set<number>();
  for (let at = start; ;) {
    if (seen.has(at) || seen.size >= mostHops) {
      doubts.push('Its logical partitions lead in a circle.');
      return;
    }
    seen.add(at);
    const data = await disk.read(at * sector, 512);
    if (!signed(data)) {
      doubts.push('Its logical partitions are damaged.');
      return;
    }
    const [own, next] = rowsOf(data);
    if (own && own.type !== 0 && own.count > 0) add(own.type, at + own.start, own.count);
    if (!next || !extended.has(next.type) || next.start === 0) return;
    at = start + next.start;
  }
}

/** The partitions of a GPT, of its second copy where the first one is damaged; undefined where neither is whole. */
async function gpt(disk: Media, sector: number, doubts: string[]): Promise<Part[] | undefined> {
  const first = await header(disk, sector, sector);
  const head = first ?? (await header(disk, Math.floor(disk.size / sector - 1) * sector, sector));
  if (!head) return undefined;
  if (!first) doubts.push('The first copy of its partition table (GPT) is damaged: the second one was read.');
  const parts: Part[] = [];
  const data = await disk.read(head.entries * sector, head.count * head.bytes);
  for (let at = 0; at + 128 <= data.length && parts.length < mostParts; at += head.bytes) {
    const type = guidAt(data, at);
    if (/^[0-]+$/.test(type)) continue;
    const [from, to] = [data.readBigUInt64LE(at + 32), data.readBigUInt64LE(at + 40)];
    if (to < from || to > 2n ** 53n / BigInt(sector)) {
      doubts.push('A partition of it ends before it begins, or beyond any disk.');
      continue;
    }
    const name = data.toString('utf16le', at + 56, at + 128).replace(/\0[^]*$/, '');
    const part = { start: Number(from) * sector, size: (Number(to - from) + 1) * sector, type, ...(name && { name }) };
    if (fits(disk, part, parts, doubts)) parts.push(part);
  }
  return parts;
}

async function header(disk: Media, at: number, sector: number): Promise<{ entries: number; count: number; bytes: number } | undefined> {
  if (at < sector) return undefined;
  const head = Buffer.from(await disk.read(at, 512));
  if (head.length < 512 || head.toString('latin1', 0, 8) !== 'EFI PART') return undefined;
  const length = head.readUInt32LE(12);
  const sum = head.readUInt32LE(16);
  head.writeUInt32LE(0, 16);
  const entries = head.readBigUInt64LE(72);
  const [count, bytes] = [head.readUInt32LE(80), head.readUInt32LE(84)];
  if (length < 92 || length > 512 || crc32(head.subarray(0, length)) !== sum) return undefined;
  if (bytes < 128 || bytes > 4096 || bytes % 8 !== 0 || count > 1024 || entries > BigInt(Math.floor(disk.size / sector))) return undefined;
  return { entries: Number(entries), count: Math.min(count, 256), bytes };
} // prettier-ignore

function fits(disk: Media, part: Part, others: readonly Part[], doubts: string[]): boolean {
  if (part.start + part.size > disk.size || part.start === 0) {
    doubts.push('A partition of it reaches beyond the end of the disk: the file may be cut short.');
    return false;
  }
  if (others.some(({ start, size }) => part.start < start + size && start < part.start + part.size))
    doubts.push('Partitions of it overlap.');
  return true;
}

/** A GUID as people write it: its first three groups are little endian. */
function guidAt(data: Buffer, at: number): string {
  const hex = (from: number, to: number): string => data.toString('hex', at + from, at + to);
  const turned = (from: number, to: number): string =>
    Buffer.from(data.subarray(at + from, at + to))
      .reverse()
      .toString('hex');
  return `${turned(0, 4)}-${turned(4, 6)}-${turned(6, 8)}-${hex(8, 10)}-${hex(10, 16)}`;
}
