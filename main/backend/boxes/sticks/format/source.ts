import type { FileHandle } from 'node:fs/promises';

/** Bytes that can be read anywhere: a drive, a partition of it, an image file. Offsets and sizes in bytes. */
export interface ByteSource {
  readonly size: number;
  /** Exactly `length` bytes; throws RangeError past the end. */
  read(offset: number, length: number): Promise<Buffer>;
}
/** Where bytes can also be put. Nothing is certain before `sync` has resolved. */
export interface ByteTarget extends ByteSource {
  write(offset: number, bytes: Uint8Array): Promise<void>;
  sync(): Promise<void>;
}

/** A part of an open file or drive that begins at `start`; without `size` it goes to the end. */
export async function handleTarget(
  handle: FileHandle,
  { start = 0, size }: { start?: number; size?: number } = {},
): Promise<ByteTarget> {
  const total = size ?? (await lengthOf(handle)) - start;
  return {
    size: total,
    async read(offset, length) {
      within(offset, length, total);
      const bytes = Buffer.alloc(length);
      let done = 0;
      while (done < length) {
        const { bytesRead } = await handle.read(bytes, done, length - done, start + offset + done);
        if (bytesRead === 0) throw new RangeError(`The bytes end at ${start + offset + done}.`);
        done += bytesRead;
      }
      return bytes;
    },
    async write(offset, bytes) {
      within(offset, bytes.length, total);
      let done = 0;
      while (done < bytes.length)
        done += (await handle.write(bytes, done, bytes.length - done, start + offset + done)).bytesWritten;
    },
    sync: () => handle.sync(),
  };
}

/** Bytes from `start` of a source as one of its own, e.g. a partition. */
export function partOf(source: ByteSource, start: number, size = source.size - start): ByteSource {
  return {
    size,
    async read(offset, length) {
      within(offset, length, size);
      return source.read(start + offset, length);
    },
  };
}

/** Bytes in memory. */
export const bufferSource = (bytes: Uint8Array): ByteSource => ({
  size: bytes.length,
  async read(offset, length) {
    within(offset, length, bytes.length);
    return Buffer.from(bytes.subarray(offset, offset + length));
  },
});

/** Size of an open file or block device; `stat` says 0 for the latter. */
async function lengthOf(handle: FileHandle): Promise<number> {
  const stat = await handle.stat();
  if (!stat.isBlockDevice()) return stat.size;
  return deviceLength(handle);
}

/** The kernel tells it by ioctl only, which Node has not: the last byte that can be read is searched for, then told exactly by sector. */
async function deviceLength(handle: FileHandle): Promise<number> {
  const sector = 512;
  const probe = Buffer.alloc(1);
  const has = async (at: number): Promise<boolean> => (await handle.read(probe, 0, 1, at * sector)).bytesRead === 1;
  if (!(await has(0))) return 0;
  let low = 0;
  let high = 1;
  while (await has(high)) {
    low = high;
    high *= 2;
  }
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (await has(middle)) low = middle;
    else high = middle;
  }
  return high * sector;
}

function within(offset: number, length: number, size: number): void {
  if (offset < 0 || length < 0 || offset + length > size)
    throw new RangeError(`${length} bytes at ${offset} are not within ${size} bytes.`);
}
