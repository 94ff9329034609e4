import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** A program of the engine's: `source` beside the file of `meta` when the sources run, `built` beside the engine's program when it is built. */
export function programBeside({ filename, dirname: folder }: ImportMeta, source: string, built: string): string {
  if (filename.endsWith('.ts')) return join(folder, source);
  return [folder, dirname(folder)].map((each) => join(each, built)).find((path) => existsSync(path)) ?? built;
}
