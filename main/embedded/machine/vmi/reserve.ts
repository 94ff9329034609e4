import { randomBytes } from 'node:crypto';
import { existsSync, renameSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Log } from '../../kube/context.ts';

/** Room for some hundred objects. */
const size = 4 * 2 ** 20;

/**
 * A few megabytes kept aside on the engine's disk. A guest fills a disk to its last byte; without this the engine could
 * not even write down that it paused the guest, and why.
 */
export class Reserve {
  readonly #path: string;
  readonly #log: Log;

  constructor(root: string, log: Log) {
    this.#path = join(root, 'reserve');
    this.#log = log;
  }

  /** Puts the space aside, where it is not already and there is any. */
  keep(): void {
    if (existsSync(this.#path)) return;
    const temporary = `${this.#path}.new`;
    try {
      const { bavail, bsize } = statfsSync(dirname(this.#path));
      // It would take the last of what it is there to keep free.
      if (bavail * bsize < 4 * size) return;
      // Random: a file system that compresses would keep nothing aside.
      writeFileSync(temporary, randomBytes(size), { mode: 0o600 });
      renameSync(temporary, this.#path);
    } catch (error) {
      rmSync(temporary, { force: true });
      this.#log.warn({ err: error }, 'no space could be put aside for the engine itself');
    }
  }

  /** Gives the space to the engine: a disk is full. */
  give(): void {
    rmSync(this.#path, { force: true });
  }
}
