import { lstat, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { ProblemError } from '../../../contract/problem.ts';
import { lockHolder, takeLock } from '../../lock.ts';
import { cautiousNow } from '../../steady-clock.ts';

const hour = 3600_000;
/** Milliseconds a file stays after it was last handed out: longer than any run that still reads it (root has two hours). */
export const inUseFor = 6 * hour;
/** Milliseconds after which nobody goes on with the beginning of a file any more. */
export const partsStay = 7 * 24 * hour;

const partForm = /^(?<name>[A-Za-z0-9].*?)(?:\.checksums)?\.(?:part|layers)$/;
const wholeForm = /^(?<name>[A-Za-z0-9][A-Za-z0-9.+_-]{0,150}?)(?:\.json(?:\.going)?)?$/;

export interface Pruned {
  /** Names of what is gone, beginnings of files among them. */
  removed: string[];
  /** Bytes. */
  freed: number;
  /** Somebody fetches into the folder right now, here or in another process: nothing was touched. */
  busy: boolean;
}

/**
 * Removes fetched files whose names are not in `keep`, unless they were handed out within `inUseFor`, and what is left of
 * transfers that nobody went on with for `partsStay`. The digests recorded on first use always stay, and so does whatever
 * is not named like a file of ours. A file goes under its own lock, its record first, so that a fetch in another process
 * finds all of it or nothing.
 */
export async function prune(folder: string, keep: ReadonlySet<string>, now = cautiousNow()): Promise<Pruned> {
  const result: Pruned = { removed: [], freed: 0, busy: false };
  const entries = await readdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return [];
    throw error;
  });
  for (const entry of entries)
    if (entry.endsWith('.lock') && (await lockHolder(join(folder, entry)))) return { ...result, busy: true };
  const [parts, wholes] = [new Map<string, string[]>(), new Map<string, string[]>()];
  for (const entry of entries) {
    if (/^digests\.json|\.lock(?:\.|$)|\.corrupt-/.test(entry)) continue;
    const part = partForm.exec(entry)?.groups?.['name'];
    const name = part ?? wholeForm.exec(entry)?.groups?.['name'];
    if (name === undefined) continue;
    const of = part === undefined ? wholes : parts;
    of.set(name, [...(of.get(name) ?? []), entry]);
  }
  for (const name of new Set([...parts.keys(), ...wholes.keys()])) {
    const lock = await unlessTaken(join(folder, `${name}.lock`), name);
    if (!lock) continue;
    try {
      for (const entry of parts.get(name) ?? [])
        if (now - (await touched(join(folder, entry))) > partsStay) await remove(folder, entry, result);
      if (wholes.has(name) && !keep.has(name)) await removeWhole(folder, name, now, result);
    } finally {
      await lock.release();
    }
  }
  return result;
}

async function removeWhole(folder: string, name: string, now: number, result: Pruned): Promise<void> {
  const record = join(folder, `${name}.json`);
  const going = `${record}.going`;
  // Moved aside before its time is read: whoever marks it as used after this finds no record, and fetches the file anew.
  const recorded = await rename(record, going).then(() => true, unlessMissing(false));
  if (recorded && now - (await touched(going)) <= inUseFor) return rename(going, record);
  // Without a record it counts for nobody; what came here by hand a moment ago is left alone all the same.
  if (!recorded && now - (await touched(join(folder, name))) <= partsStay) return;
  await remove(folder, name, result);
  await rm(going, { force: true });
}

async function remove(folder: string, entry: string, result: Pruned): Promise<void> {
  const path = join(folder, entry);
  const size = await sizeOf(path);
  if (size === undefined) return;
  await rm(path, { recursive: true, force: true });
  result.removed.push(entry);
  result.freed += size;
}

/** Of a file, or of everything in a folder; undefined: it is not there. */
async function sizeOf(path: string): Promise<number | undefined> {
  const found = await lstat(path).catch(unlessMissing(undefined));
  if (!found?.isDirectory()) return found?.size;
  const inner = await Promise.all((await readdir(path)).map((entry) => sizeOf(join(path, entry))));
  return inner.reduce<number>((sum, size) => sum + (size ?? 0), 0);
}

/** When it, or anything in it, was last written; 0 when it is not there. */
async function touched(path: string): Promise<number> {
  const found = await lstat(path).catch(unlessMissing(undefined));
  if (!found?.isDirectory()) return found?.mtimeMs ?? 0;
  const inner = await Promise.all((await readdir(path)).map((entry) => touched(join(path, entry))));
  return Math.max(found.mtimeMs, ...inner);
}

const unlessMissing =
  <T>(otherwise: T) =>
  (error: NodeJS.ErrnoException): T => {
    if (error.code === 'ENOENT') return otherwise;
    throw error;
  };

async function unlessTaken(path: string, name: string): Promise<{ release(): Promise<void> } | undefined> {
  try {
    return await takeLock(path, name);
  } catch (error) {
    if (error instanceof ProblemError && error.problem.code === 'data-dir-in-use') return undefined;
    throw error;
  }
}
