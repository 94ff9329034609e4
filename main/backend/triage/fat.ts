import { exactly, Unreadable } from './media.ts';
import type { Media } from './media.ts';

/** One entry of a folder. */
export interface FatEntry {
  name: string;
  folder: boolean;
  first: number;
  size: number;
}
export interface Fat {
  /** What a folder holds, by its path from the root, whatever the case; undefined where there is none. Throws Unreadable. */
  list(...path: string[]): Promise<FatEntry[] | undefined>;
  /** The first bytes of a file; undefined where there is none. Throws Unreadable. */
  file(most: number, ...path: string[]): Promise<Buffer | undefined>;
}

const mostEntries = 4096;
const mostClusters = 512;

/** A FAT12, FAT16 or FAT32 (Microsoft's FAT specification 1.03), for reading. Throws Unreadable. */
export async function openFat(part: Media): Promise<Fat> {
  const boot = await exactly(part, 0, 512);
  const sector = boot.readUInt16LE(11);
  const perCluster = boot[13] ?? 0;
  const reserved = boot.readUInt16LE(14);
  const copies = boot[16] ?? 0;
  const rootEntries = boot.readUInt16LE(17);
  const sectors = boot.readUInt16LE(19) || boot.readUInt32LE(32);
  const fatSectors = boot.readUInt16LE(22) || boot.readUInt32LE(36);
  if (![512, 1024, 2048, 4096].includes(sector) || perCluster === 0 || (perCluster & (perCluster - 1)) !== 0 || copies === 0 || copies > 4)
    throw new Unreadable('Its FAT is damaged.');
  const rootSectors = Math.ceil((rootEntries * 32) / sector);
  const data = reserved + copies * fatSectors + rootSectors;
  const clusters = Math.floor((sectors - data) / perCluster);
  if (clusters <= 0) throw new Unreadable('Its FAT is damaged.');
  const bits = clusters < 4085 ? 12 : clusters < 65_525 ? 16 : 32;
  const bytes = perCluster * sector;

  const next = async (cluster: number): Promise<number> => {
    const at = reserved * sector + (bits === 12 ? cluster + (cluster >> 1) : (cluster * bits) / 8);
    const entry = await exactly(part, at, bits === 32 ? 4 : 2);
    if (bits === 32) return entry.readUInt32LE(0) & 0x0fff_ffff;
    const value = entry.readUInt16LE(0);
    return bits === 16 ? value : cluster % 2 === 1 ? value >> 4 : value & 0xfff;
  };
  /** The content of a chain of clusters, at most `most` bytes. */
  const chain = async (first: number, most: number): Promise<Buffer> => {
    const parts: Buffer[] = [];
    const seen = new Set<number>();
    let cluster = first;
    for (let left = most; left > 0 && cluster >= 2 && cluster < clusters + 2; ) {
      if (seen.has(cluster) || seen.size >= mostClusters) throw new Unreadable('Its FAT leads in a circle.');
      seen.add(cluster);
      const piece = await exactly(part, (data + (cluster - 2) * perCluster) * sector, Math.min(bytes, left));
      parts.push(piece);
      left -= piece.length;
      cluster = await next(cluster);
    }
    return Buffer.concat(parts);
  };
  const root = (): Promise<Buffer> =>
    bits === 32
      ? chain(boot.readUInt32LE(44), mostEntries * 32)
      : exactly(part, (data - rootSectors) * sector, Math.min(rootEntries, mostEntries) * 32);
  const list = async (...path: string[]): Promise<FatEntry[] | undefined> => {
    let entries = entriesOf(await root());
    for (const name of path) {
      const found = byName(entries, name);
      if (!found?.folder) return undefined;
      entries = entriesOf(await chain(found.first, mostEntries * 32));
    }
    return entries;
  };
  return {
    list,
    async file(most, ...path) {
      const folder = await list(...path.slice(0, -1));
      const found = folder && byName(folder, path.at(-1) ?? '');
      return found && !found.folder ? chain(found.first, Math.min(most, found.size)) : undefined;
    },
  };
} // prettier-ignore

const byName = (entries: readonly FatEntry[], name: string): FatEntry | undefined =>
  entries.find((entry) => entry.name.toLowerCase() === name.toLowerCase());

/** Long names stand in parts before the entry that they belong to, the last part first. */
function entriesOf(data: Buffer): FatEntry[] {
  const entries: FatEntry[] = [];
  let long = '';
  for (let at = 0; at + 32 <= data.length; at += 32) {
    const first = data[at] ?? 0;
    const kind = data[at + 11] ?? 0;
    if (first === 0) break;
    if (first === 0xe5) {
      long = '';
      continue;
    }
    if (kind === 0x0f) {
      const text = [[1, 11], [14, 26], [28, 32]].map(([from = 0, to = 0]) => data.toString('utf16le', at + from, at + to)).join('');
      long = `${text.replace(/[\0\uffff][^]*$/, '')}${(first & 0x40) === 0 ? long : ''}`.slice(0, 260);
      continue;
    }
    const short = data.toString('latin1', at, at + 11);
    const ending = short.slice(8).trimEnd();
    const name = long || `${short.slice(0, 8).trimEnd()}${ending && `.${ending}`}`;
    long = '';
    if ((kind & 8) !== 0 || name === '.' || name === '..') continue;
    entries.push({
      name,
      folder: (kind & 16) !== 0,
      first: (data.readUInt16LE(at + 20) << 16) | data.readUInt16LE(at + 26),
      size: data.readUInt32LE(at + 28),
    });
  }
  return entries;
} // prettier-ignore
