import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { assetsFolder } from '../../paths.ts';

/** Our own files of the starter image, by name, and its BIOS boot loader. */
export async function starterAssets(): Promise<{ bootLoader: Buffer; guest: Map<string, Buffer> }> {
  const folder = join(assetsFolder, 'starter');
  const names = await readdir(join(folder, 'guest'));
  const guest = new Map<string, Buffer>();
  for (const name of names.sort()) guest.set(name, await readFile(join(folder, 'guest', name)));
  return { bootLoader: await readFile(join(folder, 'boot.raw')), guest };
}
