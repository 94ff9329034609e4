import { exactly, Unreadable } from './media.ts';
import type { Media } from './media.ts';
import { attributeOf, contentOf, recordOf, runsOf } from './ntfs-record.ts';
import type { Layout, Runs } from './ntfs-record.ts';

/** An NTFS, for looking into a few of its files. */
export interface Ntfs {
  /** It was not closed: a check of it is due. */
  dirty: boolean;
  /** Number of the record of a file or folder, by its path from the root, whatever the case. Throws Unreadable. */
  find(...path: string[]): Promise<number | undefined>;
  /** The first bytes of a file, at most 256 KiB. Throws Unreadable. */
  content(record: number, most: number): Promise<Buffer>;
}

const volumeRecord = 3;
const rootRecord = 5;
/** Kinds of attributes. */
const kind = { information: 0x70, data: 0x80, indexRoot: 0x90, indexAllocation: 0xa0 } as const;
const mostDepth = 12;

/** The file system at the beginning of a partition (layout: the documentation of Linux-NTFS, 0.5). Throws Unreadable. */
export async function openNtfs(part: Media): Promise<Ntfs> {
  const boot = await exactly(part, 0, 512);
  const sector = boot.readUInt16LE(11);
  const cluster = sector * power(boot, 13);
  const mft = Number(boot.readBigUInt64LE(48));
  const perRecord = boot.readInt8(64);
  const bytes = perRecord < 0 ? 2 ** -perRecord : perRecord * cluster;
  if (sector < 256 || sector > 4096 || cluster < 512 || cluster > 2 ** 21 || bytes < 512 || bytes > 8192)
    throw new Unreadable('Its NTFS is damaged.');
  const layout: Layout = { part, sector, cluster };
  const start = await exactly(part, mft * cluster, bytes);
  const table = attributeOf(recordOf(start, sector), kind.data);
  const runs: Runs = table ? runsOf(table) : [];
  const record = async (number: number): Promise<Buffer> =>
    recordOf(await contentOf(layout, runs, number * bytes, bytes), sector);

  const find = async (...path: string[]): Promise<number | undefined> => {
    let at: number | undefined = rootRecord;
    for (const name of path) {
      at = await within(layout, await record(at), name.toUpperCase());
      if (at === undefined) return undefined;
    }
    return at;
  };
  const information = attributeOf(await record(volumeRecord), kind.information);
  return {
    dirty: information !== undefined && information[8] === 0 && (information.readUInt16LE(information.readUInt16LE(20) + 10) & 1) === 1,
    find,
    async content(number, most) {
      const data = attributeOf(await record(number), kind.data);
      if (!data) return Buffer.alloc(0);
      const wanted = Math.min(most, 256 * 1024);
      if (data[8] === 0) return resident(data).subarray(0, wanted);
      const size = Number(data.readBigUInt64LE(48));
      return contentOf(layout, runsOf(data), 0, Math.min(wanted, size));
    },
  };
} // prettier-ignore

/** Sectors of a cluster: a number, or from 0x80 on a power of two (large clusters of Windows 10). */
function power(boot: Buffer, at: number): number {
  const value = boot[at] ?? 0;
  return value > 0x80 ? 2 ** (256 - value) : value;
}
const resident = (attribute: Buffer): Buffer => {
  const from = attribute.readUInt16LE(20);
  return attribute.subarray(from, from + attribute.readUInt32LE(16));
};

/** The record of a name in a folder: down its tree, whose entries are in the order of the names in capitals. */
async function within(layout: Layout, folder: Buffer, name: string): Promise<number | undefined> {
  const root = attributeOf(folder, kind.indexRoot);
  if (!root || root[8] !== 0) return undefined;
  const content = resident(root);
  const block = content.readUInt32LE(8);
  const allocation = attributeOf(folder, kind.indexAllocation);
  if (block < 512 || block > 65_536) throw new Unreadable('A folder of its NTFS is damaged.');
  // Blocks smaller than a cluster are counted in sectors.
  const unit = block < layout.cluster ? 512 : layout.cluster;
  let node = content.subarray(16);
  for (let depth = 0; depth < mostDepth; depth += 1) {
    const step = look(node, name);
    if (step.found !== undefined) return step.found;
    if (step.below === undefined || !allocation) return undefined;
    const data = await contentOf(layout, runsOf(allocation), step.below * unit, block);
    node = recordOf(data, layout.sector, 'INDX').subarray(24);
  }
  throw new Unreadable('A folder of its NTFS leads in a circle.');
}

/** One node: the name is in it, or below the first entry after it. */
function look(node: Buffer, name: string): { found?: number; below?: number } {
  const end = Math.min(node.length, node.readUInt32LE(4));
  for (let at = node.readUInt32LE(0); at + 16 <= end;) {
    const length = node.readUInt16LE(at + 8);
    const flags = node.readUInt16LE(at + 12);
    if (length < 16 || at + length > end) break;
    const below = (flags & 1) === 0 ? {} : { below: Number(node.readBigUInt64LE(at + length - 8)) };
    if ((flags & 2) !== 0) return below;
    if (length < 82) break;
    const letters = node[at + 80] ?? 0;
    const own = node.toString('utf16le', at + 82, at + 82 + letters * 2).toUpperCase();
    if (own === name) return { found: Number(node.readBigUInt64LE(at) & 0xffff_ffff_ffffn) };
    if (own > name) return below;
    at += length;
  }
  throw new Unreadable('A folder of its NTFS is damaged.');
}
