import { randomUUID } from 'node:crypto';
import { mkdir, readdir, rename, rm, rmdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { DataPaths } from '../paths.ts';
import { quickLabId } from './registry.ts';

/** Where the files of a target lie: the Quick lab's are in the data directory itself, every other has a folder of its own. */
export const folderOf = (paths: DataPaths, id: string): string =>
  id === quickLabId ? paths.root : join(paths.root, 'targets', id);

/** Runs of labs on a target, each in a folder of its name with the key of its machines. */
export const labRunsFolder = 'lab-runs';

/** What Hearth keeps about a target. Disks of a throwaway cluster lie in the same folder and stay until that is deleted. */
const keptNames = ['consoles', 'uploads', 'metrics', 'first-boots.json', labRunsFolder, 'kubeconfig'];
const notFound = (error: NodeJS.ErrnoException): void => {
  if (error.code !== 'ENOENT') throw error;
};

export async function forgetFiles(folder: string): Promise<void> {
  for (const name of keptNames) await rm(join(folder, name), { recursive: true, force: true });
  await dropEmpty(folder);
}

/** Files of targets that were forgotten a moment ago. Nobody has back what an earlier Hearth left there. */
const asideFolder = (paths: DataPaths): string => join(paths.root, 'targets', '.forgotten');
export const sweepAside = (paths: DataPaths): Promise<void> => rm(asideFolder(paths), { recursive: true, force: true });

/** Takes the files of a target away, so that they can be had back: `back` where nothing of that name came meanwhile. */
export async function putAside(
  paths: DataPaths,
  folder: string,
): Promise<{ back(): Promise<void>; drop(): Promise<void> }> {
  const aside = join(asideFolder(paths), randomUUID());
  await mkdir(aside, { recursive: true, mode: 0o700 });
  const move = async (from: string, to: string): Promise<void> => {
    for (const name of keptNames) await rename(join(from, name), join(to, name)).catch(notFound);
  };
  await move(folder, aside);
  await dropEmpty(folder);
  return {
    async back() {
      await mkdir(folder, { recursive: true, mode: 0o700 });
      // What a task that was not over yet wrote there since belongs to nobody.
      for (const name of await readdir(aside)) await rm(join(folder, name), { recursive: true, force: true });
      await move(aside, folder);
      await rm(aside, { recursive: true, force: true });
    },
    drop: () => rm(aside, { recursive: true, force: true }),
  };
}

async function dropEmpty(folder: string): Promise<void> {
  try {
    await rmdir(folder);
  } catch (error) {
    if (!['ENOENT', 'ENOTEMPTY', 'EEXIST'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error;
  }
}
