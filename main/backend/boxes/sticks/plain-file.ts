import { randomBytes } from 'node:crypto';
import { link, lstat, open, readdir, realpath, rename, rm, statfs } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { ProblemError } from '../../../contract/problem.ts';
import { processStart } from '../../lock.ts';
import { sizeWords } from './drives/words.ts';
import { openImage } from './write/image.ts';
import type { Progress } from './write/progress.ts';
import { plainTarget } from './write/raw.ts';
import { writeStick } from './write/write.ts';

export interface PlainFileJob {
  image: { path: string; size: number; sha256: string };
  path: string;
  overwrite: boolean;
  settings: unknown;
  onProgress: (progress: Progress) => void;
  signal: AbortSignal;
}

/** Half files that this process writes now. */
const writing = new Set<string>();

/**
 * Writes the image with its settings into a plain file, for people with another tool (dd, Etcher, Rufus). Whole or not at
 * all: the name appears when everything was read back. It holds the settings, so only its owner may read it.
 * Throws `stick-file-*` and what `writeStick` throws.
 */
export async function writePlainFile(job: PlainFileJob): Promise<{ sha256: string }> {
  const path = resolve(job.path);
  await checkPlace(path, job);
  const image = await openImage(job.image.path);
  const temporary = `${path}.${process.pid}-${randomBytes(4).toString('hex')}.part`;
  writing.add(temporary);
  try {
    await sweepParts(path);
    const handle = await open(temporary, 'wx+', 0o600).catch((error: unknown) => {
      throw notWritable(path, error);
    });
    const target = await plainTarget(handle, image.size);
    try {
      await handle.truncate(image.size);
      const { sha256 } = await writeStick({
        image,
        target,
        settings: job.settings,
        signal: job.signal,
        onProgress: job.onProgress,
        expected: { size: job.image.size, sha256: job.image.sha256 },
        capacity: 'none',
      });
      await place(temporary, path, job.overwrite);
      return { sha256 };
    } catch (error) {
      throw (error as NodeJS.ErrnoException).code === 'ENOSPC' ? noSpace(path, job.image.size) : error;
    } finally {
      await target.close();
    }
  } finally {
    writing.delete(temporary);
    await rm(temporary, { force: true });
    await image.close();
  }
}

/** What a writer of the same file left that was killed: gigabytes that nobody would find. */
async function sweepParts(path: string): Promise<void> {
  const name = basename(path);
  for (const entry of await readdir(dirname(path))) {
    const [, pid] = entry.startsWith(`${name}.`)
      ? (/^\.(\d+)-[0-9a-f]{8}\.part$/.exec(entry.slice(name.length)) ?? [])
      : [];
    const part = join(dirname(path), entry);
    if (pid === undefined || writing.has(part)) continue;
    // Process ids come again: ours is known by what we write.
    if (Number(pid) === process.pid || (await processStart(Number(pid))) === undefined) await rm(part, { force: true });
  }
}

/** Gives it its name. What came there meanwhile is replaced only when that was agreed to. */
async function place(temporary: string, path: string, overwrite: boolean): Promise<void> {
  if (!overwrite) {
    try {
      await link(temporary, path);
      return;
    } catch (error) {
      const { code = '' } = error as NodeJS.ErrnoException;
      if (code === 'EEXIST') throw alreadyThere(path);
      // A file system without links (FAT, exFAT): the moment between the look and the name stays.
      if (!['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK'].includes(code)) throw error;
      if (await lstat(path).catch(() => undefined)) throw alreadyThere(path);
    }
  }
  await rename(temporary, path);
}

async function checkPlace(path: string, { image, overwrite }: PlainFileJob): Promise<void> {
  const there = await lstat(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw notWritable(path, error);
  });
  if (there && !there.isFile())
    throw new ProblemError({
      code: 'stick-file-not-a-file',
      title: 'This is not a plain file',
      detail: `${path} is a ${there.isDirectory() ? 'folder' : 'device or a link'}.`,
      fix: 'Name a file, or choose a drive from the list.',
    });
  if (there && (await realpath(path)) === (await realpath(image.path).catch(() => image.path)))
    throw new ProblemError({
      code: 'stick-file-is-image',
      title: 'This is the image itself',
      detail: `${path} would be written over by itself.`,
      fix: 'Choose another name.',
    });
  if (there && !overwrite) throw alreadyThere(path);
  const free = await statfs(dirname(path)).catch((error: unknown) => {
    throw notWritable(path, error);
  });
  if (free.bavail * free.bsize < image.size) throw noSpace(path, image.size);
}

const alreadyThere = (path: string): ProblemError =>
  new ProblemError({
    code: 'stick-file-exists',
    title: 'There is such a file already',
    detail: `${path} exists.`,
    fix: 'Choose another name, or say that it may be replaced.',
  });
const noSpace = (path: string, need: number): ProblemError =>
  new ProblemError({
    code: 'stick-file-no-space',
    title: 'There is not enough space',
    detail: `${path} takes ${sizeWords(need)}.`,
    fix: 'Choose another folder, or make room.',
  });
const notWritable = (path: string, error: unknown): ProblemError =>
  new ProblemError(
    {
      code: 'stick-file-not-written',
      title: 'The file cannot be written',
      detail: `${path}: ${error instanceof Error ? error.message : String(error)}`,
      fix: 'Choose a folder that is there and yours.',
    },
    { cause: error },
  );
