import { access } from 'node:fs/promises';
import { join } from 'node:path';
import type { DataPaths } from '../paths.ts';
import { folderOf } from './folders.ts';

/** The target whose upload of an earlier run this is, by its session file; undefined when nobody knows it. */
export async function findUpload(
  paths: DataPaths,
  targets: readonly string[],
  uploadId: string,
): Promise<string | undefined> {
  if (!/^[0-9a-f-]{36}$/.test(uploadId)) return undefined;
  for (const id of targets) {
    try {
      await access(join(folderOf(paths, id), 'uploads', `${uploadId}.session`));
      return id;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    }
  }
  return undefined;
}
