import { createHash } from 'node:crypto';
import { lstat, mkdir, readFile, realpath, rm, rmdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import type { SetExport } from '../../contract/sets.ts';
import { ProblemError } from '../../contract/problem.ts';
import { sweepTemporaries, writeFileAtomic } from '../json-file.ts';
import { exists } from '../paths.ts';
import type { Gathered } from './gather.ts';
import { filesNotRead } from './reach.ts';

/** Which files of a folder Hearth wrote, by their SHA-256: nothing else is written over or removed. */
export const indexName = '.hearth-set.json';
/** `pending`: an export that was broken off may have left these, too. */
const indexSchema = z.object({
  version: z.literal(1),
  files: z.record(z.string(), z.string()),
  pending: z.record(z.string(), z.string()).optional(),
});
type Index = z.infer<typeof indexSchema>;

const digest = (text: string | Uint8Array): string => createHash('sha256').update(text).digest('hex');
const sorted = (files: Record<string, string>): Record<string, string> => Object.fromEntries(Object.entries(files).toSorted(([one], [other]) => (one < other ? -1 : 1))); // prettier-ignore
/** Others read the files of a set, too: it is made to be shared, and holds no secret. */
const mode = 0o644;

/**
 * Writes what was gathered into a folder, which is made where it is not there. A file appears whole or not at all, one that is
 * as it should be is not touched, and those of objects that are gone go, where that was read; what Hearth did not write so
 * stays, unless `overwrite`.
 * Throws the Problem `set-folder` for a way that leads over a link or is no folder.
 */
export async function writeFolder(
  where: string,
  { files, left, ...reach }: Gathered,
  overwrite: boolean,
): Promise<SetExport> {
  await mkdir(where, { recursive: true });
  const dir = await realpath(where);
  await sweepTemporaries(dir, ['.git']);
  const index = await readIndex(dir);
  const ours = (path: string, found: string): boolean => index.files[path] === found || index.pending?.[path] === found;
  const result: SetExport = { dir, written: [], unchanged: 0, removed: [], foreign: [], left: [...left] };
  const next: Record<string, string> = {};
  /** Of each file of ours what is in it at this moment. */
  const now: Record<string, string> = { ...index.files };
  const due: { path: string; text: string }[] = [];
  for (const { path, text } of files) {
    const found = await digestOf(dir, path);
    const wanted = digest(text);
    if (found !== undefined && found !== wanted && !ours(path, found) && !overwrite) {
      result.foreign.push(path);
      if (index.files[path] !== undefined) next[path] = index.files[path];
      continue;
    }
    next[path] = wanted;
    if (found !== undefined && ours(path, found)) now[path] = found;
    if (found === wanted) result.unchanged += 1;
    else due.push({ path, text });
  }
  const present = new Set(files.map(({ path }) => path));
  const absent = Object.keys({ ...index.files, ...index.pending }).toSorted().filter((path) => !present.has(path)); // prettier-ignore
  const unread = filesNotRead(absent, reach);
  for (const path of absent) {
    const found = await digestOf(dir, path);
    if (found !== undefined && ours(path, found)) now[path] = found;
    if (!unread.has(path)) continue;
    next[path] = now[path] ?? index.pending?.[path] ?? '';
    if (found !== undefined) result.left.push(`${path}: it stays, because its kind or namespace was not read`);
  }
  const gone = absent.filter((path) => !unread.has(path));
  // Of any two moments one of the two tells of a file that is there: a killed export is gone on with, and nothing is lost.
  if (due.length > 0) await writeIndex(dir, { version: 1, files: sorted(now), pending: sorted(next) });
  for (const { path, text } of due) {
    await mkdir(dirname(join(dir, path)), { recursive: true });
    await writeFileAtomic(join(dir, path), text, mode);
    result.written.push(path);
  }
  for (const path of gone) {
    const found = await digestOf(dir, path);
    if (found === undefined) continue;
    if (!ours(path, found) && !overwrite) {
      result.foreign.push(path);
      continue;
    }
    await rm(join(dir, path));
    result.removed.push(path);
    await removeEmpty(dir, dirname(path));
  }
  await writeIndex(dir, { version: 1, files: sorted(next) });
  return result;
}

async function readIndex(dir: string): Promise<Index> {
  const none: Index = { version: 1, files: {} };
  await refuseLinks(dir, indexName);
  if (!(await exists(join(dir, indexName)))) return none;
  try {
    const { files, pending } = indexSchema.parse(JSON.parse(await readFile(join(dir, indexName), 'utf8')));
    // It comes with the folder, from anybody: what it names must be such a path as we write.
    const inside = (all: Record<string, string>) => Object.fromEntries(Object.entries(all).filter(([path]) => /^([a-z0-9][-a-z0-9.]*\/){1,2}[a-z0-9][-a-z0-9.]*\.yaml$/.test(path))); // prettier-ignore
    return { version: 1, files: inside(files), ...(pending && { pending: inside(pending) }) };
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof z.ZodError)
      throw new ProblemError({ code: 'set-folder', title: 'This folder cannot be written', detail: `${join(dir, indexName)} is damaged: which files are Hearth's cannot be told.`, fix: 'Restore it, or delete it: files that are as they should be are then taken for Hearth’s again.' }, { cause: error }); // prettier-ignore
    throw error;
  }
}

async function writeIndex(dir: string, index: Index): Promise<void> {
  const text = `${JSON.stringify(index, undefined, 2)}\n`;
  const path = join(dir, indexName);
  if ((await exists(path)) && (await readFile(path, 'utf8')) === text) return;
  await writeFileAtomic(path, text, mode);
}

/** Of a file as it is now; undefined where there is none. */
async function digestOf(dir: string, path: string): Promise<string | undefined> {
  await refuseLinks(dir, path);
  try {
    return digest(await readFile(join(dir, path)));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

/** Whoever could put a link into the folder would have Hearth write elsewhere. */
async function refuseLinks(dir: string, path: string): Promise<void> {
  const parts = path.split('/');
  for (const [at] of parts.entries()) {
    const here = join(dir, ...parts.slice(0, at + 1));
    const found = await lstat(here).catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return undefined;
      throw error;
    });
    if (!found) return;
    const last = at === parts.length - 1;
    if (last ? !found.isFile() : !found.isDirectory())
      throw new ProblemError({ code: 'set-folder', title: 'This folder cannot be written', detail: `${here} is ${found.isSymbolicLink() ? 'a link' : last ? 'no file' : 'no folder'}.`, fix: 'Take it away, or choose another folder.' }); // prettier-ignore
  }
}

async function removeEmpty(dir: string, folder: string): Promise<void> {
  for (let at = folder; at !== '.' && at !== ''; at = dirname(at))
    try {
      await rmdir(join(dir, at));
    } catch (error) {
      if (['ENOTEMPTY', 'EEXIST', 'ENOENT'].includes((error as NodeJS.ErrnoException).code ?? '')) return;
      throw error;
    }
}
