import { mkdir, open, readFile, rm } from 'node:fs/promises';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { buildStarter } from '../../main/backend/images/starter/build.ts';

/** Where tests keep the starter image and its packages between runs. */
export const starterCache = (): string =>
  process.env['HEARTH_TEST_CACHE'] ?? join(tmpdir(), `hearth-test-cache-${userInfo().username}`, 'starter');

/** Path of the starter image (qcow2, never to be written: make an overlay). Built once; other test processes wait for it. */
export async function starterImage(): Promise<string> {
  const cacheDir = starterCache();
  await mkdir(cacheDir, { recursive: true, mode: 0o700 });
  const lock = join(cacheDir, 'building');
  for (;;) {
    try {
      const file = await open(lock, 'wx', 0o600);
      await file.writeFile(String(process.pid));
      await file.close();
      break;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
      if (!(await holderLives(lock))) await rm(lock, { force: true });
      else await wait(100);
    }
  }
  try {
    return (await buildStarter({ cacheDir, mirror: 'http://deb.debian.org/debian' })).path;
  } finally {
    await rm(lock, { force: true });
  }
}

async function holderLives(lock: string): Promise<boolean> {
  const pid = Number(await readFile(lock, 'utf8').catch(() => ''));
  if (!pid) return true;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
