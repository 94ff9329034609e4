import { open } from 'node:fs/promises';
import { monotonic } from '../../contract/monotonic.ts';

/** Random reads from something of known length: a file, or the disk that a file holds. */
export interface Media {
  /** Bytes. */
  readonly size: number;
  /** Exactly `length` bytes, or fewer at the end. Throws Unreadable. */
  read(offset: number, length: number): Promise<Buffer>;
}

/** What is on a disk cannot be read, or makes no sense; the message says what. */
export class Unreadable extends Error {}

export const tooMuch = (): Unreadable => new Unreadable('More would have to be read than a look may take.');

const page = 32 * 1024;
/** A look never reads more than this, whatever a disk says of itself. */
const most = 16 * 2 ** 20;
const longest = 20_000;
const kept = 64;

/**
 * A part of a file of this computer, by pages that are kept for a while. Reads at most 16 MiB in at most 20 seconds, then
 * throws Unreadable: tables that lead in circles end there. Close it.
 */
export async function openPart(
  path: string,
  at = 0,
  stored?: number,
  limits: { bytes?: number; milliseconds?: number } = {},
): Promise<Media & { close(): Promise<void> }> {
  const file = await open(path, 'r');
  try {
    const whole = (await file.stat()).size;
    const size = Math.max(0, Math.min(stored ?? whole, whole - at));
    const source = async (offset: number, length: number): Promise<Buffer> => {
      const buffer = Buffer.alloc(length);
      const { bytesRead } = await file.read(buffer, 0, length, at + offset);
      return buffer.subarray(0, bytesRead);
    };
    return { ...paged(source, size, limits), close: () => file.close() };
  } catch (error) {
    await file.close();
    throw error;
  }
}

/** Reads by pages with an upper bound. `source`: bytes of any place, fewer at the end. */
export function paged(
  source: (offset: number, length: number) => Promise<Buffer>,
  size: number,
  { bytes = most, milliseconds = longest }: { bytes?: number; milliseconds?: number } = {},
): Media {
  const pages = new Map<number, Buffer>();
  const end = monotonic() + milliseconds;
  let left = bytes;
  const pageAt = async (number: number): Promise<Buffer> => {
    const known = pages.get(number);
    if (known) return known;
    const length = Math.min(page, size - number * page);
    left -= length;
    if (left < 0 || monotonic() > end) throw tooMuch();
    const data = await source(number * page, length);
    const [oldest] = pages.keys();
    if (pages.size >= kept && oldest !== undefined) pages.delete(oldest);
    pages.set(number, data);
    return data;
  };
  return {
    size,
    async read(offset, length) {
      if (!Number.isSafeInteger(offset) || offset < 0 || length < 0 || length > 4 * 2 ** 20)
        throw new Unreadable('It leads to a place that no disk has.');
      if (monotonic() > end) throw tooMuch();
      const parts: Buffer[] = [];
      const until = Math.min(offset + length, size);
      for (let at = offset; at < until;) {
        const number = Math.floor(at / page);
        const data = await pageAt(number);
        const from = at - number * page;
        const piece = data.subarray(from, Math.min(data.length, from + until - at));
        if (piece.length === 0) break;
        parts.push(piece);
        at += piece.length;
      }
      return parts.length === 1 && parts[0] ? parts[0] : Buffer.concat(parts);
    },
  };
}

/** What is packed in a disk, unpacked: the last few are kept, and no more than 128 MiB are unpacked in one look. */
export function unpacking(): (key: bigint | number, size: number, unpack: () => Promise<Buffer>) => Promise<Buffer> {
  const last = new Map<bigint | number, Buffer>();
  let left = 128 * 2 ** 20;
  return async (key, size, unpack) => {
    const known = last.get(key);
    if (known) return known;
    left -= size;
    if (left < 0) throw tooMuch();
    const data = await unpack();
    const [oldest] = last.keys();
    if (last.size >= 8 && oldest !== undefined) last.delete(oldest);
    last.set(key, data);
    return data;
  };
}

/** Exactly `length` bytes. Throws Unreadable where there are fewer. */
export async function exactly(media: Media, offset: number, length: number): Promise<Buffer> {
  const data = await media.read(offset, length);
  if (data.length < length) throw new Unreadable('It is cut short.');
  return data;
}

/** A part of a disk as a disk of its own. Pure. */
export const slice = (media: Media, start: number, size: number): Media => ({
  size: Math.max(0, Math.min(size, media.size - start)),
  read(offset, length) {
    return media.read(start + offset, Math.max(0, Math.min(length, size - offset)));
  },
});

/**
 * A disk of equal blocks that lie anywhere in a file: `find` gives the bytes of one block, or undefined for zeros. Pure but for
 * `find`.
 */
export const blocks = (size: number, block: number, find: (index: number, from: number, length: number) => Promise<Buffer | undefined>): Media => ({
  size,
  async read(offset, length) {
    const until = Math.min(offset + length, size);
    const parts: Buffer[] = [];
    for (let at = offset; at < until; ) {
      const index = Math.floor(at / block);
      const from = at - index * block;
      const wanted = Math.min(block - from, until - at);
      const data = (await find(index, from, wanted)) ?? Buffer.alloc(wanted);
      if (data.length < wanted) throw new Unreadable('The file is cut short.');
      parts.push(data.subarray(0, wanted));
      at += wanted;
    }
    return Buffer.concat(parts);
  },
}); // prettier-ignore

/** A number of eight bytes that may be a size or a place. Throws Unreadable for others. */
export function number(value: bigint): number {
  if (value > BigInt(Number.MAX_SAFE_INTEGER)) throw new Unreadable('It states a size that no disk has.');
  return Number(value);
}
