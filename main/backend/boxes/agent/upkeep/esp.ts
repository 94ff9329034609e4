import { open, readdir, readFile, realpath, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { ProblemError } from '../../../../contract/problem.ts';
import type { Log } from '../../../log.ts';
import type { Run } from './parts.ts';

/** The start partition (FAT) of an installed box. It is mounted read-only but for the moments in which it is changed. */
export interface Esp {
  path: string;
  /** Makes it writable while `use` runs; calls may overlap. What was written is on the disk when it resolves. */
  writable<T>(use: () => Promise<T>): Promise<T>;
}

/** `mounts`: a mountinfo file. A path that is no mount point is written to as it is. */
export function createEsp(parts: { path: string; mounts: string; run: Run; log: Log }): Esp {
  const { path, run, log } = parts;
  let users = 0;
  let turn: Promise<unknown> = Promise.resolve();
  const inTurn = <T>(work: () => Promise<T>): Promise<T> => {
    const next = turn.then(work, work);
    turn = next.catch(() => undefined);
    return next;
  };
  const remount = async (mode: 'rw' | 'ro'): Promise<string | undefined> => {
    if (!(await isMountPoint(path, parts.mounts))) return undefined;
    const { code, stderr } = await run(['mount', '-o', `remount,${mode}`, path], { timeoutMs: 60_000 });
    return code === 0 ? undefined : stderr.trim() || `mount ended with ${code ?? 'a signal'}`;
  };
  return {
    path,
    async writable(use) {
      await inTurn(async () => {
        if (users === 0) await unlock();
        users += 1;
      });
      try {
        return await use();
      } finally {
        await inTurn(async () => {
          users -= 1;
          if (users > 0) return;
          await run(['sync', '-f', path], { timeoutMs: 300_000 });
          const problem = await remount('ro');
          if (problem) log.warn({ path, problem }, 'the start partition stays writable');
        });
      }
    },
  };
  async function unlock(): Promise<void> {
    const problem = await remount('rw');
    if (!problem) return;
    throw new ProblemError({
      code: 'start-partition-locked',
      title: 'The start partition cannot be written to',
      detail: `${path}: ${problem}`,
      cause: 'Its file system was damaged, or the disk no longer takes writes.',
      fix: 'Restart the box and try again; look at the health of its disk.',
      command: `mount -o remount,rw ${path}`,
    });
  }
}

/**
 * Removes what the check at the start saved of files that a power cut left half: nobody reads it, and an update needs the
 * room. Resolves with how many there were.
 */
export async function removeFragments(esp: Esp): Promise<number> {
  const names = (await readdir(esp.path)).filter((name) => /^FSCK\d{4}\.REC$/i.test(name));
  if (names.length === 0) return 0;
  await esp.writable(async () => {
    for (const name of names) await rm(join(esp.path, name), { force: true });
  });
  return names.length;
}

async function isMountPoint(path: string, mounts: string): Promise<boolean> {
  const real = await realpath(path);
  const text = await readFile(mounts, 'utf8');
  // Field 5 of proc_pid_mountinfo(5); spaces and such are octal there.
  return text.split('\n').some((line) => line.split(' ')[4]?.replaceAll(/\\(\d{3})/g, (_all, code: string) => String.fromCodePoint(Number.parseInt(code, 8))) === real); // prettier-ignore
}

/** Puts the names in a folder on the disk. */
export async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

/** Makes the next reads come from the disk itself: forgets what the kernel keeps of files, where it may be asked to. */
export async function forgetCaches(root: string): Promise<void> {
  const file = await open(join(root, 'proc/sys/vm/drop_caches'), 'r+').catch(() => undefined);
  if (!file) return;
  try {
    await file.write('1\n');
  } catch {
    // Not allowed in a container: the read-back then checks what the kernel has, which is still worth it.
  } finally {
    await file.close();
  }
}
