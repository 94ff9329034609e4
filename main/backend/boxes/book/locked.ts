import { ProblemError } from '../../../contract/problem.ts';
import { takeLock } from '../../lock.ts';
import { pause } from '../../target/live-list.ts';

/** Milliseconds; another process holds such a file for a moment only. */
const limit = 10_000;

/** Runs a change of a file that `hearth box` may change too, one process after the other. Throws `data-dir-in-use`. */
export async function locked<T>(file: string, work: () => Promise<T>): Promise<T> {
  const lock = await taken(`${file}.lock`, file);
  try {
    return await work();
  } finally {
    await lock.release();
  }
}

async function taken(path: string, what: string): Promise<{ release(): Promise<void> }> {
  for (const end = Date.now() + limit; ;) {
    try {
      return await takeLock(path, what);
    } catch (error) {
      const held = error instanceof ProblemError && error.problem.code === 'data-dir-in-use';
      if (!held || Date.now() > end) throw error;
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
