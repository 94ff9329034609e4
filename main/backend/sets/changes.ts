import { createHash } from 'node:crypto';
import { watch } from 'node:fs';
import { join } from 'node:path';
import { exists } from '../paths.ts';
import { pause } from '../target/live-list.ts';
import { checkedOut } from './git.ts';
import { readFolder } from './read.ts';
import type { Source } from './read.ts';

/** Milliseconds in which nothing more may change: a checkout writes many files, one after the other. */
const settle = 500;
/** Milliseconds between two looks where the system tells of no changes: a network drive, or its watches are used up. */
const lookEvery = 15_000;
/** Looks at the lock of a checkout that does not end, for `settle` each. */
const lockPatience = 40;

/** A folder as it is now, with the commit that is checked out there. Throws the Problem `set-folder`. */
export async function readChecked(dir: string, signal: AbortSignal): Promise<Source> {
  const source = await readFolder(dir);
  const commit = await checkedOut(dir, signal);
  return { ...source, ...(commit !== undefined && { commit }) };
}

/** The same where nothing of it differs. Pure. */
export const printOf = ({ files, findings, commit }: Source): string =>
  createHash('sha256')
    .update(JSON.stringify([commit ?? '', findings, files]))
    .digest('hex');

/** Told again and again when a folder may have changed, at the latest every 15 seconds; ends with the signal. */
export async function* changesOf(dir: string, signal: AbortSignal): AsyncGenerator<void> {
  let wake = (): void => undefined;
  let changed = false;
  const on = (): void => {
    changed = true;
    wake();
  };
  // It may not be there yet, or be taken away: then it is looked at now and then.
  const open = () => {
    try {
      const watcher = watch(dir, { recursive: true, persistent: false }, on);
      watcher.on('error', () => watcher.close());
      return watcher;
    } catch {
      return undefined; // looked at every 15 seconds
    }
  };
  const watcher = open();
  signal.addEventListener('abort', on);
  try {
    while (!signal.aborted) {
      if (!changed)
        await new Promise<void>((resolve) => {
          const timer = setTimeout(resolve, lookEvery);
          wake = () => {
            clearTimeout(timer);
            resolve();
          };
        });
      do {
        changed = false;
        await pause(settle, signal);
      } while (changed && !signal.aborted);
      for (let tries = 0; tries < lockPatience && !signal.aborted && (await isLocked(dir)); tries += 1)
        await pause(settle, signal);
      if (!signal.aborted) yield;
    }
  } finally {
    signal.removeEventListener('abort', on);
    watcher?.close();
  }
}

/** Git is writing the folder just now. What cannot be told is told when it is read. */
const isLocked = (dir: string): Promise<boolean> => exists(join(dir, '.git', 'index.lock')).catch(() => false);
