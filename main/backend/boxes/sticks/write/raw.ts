import { constants, readSync } from 'node:fs';
import { open } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { ProblemError } from '../../../../contract/problem.ts';
import { driveGone } from '../drives/problems.ts';
import { handleTarget } from '../format/source.ts';
import type { ByteTarget } from '../format/source.ts';

/** A drive or file that is written in large pieces. `read` and `write` take any place; `take` and `put` are without copies. */
export interface RawTarget extends ByteTarget {
  /** Past the page cache: what is read is what the drive kept. */
  readonly direct: boolean;
  /** A buffer for `take` and `put`. */
  allocate(length: number): Buffer;
  /** Fills a buffer of `allocate`; offset and length in whole sectors of 512 bytes. */
  take(offset: number, buffer: Buffer): Promise<void>;
  put(offset: number, buffer: Buffer): Promise<void>;
  close(): Promise<void>;
}

const page = 4096;

/**
 * Opens a whole drive for us alone, past the page cache. O_EXCL on a block device is refused by the kernel while the drive,
 * or a partition of it, is mounted or held by anybody, and keeps it from being mounted as long as it is open: guard and
 * lock in one, so there is no second try without it. Throws `stick-busy`, `stick-gone`, `stick-not-allowed`.
 */
export const openDrive = (path: string, size: number, how: { readOnly?: boolean } = {}): Promise<RawTarget> =>
  openRaw(
    path,
    size,
    // Reading what is mounted harms nobody.
    how.readOnly ? constants.O_RDONLY | constants.O_DIRECT : constants.O_RDWR | constants.O_EXCL | constants.O_DIRECT,
  );

/** The same with the flags of another operating system. */
export async function openRaw(path: string, size: number, flags: number | string): Promise<RawTarget> {
  const handle = await open(path, flags).catch((error: unknown) => {
    throw openProblem(path, error as NodeJS.ErrnoException);
  });
  try {
    const stat = await handle.stat();
    // Windows shows a drive as a file without a size.
    if (process.platform !== 'win32' && !stat.isBlockDevice() && !stat.isCharacterDevice())
      throw new ProblemError({
        code: 'stick-not-a-drive',
        title: 'This is not a drive',
        detail: `${path} is no block device.`,
        fix: 'Choose a drive from the list, or write to a plain file.',
      });
    return direct(handle, size, path);
  } catch (error) {
    await handle.close();
    throw error;
  }
}

function direct(handle: FileHandle, size: number, path: string): RawTarget {
  const allocate = (length: number): Buffer => alignedBuffer(handle.fd, Math.ceil(length / 512) * 512);
  const small = allocate(64 * 1024);
  const take = async (offset: number, buffer: Buffer): Promise<void> => {
    for (let done = 0; done < buffer.length;) {
      const { bytesRead } = await handle
        .read(buffer, done, buffer.length - done, offset + done)
        .catch((error: unknown) => {
          throw lostAt(path, 'read', offset + done, error);
        });
      if (bytesRead === 0) throw lostAt(path, 'read', offset + done, new RangeError('it ends there'));
      done += bytesRead;
    }
  };
  const put = async (offset: number, buffer: Buffer): Promise<void> => {
    for (let done = 0; done < buffer.length;)
      done += await handle.write(buffer, done, buffer.length - done, offset + done).then(
        ({ bytesWritten }) => bytesWritten,
        (error: unknown) => {
          throw lostAt(path, 'written', offset + done, error);
        },
      );
  };
  /** Walks a stretch of any bounds in windows of whole sectors. */
  async function windows(
    offset: number,
    length: number,
    use: (window: Buffer, at: number, from: number, to: number, done: number) => Promise<void>,
  ) {
    for (let done = 0; done < length;) {
      const at = Math.floor((offset + done) / 512) * 512;
      const from = offset + done - at;
      const to = Math.min(small.length, from + length - done);
      await use(small.subarray(0, Math.ceil(to / 512) * 512), at, from, to, done);
      done += to - from;
    }
  }
  return {
    size,
    direct: true,
    allocate,
    take,
    put,
    async read(offset, length) {
      const bytes = Buffer.alloc(length);
      await windows(offset, length, async (window, at, from, to, done) => {
        await take(at, window);
        window.copy(bytes, done, from, to);
      });
      return bytes;
    },
    write: (offset, bytes) =>
      windows(offset, bytes.length, async (window, at, from, to, done) => {
        // The sectors at both ends keep what is not ours.
        if (from > 0 || to < window.length) await take(at, window);
        window.set(bytes.subarray(done, done + to - from), from);
        await put(at, window);
      }),
    sync: () =>
      handle.sync().catch((error: unknown) => {
        throw lostAt(path, 'written', undefined, error);
      }),
    close: () => handle.close(),
  };
}

/** Memory where direct I/O takes it: Node aligns to 16 bytes only, so the right place is found by trying. */
function alignedBuffer(fd: number, length: number): Buffer {
  const memory = new ArrayBuffer(length + page);
  for (let offset = 0; offset < page; offset += 16) {
    try {
      readSync(fd, Buffer.from(memory, offset, page), 0, page, 0);
      return Buffer.from(memory, offset, length);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EINVAL') throw error;
    }
  }
  throw new ProblemError({
    code: 'stick-no-direct',
    title: 'The drive cannot be read past the cache',
    detail: 'It refuses direct reading, so nothing that is read back from it would prove anything.',
    fix: 'Use another drive or another port; or write to a plain file and use another tool.',
  });
}

/** A plain file of `size` bytes, through the page cache: direct I/O is not to be had on every file system. */
export async function plainTarget(handle: FileHandle, size: number): Promise<RawTarget> {
  const target = await handleTarget(handle, { size });
  return {
    ...target,
    direct: false,
    allocate: (length) => Buffer.alloc(length),
    async take(offset, buffer) {
      (await target.read(offset, buffer.length)).copy(buffer);
    },
    put: (offset, buffer) => target.write(offset, buffer),
    close: () => handle.close(),
  };
}

/** It answered, and then did not any more. `at`: the byte that could not be read or written. */
const lostAt = (path: string, what: 'read' | 'written', at: number | undefined, error: unknown): ProblemError =>
  new ProblemError(
    {
      code: 'stick-lost',
      title: 'The drive stopped answering',
      detail: `${path} could not be ${what}${at === undefined ? ' to its end' : ` at byte ${at}`}: ${error instanceof Error ? error.message : String(error)}`,
      cause: 'It was pulled out, its port or cable is bad, or it is failing.',
      fix: 'Plug it in again, best into another port, and write it anew: half of a stick starts no computer. If it happens again, take another drive.',
    },
    { cause: error },
  );

function openProblem(path: string, error: NodeJS.ErrnoException): Error {
  const code = error.code ?? '';
  if (code === 'EBUSY')
    return new ProblemError(
      {
        code: 'stick-busy',
        title: 'The drive is in use',
        detail: `${path} is mounted or held by another program. Nothing was written.`,
        cause: 'A window of the file manager, a virtual machine or another disk tool has it open.',
        fix: 'Close what uses it, eject it, and try again.',
      },
      { cause: error },
    );
  if (['ENOENT', 'ENXIO', 'ENODEV', 'ENOMEDIUM'].includes(code)) return driveGone(path, error);
  if (['EACCES', 'EPERM', 'EROFS'].includes(code))
    return new ProblemError(
      {
        code: 'stick-not-allowed',
        title: 'The drive may not be written',
        detail: `${path}: ${error.message}`,
        cause: code === 'EROFS' ? 'It is write-protected.' : 'Only an administrator may write a whole drive.',
        fix: code === 'EROFS' ? 'Look for a small switch on it.' : 'Give the administrator’s password when asked.',
        kind: code === 'EROFS' ? 'failed' : 'denied',
      },
      { cause: error },
    );
  return error;
}
