import { execFile } from 'node:child_process';
import { mkdtemp, rm, statfs } from 'node:fs/promises';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const mib = 2 ** 20;

/** Whether a file system of its own may be mounted at all; a container may still refuse it. */
export const mayMount = process.platform === 'linux' && userInfo().uid === 0;

export interface SmallDisk {
  readonly folder: string;
  /** Bytes that can still be written. */
  free(): Promise<number>;
  /** Takes all room but this many bytes, until `makeRoom`. */
  fill(leave: number): Promise<void>;
  makeRoom(): Promise<void>;
  remove(): Promise<void>;
}

/** A real file system of so many MiB in memory; undefined where none can be mounted. */
export async function smallDisk(size: number): Promise<SmallDisk | undefined> {
  const folder = await mkdtemp(join(tmpdir(), 'hearth-small-'));
  const filler = join(folder, 'filler');
  try {
    await run('mount', ['-t', 'tmpfs', '-o', `size=${size}m,mode=0700`, 'tmpfs', folder]);
  } catch {
    await rm(folder, { recursive: true });
    return undefined;
  }
  const free = async (): Promise<number> => {
    const { bavail, bsize } = await statfs(folder);
    return bavail * bsize;
  };
  return {
    folder,
    free,
    fill: async (leave) => void (await run('fallocate', ['-l', String(Math.max(mib, (await free()) - leave)), filler])),
    makeRoom: () => rm(filler, { force: true }),
    async remove() {
      await run('umount', ['-l', folder]);
      await rm(folder, { recursive: true });
    },
  };
}
