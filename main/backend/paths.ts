import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { chmod, lstat, mkdir, stat } from 'node:fs/promises';
import { homedir, tmpdir, userInfo } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { ProblemError } from '../contract/problem.ts';

/** Folder of package.json, assets/ and out/: the same whether we run from the sources, from out/ or from a package. */
export const projectRoot = ((): string => {
  let folder = import.meta.dirname;
  while (!existsSync(join(folder, 'package.json'))) {
    const parent = dirname(folder);
    if (parent === folder) throw new Error(`no package.json above ${import.meta.dirname}`);
    folder = parent;
  }
  return folder;
})();
export const assetsFolder = join(projectRoot, 'assets');
/** Whether Node runs the TypeScript sources directly. */
export const fromSource = import.meta.filename.endsWith('.ts');

/** HEARTH_DATA_DIR, else the platform's place for a user's data (XDG on Linux). */
export function defaultDataDir(env: NodeJS.ProcessEnv = process.env): string {
  if (env['HEARTH_DATA_DIR']) return resolve(env['HEARTH_DATA_DIR']);
  if (process.platform === 'darwin') return join(homedir(), 'Library', 'Application Support', 'Hearth');
  if (process.platform === 'win32') return join(env['LOCALAPPDATA'] ?? join(homedir(), 'AppData', 'Local'), 'Hearth');
  return join(env['XDG_DATA_HOME'] ?? join(homedir(), '.local', 'share'), 'hearth');
}

export interface DataPaths {
  readonly root: string;
  readonly lock: string;
  readonly settings: string;
  readonly sessions: string;
  readonly kubeconfig: string;
  readonly tasks: string;
  /** Which targets there are, and which is current. */
  readonly targets: string;
  /** Host keys of the computers that Hearth reaches over SSH. */
  readonly knownHosts: string;
  readonly logs: string;
  readonly log: string;
  readonly uploads: string;
  /** Names this data directory: cookies of one host name are shared by all its ports. */
  readonly id: string;
  /** Short 0700 folder for the control socket (a Unix socket's path may have 107 bytes at most). */
  readonly run: string;
  readonly control: string;
}

export function dataPaths(dataDir: string): DataPaths {
  const root = resolve(dataDir);
  const id = createHash('sha256').update(root).digest('hex').slice(0, 12);
  const run = join(process.env['XDG_RUNTIME_DIR'] ?? tmpdir(), `hearth-${userInfo().uid}-${id}`);
  return {
    root,
    lock: join(root, 'lock'),
    settings: join(root, 'settings.json'),
    sessions: join(root, 'sessions.json'),
    kubeconfig: join(root, 'kubeconfig'),
    tasks: join(root, 'tasks.json'),
    targets: join(root, 'targets.json'),
    knownHosts: join(root, 'known-hosts.json'),
    logs: join(root, 'logs'),
    log: join(root, 'logs', 'hearth.log'),
    uploads: join(root, 'uploads'),
    id,
    run,
    control: process.platform === 'win32' ? `\\\\.\\pipe\\hearth-${id}` : join(run, 'control.sock'),
  };
}

/** Makes a folder that only this user may enter; refuses one that is somebody else's (a shared /tmp). */
export async function privateFolder(path: string): Promise<void> {
  await mkdir(path, { recursive: true, mode: 0o700 }).catch(async (error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT' || existsSync(path)) throw error;
    // Node says so of a file system that is read-only; without `recursive` it says what it is.
    let missing = path;
    while (!existsSync(dirname(missing))) missing = dirname(missing);
    await mkdir(missing, { mode: 0o700 });
    await mkdir(path, { recursive: true, mode: 0o700 });
  });
  const entry = await lstat(path);
  if (process.platform !== 'win32' && (!entry.isDirectory() || entry.uid !== userInfo().uid))
    throw new ProblemError({
      code: 'folder-not-ours',
      title: 'A folder belongs to somebody else',
      detail: `${path} is not a folder of this user.`,
      fix: 'Remove it, or set XDG_RUNTIME_DIR or HEARTH_DATA_DIR to a folder of yours.',
    });
  if (process.platform !== 'win32' && (entry.mode & 0o077) !== 0) await chmod(path, 0o700);
}

/** Whether there is something at a path; what cannot be told (no right to look) is thrown. */
export const exists = (path: string): Promise<boolean> =>
  stat(path).then(
    () => true,
    (error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return false;
      throw error;
    },
  );
