import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { errnoOf, Refusal } from '../refusal.ts';

/** Random reads from something of known length. */
export interface Reader {
  readonly size: number;
  /** At most `length` bytes; fewer at the end. */
  read(offset: number, length: number): Promise<Buffer>;
}

export const bufferReader = (data: Buffer): Reader => ({
  size: data.length,
  read: (offset, length) => Promise.resolve(data.subarray(offset, offset + length)),
});

/** Opens a plain file: no link as the last part of the name, no device, no pipe. Close it with `close`. */
export async function openReader(path: string): Promise<Reader & { close(): Promise<void>; mtimeMs: number }> {
  const handle = await openPlain(path);
  try {
    const facts = await handle.stat();
    if (!facts.isFile())
      throw new Refusal(
        'NotAFile',
        `${path} is not a plain file. Choose the disk image itself, not a folder or a device.`,
      );
    return {
      size: facts.size,
      mtimeMs: facts.mtimeMs,
      read: async (offset, length) => {
        const wanted = Math.max(0, Math.min(length, facts.size - offset));
        const buffer = Buffer.alloc(wanted);
        let filled = 0;
        while (filled < wanted) {
          const { bytesRead } = await handle.read(buffer, filled, wanted - filled, offset + filled);
          if (bytesRead === 0) break;
          filled += bytesRead;
        }
        return buffer.subarray(0, filled);
      },
      close: () => handle.close(),
    };
  } catch (error) {
    await handle.close();
    throw error;
  }
}

async function openPlain(path: string): Promise<FileHandle> {
  try {
    // O_NONBLOCK: a named pipe must not hang us before we see what it is.
    return await open(path, constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0));
  } catch (error) {
    const code = errnoOf(error);
    if (code === 'ELOOP' || code === 'EMLINK')
      throw new Refusal('SymbolicLink', `${path} is a symbolic link. Give the path of the file that it points to.`);
    if (code === 'ENOENT') throw new Refusal('FileMissing', `There is no file ${path}.`);
    if (code === 'EACCES' || code === 'EPERM')
      throw new Refusal(
        'PermissionDenied',
        `Hearth may not read ${path}. Change its permissions, or copy it to a folder of yours.`,
      );
    throw error;
  }
}

/** Exactly `length` bytes at `offset`, or a refusal that says the file is cut short. */
export async function readExactly(reader: Reader, offset: number, length: number, what: string): Promise<Buffer> {
  const outside = !Number.isSafeInteger(offset) || offset < 0 || offset + length > reader.size;
  const data = outside ? undefined : await reader.read(offset, length);
  if (data?.length === length) return data;
  throw new Refusal(
    'Truncated',
    `The image is damaged or cut short: ${what} lies outside the file. Download or copy it again.`,
  );
}

/** A 64-bit field as a number; beyond 2^53 it can only be nonsense, so it becomes infinite. */
export function u64(data: Buffer, offset: number, order: 'be' | 'le'): number {
  const value = order === 'be' ? data.readBigUInt64BE(offset) : data.readBigUInt64LE(offset);
  return value > BigInt(Number.MAX_SAFE_INTEGER) ? Number.POSITIVE_INFINITY : Number(value);
}
