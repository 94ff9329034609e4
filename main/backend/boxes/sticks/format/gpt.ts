import { crc32 } from 'node:zlib';
import { ProblemError } from '../../../../contract/problem.ts';
import { guidBytes, guidText } from './guid.ts';
import type { ByteSource } from './source.ts';

// UEFI 2.10, 5.3: one header of 92 bytes and 128 entries of 128 bytes, at both ends of the disk.
const entryCount = 128;
const entrySize = 128;
const headerSize = 92;

/** Sectors are counted from 0; `last` belongs to the partition. */
export interface GptPartition {
  /** From 1, as in /dev/sdb1. */
  number: number;
  type: string;
  guid: string;
  first: number;
  last: number;
  name: string;
  /** Bit field of UEFI; 0n when left out. */
  attributes?: bigint;
}
export interface GptTable {
  /** Bytes: 512 or 4096. */
  sectorSize: number;
  diskGuid: string;
  partitions: GptPartition[];
  firstUsable: number;
  lastUsable: number;
  /** Sector of the other header, as this one says. */
  alternate: number;
}
export interface GptReading extends GptTable {
  /** What is not as it should be, in words; empty: both ends are good and agree. */
  problems: string[];
}

/** Reads the table; either end will do, what is wrong with the other is told. Throws `stick-no-table` when neither is good. */
export async function readGpt(source: ByteSource): Promise<GptReading> {
  const problems: string[] = [];
  for (const sectorSize of [512, 4096]) {
    const sectors = Math.floor(source.size / sectorSize);
    if (sectors < 8) continue;
    const first = await readEnd(source, sectorSize, 1);
    const atEnd = await readEnd(source, sectorSize, sectors - 1);
    if (typeof first === 'string') {
      problems.push(`${sectorSize}-byte sectors, first header: ${first}`);
      if (typeof atEnd === 'string') continue;
      return { ...atEnd, problems };
    }
    const found: string[] = [];
    if (typeof atEnd === 'string') found.push(`backup header at the end of the drive: ${atEnd}`);
    else if (!sameTable(first, atEnd)) found.push('the two headers tell of different partitions');
    if (first.alternate !== sectors - 1)
      found.push(`the backup header is said to be at sector ${first.alternate}, the drive ends with ${sectors - 1}`);
    return { ...first, problems: found };
  }
  throw new ProblemError({
    code: 'stick-no-table',
    title: 'No partition table',
    detail: 'There is no good GPT at either end of it.',
    cause: 'This is not a stick or an image of Hearth, or its beginning was overwritten.',
    fix: 'Write the stick anew.',
    output: problems,
  });
}

async function readEnd(source: ByteSource, sectorSize: number, sector: number): Promise<GptTable | string> {
  const header = await source.read(sector * sectorSize, sectorSize);
  if (header.toString('latin1', 0, 8) !== 'EFI PART') return 'not there';
  const size = header.readUInt32LE(12);
  if (size < headerSize || size > sectorSize) return `a header of ${size} bytes`;
  const told = header.readUInt32LE(16);
  const zeroed = Buffer.from(header.subarray(0, size));
  zeroed.writeUInt32LE(0, 16);
  if (crc32(zeroed) !== told) return 'its checksum is wrong';
  if (Number(header.readBigUInt64LE(24)) !== sector) return 'it says it is somewhere else';
  const count = header.readUInt32LE(80);
  const each = header.readUInt32LE(84);
  if (count > 1024 || each < entrySize || each % entrySize !== 0 || each > 4096)
    return `${count} entries of ${each} bytes`;
  const at = Number(header.readBigUInt64LE(72)) * sectorSize;
  if (at + count * each > source.size) return 'its entries lie past the end of the drive';
  const entries = await source.read(at, count * each);
  if (crc32(entries) !== header.readUInt32LE(88)) return 'the checksum of its entries is wrong';
  return {
    sectorSize,
    diskGuid: guidText(header.subarray(56, 72)),
    firstUsable: Number(header.readBigUInt64LE(40)),
    lastUsable: Number(header.readBigUInt64LE(48)),
    alternate: Number(header.readBigUInt64LE(32)),
    partitions: Array.from({ length: count }, (_, index) => entries.subarray(index * each, index * each + each))
      .map((entry, index) => readEntry(entry, index + 1))
      .filter((entry) => entry !== undefined),
  };
}

function readEntry(entry: Buffer, number: number): GptPartition | undefined {
  const type = entry.subarray(0, 16);
  if (type.every((byte) => byte === 0)) return undefined;
  return {
    number,
    type: guidText(type),
    guid: guidText(entry.subarray(16, 32)),
    first: Number(entry.readBigUInt64LE(32)),
    last: Number(entry.readBigUInt64LE(40)),
    attributes: entry.readBigUInt64LE(48),
    name: entry.toString('utf16le', 56, 128).replace(/\0.*$/s, ''),
  };
}

const sameTable = (a: GptTable, b: GptTable): boolean =>
  a.diskGuid === b.diskGuid &&
  a.partitions.length === b.partitions.length &&
  a.partitions.every((one, index) => {
    const other = b.partitions[index];
    return other && one.guid === other.guid && one.first === other.first && one.last === other.last;
  });

/** Both ends of a table, to be written at byte 0 and at `tailOffset`. */
export interface GptBytes {
  /** Protective MBR, header, entries. */
  head: Buffer;
  /** Entries, header. */
  tail: Buffer;
  tailOffset: number;
}

/**
 * A table for a drive of `sectors` sectors. `bootCode`: up to 440 bytes kept at the start of the MBR (BIOS boot).
 * Throws RangeError when a partition overlaps another or does not fit.
 */
export function makeGpt(table: {
  sectors: number;
  sectorSize: 512 | 4096;
  diskGuid: string;
  partitions: readonly GptPartition[];
  bootCode?: Uint8Array;
}): GptBytes {
  const { sectors, sectorSize, partitions } = table;
  const entrySectors = Math.ceil((entryCount * entrySize) / sectorSize);
  const firstUsable = 2 + entrySectors;
  const lastUsable = sectors - 2 - entrySectors;
  const inOrder = [...partitions].sort((a, b) => a.first - b.first);
  for (const [index, { number, first, last }] of inOrder.entries()) {
    if (number < 1 || number > entryCount) throw new RangeError(`There is no partition ${number}.`);
    if (first < firstUsable || last > lastUsable || last < first)
      throw new RangeError(`Partition ${number} (${first}..${last}) is not within ${firstUsable}..${lastUsable}.`);
    const before = inOrder[index - 1];
    if (before && before.last >= first) throw new RangeError(`Partitions ${before.number} and ${number} overlap.`);
  }
  const entries = Buffer.alloc(entrySectors * sectorSize);
  for (const partition of partitions) writeEntry(entries.subarray((partition.number - 1) * entrySize), partition);
  const checksum = crc32(entries.subarray(0, entryCount * entrySize));
  const header = (own: number, other: number, entriesAt: number): Buffer => {
    const bytes = Buffer.alloc(sectorSize);
    bytes.write('EFI PART', 0, 'latin1');
    bytes.writeUInt32LE(0x00010000, 8);
    bytes.writeUInt32LE(headerSize, 12);
    bytes.writeBigUInt64LE(BigInt(own), 24);
    bytes.writeBigUInt64LE(BigInt(other), 32);
    bytes.writeBigUInt64LE(BigInt(firstUsable), 40);
    bytes.writeBigUInt64LE(BigInt(lastUsable), 48);
    guidBytes(table.diskGuid).copy(bytes, 56);
    bytes.writeBigUInt64LE(BigInt(entriesAt), 72);
    bytes.writeUInt32LE(entryCount, 80);
    bytes.writeUInt32LE(entrySize, 84);
    bytes.writeUInt32LE(checksum, 88);
    bytes.writeUInt32LE(crc32(bytes.subarray(0, headerSize)), 16);
    return bytes;
  };
  return {
    head: Buffer.concat([protectiveMbr(sectors, sectorSize, table.bootCode), header(1, sectors - 1, 2), entries]),
    tail: Buffer.concat([entries, header(sectors - 1, 1, sectors - 1 - entrySectors)]),
    tailOffset: (sectors - 1 - entrySectors) * sectorSize,
  };
}

function writeEntry(entry: Buffer, partition: GptPartition): void {
  guidBytes(partition.type).copy(entry, 0);
  guidBytes(partition.guid).copy(entry, 16);
  entry.writeBigUInt64LE(BigInt(partition.first), 32);
  entry.writeBigUInt64LE(BigInt(partition.last), 40);
  entry.writeBigUInt64LE(partition.attributes ?? 0n, 48);
  entry.write(partition.name.slice(0, 36), 56, 'utf16le');
}

/** One entry of type EE over the whole drive, so that old programs do not think it empty. */
function protectiveMbr(sectors: number, sectorSize: number, bootCode?: Uint8Array): Buffer {
  const mbr = Buffer.alloc(sectorSize);
  if (bootCode) mbr.set(bootCode.subarray(0, 440), 0);
  mbr.set([0x00, 0x00, 0x02, 0x00, 0xee, 0xff, 0xff, 0xff], 446);
  mbr.writeUInt32LE(1, 454);
  mbr.writeUInt32LE(Math.min(sectors - 1, 0xffffffff), 458);
  mbr.set([0x55, 0xaa], 510);
  return mbr;
}
