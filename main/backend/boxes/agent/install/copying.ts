import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { ProblemError } from '../../../../contract/problem.ts';
import type { ManifestFile } from '../../../../contract/box/manifest.ts';

/** A file's bytes on their way; throws the Problem `image-damaged` behind the last one when they are not what was signed. */
export async function* signedBytes(bytes: AsyncIterable<Uint8Array>, { path, size, sha256 }: ManifestFile, onBytes: (count: number) => void): AsyncGenerator<Uint8Array> {
  const hash = createHash('sha256');
  let seen = 0;
  for await (const chunk of bytes) {
    hash.update(chunk);
    seen += chunk.length;
    onBytes(chunk.length);
    yield chunk;
  }
  if (seen !== size || hash.digest('hex') !== sha256)
    throw new ProblemError({
      code: 'image-damaged',
      title: 'The stick is damaged',
      detail: `${path} is not what was signed any more.`,
      cause: 'The stick is failing, or was pulled out.',
      fix: 'Write another stick.',
    });
} // prettier-ignore

/** Opened only when it is read: nobody else would hear that it cannot be. */
export async function* fileBytes(path: string): AsyncGenerator<Uint8Array> {
  yield* createReadStream(path, { highWaterMark: 1024 * 1024 }) as AsyncIterable<Uint8Array>;
}

// An async generator, since that is what a file is read as.
// oxlint-disable-next-line typescript/require-await
export async function* textBytes(text: string | Uint8Array): AsyncGenerator<Uint8Array> {
  yield Buffer.from(text);
}

export async function sha256Of(bytes: AsyncIterable<Uint8Array>, onBytes?: (count: number) => void): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of bytes) {
    hash.update(chunk);
    onBytes?.(chunk.length);
  }
  return hash.digest('hex');
}

/** The disk gave back something else than was written to it. */
export const notKept = (path: string): ProblemError =>
  new ProblemError({
    code: 'disk-lies',
    title: 'The disk does not keep what is written to it',
    detail: `${path} was read back from the new disk and is not what was written.`,
    cause: 'The disk is failing, or its cable or the memory of the computer is bad.',
    fix: 'Take another disk; if it happens with that one too, test the memory of the computer.',
  });
