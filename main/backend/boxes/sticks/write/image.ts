import { constants } from 'node:fs';
import { open, stat } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { ProblemError } from '../../../../contract/problem.ts';
import { handleTarget } from '../format/source.ts';
import type { ImageSource } from './copy.ts';

/** A plain file and nothing else: opening a device can do something, and opening a pipe waits for ever; we may be root. */
async function openPlain(path: string): Promise<FileHandle> {
  if (!(await stat(path)).isFile()) throw new Error('it is not a plain file');
  const handle = await open(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
  if ((await handle.stat()).isFile()) return handle;
  await handle.close();
  throw new Error('it is not a plain file');
}

/** An image file, opened once: what is checked is what is written. Throws `image-not-there`. */
export async function openImage(path: string): Promise<ImageSource & { close(): Promise<void> }> {
  const handle = await openPlain(path).catch((error: unknown) => {
    throw new ProblemError(
      {
        code: 'image-not-there',
        title: 'The image cannot be read',
        detail: `${path}: ${error instanceof Error ? error.message : String(error)}`,
        fix: 'Choose an image that is there, or build one.',
      },
      { cause: error },
    );
  });
  const source = await handleTarget(handle);
  return {
    size: source.size,
    read: (offset, length) => source.read(offset, length),
    async fill(offset, buffer) {
      for (let done = 0; done < buffer.length;) {
        const { bytesRead } = await handle.read(buffer, done, buffer.length - done, offset + done);
        if (bytesRead === 0) throw new RangeError(`${path} ends at ${offset + done}.`);
        done += bytesRead;
      }
    },
    close: () => handle.close(),
  };
}
