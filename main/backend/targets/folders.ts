import { rm, rmdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { DataPaths } from '../paths.ts';
import { quickLabId } from './registry.ts';

/** Where the files of a target lie: the Quick lab's are in the data directory itself, every other has a folder of its own. */
export const folderOf = (paths: DataPaths, id: string): string =>
  id === quickLabId ? paths.root : join(paths.root, 'targets', id);

/** Runs of labs on a target, each in a folder of its name with the key of its machines. */
export const labRunsFolder = 'lab-runs';

/** What Hearth kept about a target. Disks of a throwaway cluster lie in the same folder and stay until that is deleted. */
export async function forgetFiles(folder: string): Promise<void> {
  for (const name of ['kubeconfig', 'consoles', 'uploads', 'metrics', labRunsFolder])
    await rm(join(folder, name), { recursive: true, force: true });
  try {
    await rmdir(folder);
  } catch (error) {
    if (!['ENOENT', 'ENOTEMPTY', 'EEXIST'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error;
  }
}
