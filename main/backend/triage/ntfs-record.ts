import { exactly, Unreadable } from './media.ts';
import type { Media } from './media.ts';

export interface Layout {
  part: Media;
  /** Bytes. */
  sector: number;
  cluster: number;
}
/** Where an attribute lies: so many clusters from this one on; `at` undefined: a hole. */
export type Runs = { at: number | undefined; count: number }[];
const mostRuns = 4096;

/** A record with its last two bytes of each sector put back (NTFS keeps a sequence number there). Throws Unreadable. */
export function recordOf(data: Buffer, sector: number, mark = 'FILE'): Buffer {
  if (data.length < 48 || data.toString('latin1', 0, 4) !== mark) throw new Unreadable('A record of its NTFS is damaged.');
  const record = Buffer.from(data);
  const [at, count] = [record.readUInt16LE(4), record.readUInt16LE(6)];
  // The stride is 512 even where sectors are larger.
  const stride = Math.min(sector, 512);
  if (count === 0 || at + count * 2 > record.length || (count - 1) * stride > record.length)
    throw new Unreadable('A record of its NTFS is damaged.');
  for (let n = 1; n < count; n += 1) {
    const end = n * stride - 2;
    if (record.readUInt16LE(end) !== record.readUInt16LE(at)) throw new Unreadable('A record of its NTFS was half written.');
    record.writeUInt16LE(record.readUInt16LE(at + n * 2), end);
  }
  return record;
} // prettier-ignore

/** The first attribute of a kind that lies in the record itself, without a name or with that of an index. */
export function attributeOf(record: Buffer, kind: number): Buffer | undefined {
  for (let at = record.readUInt16LE(20); at + 16 <= record.length;) {
    const type = record.readUInt32LE(at);
    const length = record.readUInt32LE(at + 4);
    if (type === 0xffff_ffff) return undefined;
    if (length < 24 || at + length > record.length) throw new Unreadable('A record of its NTFS is damaged.');
    const attribute = record.subarray(at, at + length);
    if (type === kind && (kind !== 0x80 || attribute[9] === 0)) return attribute;
    at += length;
  }
  return undefined;
}

/** Where the content of an attribute lies: pairs of lengths and distances of one to eight bytes each. Throws Unreadable. */
export function runsOf(attribute: Buffer): Runs {
  if (attribute[8] === 0 || attribute.length < 64) throw new Unreadable('A record of its NTFS is damaged.');
  const runs: Runs = [];
  let lcn = 0;
  for (let at = attribute.readUInt16LE(32); at < attribute.length;) {
    const head = attribute[at] ?? 0;
    if (head === 0) break;
    const [wide, far] = [head & 15, head >> 4];
    if (wide === 0 || wide > 6 || far > 6 || at + 1 + wide + far > attribute.length || runs.length >= mostRuns)
      throw new Unreadable('A record of its NTFS is damaged.');
    const count = attribute.readUIntLE(at + 1, wide);
    if (far > 0) lcn += attribute.readIntLE(at + 1 + wide, far);
    runs.push({ at: far === 0 ? undefined : lcn, count });
    at += 1 + wide + far;
  }
  return runs;
}

/** Bytes of an attribute. Throws Unreadable where it does not reach so far. */
export async function contentOf({ part, cluster }: Layout, runs: Runs, from: number, length: number): Promise<Buffer> {
  const parts: Buffer[] = [];
  let begins = 0;
  let at = from;
  for (const run of runs) {
    const ends = begins + run.count * cluster;
    if (at < ends && at < from + length) {
      const piece = Math.min(ends, from + length) - at;
      if (piece > 2 ** 22) throw new Unreadable('A record of its NTFS is damaged.');
      parts.push(run.at === undefined ? Buffer.alloc(piece) : await exactly(part, run.at * cluster + (at - begins), piece));
      at += piece;
    }
    begins = ends;
  }
  if (at < from + length) throw new Unreadable('A record of its NTFS is damaged.');
  return Buffer.concat(parts);
} // prettier-ignore
