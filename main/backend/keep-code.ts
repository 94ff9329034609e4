import { lstatSync, mkdirSync } from 'node:fs';
import { enableCompileCache } from 'node:module';
import { homedir, userInfo } from 'node:os';
import { join } from 'node:path';

/** The platform's place for what may be lost. Root's is its own, whatever an environment that came by `sudo` says. */
function cacheFolder(env: NodeJS.ProcessEnv): string {
  const home = process.getuid?.() === 0 ? userInfo().homedir : homedir();
  if (process.platform === 'darwin') return join(home, 'Library', 'Caches', 'Hearth');
  if (process.platform === 'win32') return join(env['LOCALAPPDATA'] ?? join(home, 'AppData', 'Local'), 'Hearth', 'Cache');
  return join((process.getuid?.() !== 0 && env['XDG_CACHE_HOME']) || join(home, '.cache'), 'hearth');
} // prettier-ignore

/**
 * Folder for compiled code; undefined where there cannot be one, or where others could write into it: what lies there is run.
 */
export function codeFolder(env: NodeJS.ProcessEnv = process.env): string | undefined {
  const folder = join(cacheFolder(env), 'code');
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    const { uid, mode } = lstatSync(folder);
    const ours = process.getuid === undefined || (uid === process.getuid() && (mode & 0o022) === 0);
    return ours ? folder : undefined;
  } catch {
    return undefined; // no home, or a read-only one: a start takes some tenths of a second longer
  }
}

/** Lets Node keep what it compiles of the modules that are loaded from now on: the next start saves a third of its work. */
export function keepCode(): void {
  const folder = codeFolder();
  if (folder !== undefined) enableCompileCache(folder);
}
