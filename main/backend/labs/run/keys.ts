import { access, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { labNameSchema } from '../../../contract/labs/words.ts';
import type { DataPaths } from '../../paths.ts';
import { createKeyStore } from '../../ssh/own-key.ts';
import { labRunsFolder } from '../../targets/folders.ts';

/** The key pairs with which runs of a lab log in to its machines, on whatever target; none where it does not run. */
export async function labKeys(paths: Pick<DataPaths, 'root'>, lab: string | undefined): Promise<{ publicKey: string; privateKey: string }[]> {
  if (lab === undefined || !labNameSchema.safeParse(lab).success) return [];
  const targets = await readdir(join(paths.root, 'targets')).catch(nothing);
  const found = [paths.root, ...targets.map((id) => join(paths.root, 'targets', id))].map(async (place) => {
    const folder = join(place, labRunsFolder, lab);
    try {
      await access(join(folder, 'id_ed25519'));
    } catch {
      return []; // a key store would make one
    }
    const store = createKeyStore(folder);
    return [{ publicKey: (await store.key()).publicKey, privateKey: await store.secret() }];
  });
  return (await Promise.all(found)).flat();
} // prettier-ignore

const nothing = (error: NodeJS.ErrnoException): string[] => {
  if (error.code === 'ENOENT') return [];
  throw error;
};
