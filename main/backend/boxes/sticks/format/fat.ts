import { ProblemError } from '../../../../contract/problem.ts';
import { entriesOf } from './fat-names.ts';
import type { FatEntry } from './fat-names.ts';
import type { ByteSource } from './source.ts';

/** Bytes of a file that lie side by side; `offset` counts from the start of the source. */
export interface Extent {
  offset: number;
  length: number;
}
export interface FatFile {
  path: string;
  size: number;
  /** First cluster; 0: an empty file. */
  cluster: number;
}
/** A FAT32 file system, read only, without mounting it. */
export interface Fat32 {
  /** Volume serial number as blkid's UUID, e.g. `1A2B-3C4D`. */
  uuid: string;
  label: string;
  clusterSize: number;
  /** Names of a folder; undefined when there is none. */
  list(path: string): Promise<FatEntry[] | undefined>;
  /** Case does not matter, as everywhere on FAT; undefined when there is none or it is a folder. */
  find(path: string): Promise<FatFile | undefined>;
  extents(file: FatFile): Promise<Extent[]>;
  /** The whole of a small file. */
  read(file: FatFile): Promise<Buffer>;
  /** A large file in pieces of at most `piece` bytes, each with its offset in the source. */
  pieces(file: FatFile, piece?: number): AsyncGenerator<{ offset: number; bytes: Buffer }>;
}

const damaged = (detail: string): ProblemError =>
  new ProblemError({
    code: 'stick-file-system-damaged',
    title: 'The file system is damaged',
    detail,
    cause: 'The drive lost or changed bytes, or was pulled out while it was written.',
    fix: 'Write the stick anew; take another drive if it happens again.',
  });

/** Bytes of a folder: 65,536 names of 32 bytes, by the specification of FAT. */
const mostFolder = 65_536 * 32;
/** Blocks of a table that are kept: 16 MiB. */
const mostBlocks = 256;

/** Opens the FAT32 file system that begins at byte `start`. Throws `stick-not-fat32`, `stick-file-system-damaged`. */
export async function openFat32(source: ByteSource, start = 0): Promise<Fat32> {
  const boot = await source.read(start, 512);
  const sector = boot.readUInt16LE(11);
  const perCluster = boot.readUInt8(13);
  const reserved = boot.readUInt16LE(14);
  const copies = boot.readUInt8(16);
  const fatSectors = boot.readUInt32LE(36);
  const sectors = boot.readUInt32LE(32) || boot.readUInt16LE(19);
  const sane =
    boot.readUInt16LE(510) === 0xaa55 &&
    [512, 1024, 2048, 4096].includes(sector) &&
    perCluster > 0 &&
    (perCluster & (perCluster - 1)) === 0 &&
    reserved > 0 &&
    copies > 0 &&
    boot.readUInt16LE(22) === 0 &&
    fatSectors > 0;
  if (!sane)
    throw new ProblemError({
      code: 'stick-not-fat32',
      title: 'No FAT32 file system',
      detail: `There is none at byte ${start}.`,
      cause: 'This is not a stick or an image of Hearth.',
      fix: 'Write the stick anew.',
    });
  const clusterSize = sector * perCluster;
  const fatAt = start + reserved * sector;
  const dataAt = fatAt + copies * fatSectors * sector;
  const clusters = Math.min(
    Math.floor((sectors - reserved - copies * fatSectors) / perCluster),
    Math.floor((fatSectors * sector) / 4) - 2,
  );
  const table = fatTable(source, fatAt, fatSectors * sector);

  /** At most `most` clusters: what is longer than it says is not read to its end. */
  async function chain(first: number, path: string, most: number): Promise<number[]> {
    const found = new Set<number>();
    for (let cluster = first; cluster < 0x0ffffff8 && found.size < most; cluster = await table(cluster)) {
      if (cluster < 2 || cluster > clusters + 1)
        throw damaged(`${path} goes on at cluster ${cluster}, which there is not.`);
      if (found.has(cluster)) throw damaged(`${path} goes round in a circle.`);
      found.add(cluster);
    }
    return [...found];
  }
  const offsetOf = (cluster: number): number => dataAt + (cluster - 2) * clusterSize;

  async function runs(first: number, path: string, size?: number): Promise<Extent[]> {
    if (first === 0) {
      if (size) throw damaged(`${path} has ${size} bytes but no place.`);
      return [];
    }
    const found: Extent[] = [];
    const most = Math.ceil((size ?? mostFolder + clusterSize) / clusterSize);
    for (const cluster of await chain(first, path, most)) {
      const before = found.at(-1);
      if (before && before.offset + before.length === offsetOf(cluster)) before.length += clusterSize;
      else found.push({ offset: offsetOf(cluster), length: clusterSize });
    }
    return size === undefined ? found : cutTo(found, size, path);
  }
  async function folder(first: number, path: string): Promise<FatEntry[]> {
    const parts: Buffer[] = [];
    const extents = await runs(first, path);
    if (extents.reduce((sum, { length }) => sum + length, 0) > Math.max(mostFolder, clusterSize))
      throw damaged(`The folder ${path} is larger than one can be.`);
    for (const { offset, length } of extents) parts.push(await source.read(offset, length));
    return entriesOf(Buffer.concat(parts));
  }
  const root = boot.readUInt32LE(44);
  async function walk(path: string): Promise<FatEntry | undefined> {
    let entry: FatEntry = { name: '/', folder: true, cluster: root, size: 0, label: false };
    for (const name of path.split('/').filter(Boolean)) {
      if (!entry.folder) return undefined;
      const inside = await folder(entry.cluster || root, path);
      const next = inside.find((one) => !one.label && one.name.toLowerCase() === name.toLowerCase());
      if (!next) return undefined;
      entry = next;
    }
    return entry;
  }
  const fat: Fat32 = {
    uuid: boot
      .readUInt32LE(67)
      .toString(16)
      .padStart(8, '0')
      .toUpperCase()
      .replace(/^(....)/, '$1-'),
    label: boot.toString('latin1', 71, 82).trimEnd(),
    clusterSize,
    async list(path) {
      const entry = await walk(path);
      if (!entry?.folder) return undefined;
      return (await folder(entry.cluster || root, path)).filter(
        ({ label, name }) => !label && name !== '.' && name !== '..',
      );
    },
    async find(path) {
      const entry = await walk(path);
      return entry && !entry.folder ? { path, size: entry.size, cluster: entry.cluster } : undefined;
    },
    extents: (file) => runs(file.cluster, file.path, file.size),
    async read(file) {
      const parts: Buffer[] = [];
      for await (const { bytes } of fat.pieces(file)) parts.push(bytes);
      return Buffer.concat(parts);
    },
    async *pieces(file, piece = 1024 * 1024) {
      for (const { offset, length } of await fat.extents(file))
        for (let done = 0; done < length; done += piece) {
          const at = offset + done;
          yield { offset: at, bytes: await source.read(at, Math.min(piece, length - done)) };
        }
    },
  };
  return fat;
}

/** Entry of a cluster, read by blocks that are kept: a FAT of a large stick has megabytes, a chain a few of them. */
function fatTable(source: ByteSource, at: number, length: number): (cluster: number) => Promise<number> {
  const block = 64 * 1024;
  const kept = new Map<number, Buffer>();
  return async (cluster) => {
    const byte = cluster * 4;
    const index = Math.floor(byte / block);
    let bytes = kept.get(index);
    if (!bytes) {
      bytes = await source.read(at + index * block, Math.min(block, length - index * block));
      kept.set(index, bytes);
      if (kept.size > mostBlocks) kept.delete(kept.keys().next().value ?? index);
    }
    return bytes.readUInt32LE(byte - index * block) & 0x0fffffff;
  };
}

function cutTo(extents: Extent[], size: number, path: string): Extent[] {
  let left = size;
  const cut: Extent[] = [];
  for (const { offset, length } of extents) {
    if (left === 0) break;
    cut.push({ offset, length: Math.min(length, left) });
    left -= Math.min(length, left);
  }
  if (left > 0) throw damaged(`${path} ends ${left} bytes too early.`);
  return cut;
}
