import { randomBytes } from 'node:crypto';
import { open, readdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { diskProblem } from '../contract/disk-problem.ts';
import type { Log } from './log.ts';
import { cautiousNow } from './steady-clock.ts';

/** Temporary files that this process is writing now. */
const writing = new Set<string>();
const temporaryName = /\.(?:(\d+)-)?[0-9a-f]{8}\.tmp$/;
/** Milliseconds after which a temporary file that does not tell its process is nobody's any more. */
const nobodys = 3_600_000;

/** Writes a file whole or not at all (temp file, fsync, rename), mode 0600 unless told. */
export async function writeFileAtomic(path: string, data: string | Uint8Array, mode = 0o600): Promise<void> {
  const temporary = `${path}.${process.pid}-${randomBytes(4).toString('hex')}.tmp`;
  writing.add(temporary);
  try {
    const file = await open(temporary, 'wx', 0o600);
    try {
      await file.writeFile(data);
      if (mode !== 0o600) await file.chmod(mode);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => undefined); // a disk that takes no change at all; swept later
    // An error of an open file does not tell which.
    throw error instanceof Error ? Object.assign(error, { path }) : error;
  } finally {
    writing.delete(temporary);
  }
}

/**
 * Removes what killed processes left half-written below a folder (but not in the folders named in `except`). Files that a
 * living process writes stay. Resolves with the paths that went.
 */
export async function sweepTemporaries(folder: string, except: readonly string[] = []): Promise<string[]> {
  const gone: string[] = [];
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory() && !except.includes(entry.name)) gone.push(...(await sweepTemporaries(path)));
    if (!entry.isFile() || !(await isLeftOver(path))) continue;
    await rm(path, { force: true });
    gone.push(path);
  }
  return gone;
}

async function isLeftOver(path: string): Promise<boolean> {
  const match = temporaryName.exec(path);
  if (!match || writing.has(path)) return false;
  const pid = Number(match[1] ?? 0);
  // Process ids come again (in a container often the same one): ours is known by what we write.
  if (pid === process.pid) return true;
  if (pid > 0) return !isAlive(pid);
  const found = await stat(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
  return found !== undefined && cautiousNow() - found.mtimeMs > nobodys;
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'ESRCH';
  }
}

/** Damaged files that could not be set aside yet: the first write does it, so that they are not written over. */
const stillThere = new Set<string>();

export async function writeJson(path: string, value: unknown): Promise<void> {
  if (stillThere.has(path)) {
    await rename(path, corruptName(path)).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'ENOENT') throw error;
    });
    stillThere.delete(path);
  }
  await writeFileAtomic(path, `${JSON.stringify(value, undefined, 2)}\n`);
}

/** The checked content; undefined when there is no file. A file that cannot be used is set aside under `.corrupt-TIME`, never lost. */
export async function readJson<T>(path: string, schema: z.ZodType<T>, log: Log): Promise<T | undefined> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
  let reason: string;
  try {
    const checked = schema.safeParse(JSON.parse(text));
    if (checked.success) return checked.data;
    reason = z.prettifyError(checked.error);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    reason = error.message;
  }
  const aside = corruptName(path);
  try {
    await rename(path, aside);
  } catch (error) {
    // A disk that takes no change: it stays where it is, and must not be what Hearth fails to start for.
    if (!diskProblem(error)) throw error;
    stillThere.add(path);
    log.error({ path, reason, err: error }, 'a file of Hearth could not be used, nor set aside; starting without it');
    return undefined;
  }
  log.error({ path, aside, reason }, 'a file of Hearth could not be used and was set aside; starting anew');
  return undefined;
}

/** Where a file that cannot be used is kept beside its place. */
export const corruptName = (path: string): string =>
  `${path}.corrupt-${new Date().toISOString().replaceAll(':', '-')}-${randomBytes(2).toString('hex')}`;
