import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { ProblemError } from '../../../../contract/problem.ts';
import type { ManifestFile } from '../../../../contract/box/manifest.ts';
import type { MediumFiles } from '../../image/verify-tree.ts';
import { syncFolder } from './esp.ts';

/** While it is written; renamed when it was read back. */
export const partSuffix = '.part';

/** Bytes of a file; undefined when there is none. */
export const sizeOf = async (path: string): Promise<number | undefined> => {
  const found = await stat(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return undefined;
    throw error;
  });
  return found?.isFile() ? found.size : undefined;
};

/** SHA-256 of a file in hexadecimal. `onBytes` is told each portion's length. */
export async function digestOf(path: string, onBytes?: (count: number) => void, signal?: AbortSignal): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(path, { highWaterMark: 2 ** 20 })) {
    signal?.throwIfAborted();
    hash.update(chunk as Buffer);
    onBytes?.((chunk as Buffer).length);
  }
  return hash.digest('hex');
}

/** Whether a file is already what a manifest says. */
export const isSame = async (path: string, { size, sha256 }: ManifestFile): Promise<boolean> =>
  (await sizeOf(path)) === size && (await digestOf(path)) === sha256;

/**
 * Copies a file of an image to `to`, through to the disk, and checks its digest while it does. Throws `update-damaged` and
 * `update-no-space`; leaves nothing then.
 */
export async function copyIn(
  from: MediumFiles,
  file: ManifestFile,
  to: string,
  options: { signal?: AbortSignal; onBytes?: (count: number) => void } = {},
): Promise<void> {
  await mkdir(dirname(to), { recursive: true });
  const hash = createHash('sha256');
  const handle = await open(to, 'w', 0o600);
  let size = 0;
  try {
    for await (const chunk of from.read(file.path)) {
      options.signal?.throwIfAborted();
      size += chunk.length;
      if (size > file.size) break;
      hash.update(chunk);
      await handle.writeFile(chunk);
      options.onBytes?.(chunk.length);
    }
    if (size !== file.size || hash.digest('hex') !== file.sha256) throw damagedImage(file.path);
    await handle.sync();
  } catch (error) {
    await handle.close();
    await rm(to, { force: true });
    throw (error as NodeJS.ErrnoException).code === 'ENOSPC' ? noSpace(file.size, undefined) : error;
  }
  await handle.close();
}

/** Gives a file that was written under another name its own, which may be taken: the old content stays until the new one is there. */
export async function takePlace(from: string, to: string): Promise<void> {
  await rename(from, to);
  await syncFolder(dirname(to));
}

/** Files directly in a folder with their sizes; empty when there is no such folder. */
export async function filesIn(folder: string): Promise<{ name: string; size: number }[]> {
  const names = await readdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return [];
    throw error;
  });
  const found = await Promise.all(names.map(async (name) => ({ name, size: await sizeOf(join(folder, name)) })));
  return found.flatMap(({ name, size }) => (size === undefined ? [] : [{ name, size }]));
}

export const damagedImage = (path: string): ProblemError =>
  new ProblemError({
    code: 'update-damaged',
    title: 'The image is damaged',
    detail: `${path} in it is not what was signed. Nothing was changed; the box goes on with the version it has.`,
    cause: 'It was damaged on its way here, or on the disk.',
    fix: 'Send it again; get it anew if that does not help.',
  });

/** `missing`: bytes, where they are known. */
export const noSpace = (needed: number, missing: number | undefined): ProblemError =>
  new ProblemError({
    code: 'update-no-space',
    title: 'No room for the new version',
    detail:
      missing === undefined
        ? `The start partition was full before ${needed} bytes were written.`
        : `The start partition needs ${needed} bytes for it and has ${needed - missing}: ${missing} bytes are missing.`,
    cause: 'It was made for smaller systems, or holds files that are not Hearth’s.',
    fix: 'Install the box anew from a stick of this version: that makes a larger start partition.',
  });
