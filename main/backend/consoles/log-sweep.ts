import { readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Log } from '../log.ts';
import { cautiousNow } from '../steady-clock.ts';

/** Milliseconds that the log of a machine which is not there is kept, where nobody saw it go. */
const day = 86_400_000;

/** Takes the logs of serial consoles away with their machines: they are kept by uid, and no other machine ever has that one. */
export interface LogSweep {
  /** A machine came, changed or (without a uid) went. */
  changed(key: string, uid: string | undefined): void;
  /** The list of machines is complete: what is left of earlier ones may go. */
  known(): void;
  /** The console of a machine was closed; nobody writes its log any more. */
  closed(uid: string): Promise<void>;
}

/** `folder` holds `UID.log`. A log that is open goes when it is closed. */
export function createLogSweep(options: {
  folder: string;
  log: Log;
  isOpen: (uid: string) => boolean;
  now?: () => number;
}): LogSweep {
  const { folder, log, isOpen, now = cautiousNow } = options;
  const there = new Map<string, string>();
  const gone = new Set<string>();
  let swept = false;
  const failed = (error: unknown): void => log.warn({ err: error, folder }, 'a console log of a machine that is gone could not be removed'); // prettier-ignore
  const remove = async (uid: string): Promise<void> => {
    gone.delete(uid);
    await rm(join(folder, `${uid}.log`), { force: true });
  };
  async function sweep(): Promise<void> {
    const uids = new Set(there.values());
    const names = await readdir(folder).catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return [];
      throw error;
    });
    for (const name of names) {
      const uid = /^([0-9a-f-]{36})\.log$/.exec(name)?.[1];
      if (uid === undefined || uids.has(uid) || isOpen(uid)) continue;
      // A list may be short for a while (rights that were taken away and are given back).
      if (now() - (await stat(join(folder, name))).mtimeMs > day) await remove(uid);
    }
  }
  return {
    changed(key, uid) {
      const before = there.get(key);
      if (uid === undefined) there.delete(key);
      else there.set(key, uid);
      if (before === undefined || before === uid) return;
      gone.add(before);
      if (!isOpen(before)) remove(before).catch(failed);
    },
    known() {
      if (swept) return;
      swept = true;
      sweep().catch(failed);
    },
    async closed(uid) {
      if (gone.has(uid)) await remove(uid).catch(failed);
    },
  };
}
