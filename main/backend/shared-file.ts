import { watch } from 'node:fs';
import { stat } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import { ProblemError } from '../contract/problem.ts';
import { takeLock } from './lock.ts';
import type { Log } from './log.ts';
import { pause } from './target/live-list.ts';
import { monotonic } from '../contract/monotonic.ts';

/** Milliseconds; another process holds such a file for a moment only. */
const limit = 10_000;
/** Milliseconds between two looks where the system watches no files for us. */
const lookEvery = 2000;

/** Runs a change of a file that another Hearth or a command may change too, one process after the other. Throws `data-dir-in-use`. */
export async function locked<T>(file: string, work: () => Promise<T>): Promise<T> {
  const lock = await taken(`${file}.lock`, file);
  try {
    return await work();
  } finally {
    await lock.release();
  }
}

async function taken(path: string, what: string): Promise<{ release(): Promise<void> }> {
  for (const end = monotonic() + limit; ;) {
    try {
      return await takeLock(path, what);
    } catch (error) {
      const held = error instanceof ProblemError && error.problem.code === 'data-dir-in-use';
      if (!held || monotonic() > end) throw error;
      await pause(20);
    }
  }
}

/** Work that would disturb each other, in the order it was asked for. */
export function turns(): <T>(work: () => Promise<T>) => Promise<T> {
  let last: Promise<unknown> = Promise.resolve();
  return (work) => {
    const next = last.then(work);
    last = next.catch(() => undefined); // whoever asked has the error
    return next;
  };
}

/** As `turns`, for each key by itself. */
export function turnsByKey(): <T>(key: string, work: () => Promise<T>) => Promise<T> {
  const last = new Map<string, Promise<unknown>>();
  return async (key, work) => {
    const mine = (last.get(key) ?? Promise.resolve()).then(work);
    const settled = mine.catch(() => undefined); // whoever asked has the error
    last.set(key, settled);
    try {
      return await mine;
    } finally {
      if (last.get(key) === settled) last.delete(key);
    }
  };
}

/**
 * Reads a file again whenever it may have been written, by whomever. Begun before the first reading, nothing is missed. Where the
 * system cannot watch (its limit of watches is used up, a file system of the network), the file is looked at now and then.
 */
export function watchFile(file: string, read: () => Promise<void>, log: Log): { close(): void } {
  const changed = (): void =>
    void read().catch((error: unknown) => log.error({ err: error, file }, 'a file that changed could not be read'));
  let looking: NodeJS.Timeout | undefined;
  let closed = false;
  function lookNowAndThen(error: unknown): void {
    if (closed || looking) return;
    log.warn({ err: error, file }, 'the system does not tell of changes; the file is looked at now and then');
    let before: string | undefined;
    const look = async (): Promise<void> => {
      const { ino, mtimeMs, size } = await stat(file).catch(() => ({ ino: 0, mtimeMs: 0, size: 0 }));
      const now = [ino, mtimeMs, size].join(' ');
      if (before !== undefined && before !== now && !closed) changed();
      before = now;
    };
    looking = setInterval(() => void look(), lookEvery);
    looking.unref();
    void look();
  }
  let watcher: ReturnType<typeof watch> | undefined;
  try {
    // Renaming over a file is told of its folder, not of the file; names come with the event.
    watcher = watch(dirname(file), { persistent: false }, (_event, name) => {
      if (name === null || name === basename(file)) changed();
    });
    watcher.on('error', lookNowAndThen);
  } catch (error) {
    lookNowAndThen(error);
  }
  return {
    close() {
      closed = true;
      watcher?.close();
      clearInterval(looking);
    },
  };
}
