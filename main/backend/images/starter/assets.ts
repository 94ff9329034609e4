import { existsSync } from 'node:fs';
import { readFile, readdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';

/** The project's assets folder: next to the sources, or next to the bundle that this code became part of. */
export function assetsFolder(): string {
  for (let folder = import.meta.dirname; ; folder = dirname(folder)) {
    const assets = join(folder, 'assets');
    if (existsSync(join(assets, 'starter', 'boot.raw'))) return assets;
    if (folder === dirname(folder)) throw new Error('the assets folder of Hearth is missing: reinstall it');
  }
}

/** Our own files of the starter image, by name, and its BIOS boot loader. */
export async function starterAssets(): Promise<{ bootLoader: Buffer; guest: Map<string, Buffer> }> {
  const folder = join(assetsFolder(), 'starter');
  const names = await readdir(join(folder, 'guest'));
  const guest = new Map<string, Buffer>();
  for (const name of names.sort()) guest.set(name, await readFile(join(folder, 'guest', name)));
  return { bootLoader: await readFile(join(folder, 'boot.raw')), guest };
}
