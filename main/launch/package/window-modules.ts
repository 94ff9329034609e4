import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** What the window's process needs of npm, and nothing else of Hearth does. */
const wanted = 'electron-updater';

/** That package and all it needs, as folder names of the tools' node_modules. Throws where npm had to put one deeper. */
export async function windowModules(toolsFolder: string): Promise<string[]> {
  const { packages } = JSON.parse(await readFile(join(toolsFolder, 'package-lock.json'), 'utf8')) as {
    packages: Record<string, { dependencies?: Record<string, string> }>;
  };
  const found = new Set<string>();
  const take = (name: string, by: string): void => {
    if (packages[`node_modules/${by}/node_modules/${name}`])
      throw new Error(`${name} of ${by} lies deeper than expected`);
    const entry = packages[`node_modules/${name}`];
    if (!entry) throw new Error(`${name} is not in the lock of the tools`);
    if (found.has(name)) return;
    found.add(name);
    for (const next of Object.keys(entry.dependencies ?? {})) take(next, name);
  };
  take(wanted, '');
  return [...found].toSorted();
}
