import { lstatSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { basename, dirname, join } from 'node:path';

/** A folder so young may belong to an engine that is just starting, in milliseconds. */
const young = 60_000;

/**
 * Removes the run folders of engines that were killed: ours, not the present one, nobody listens on a socket in it, and
 * none of its pidfiles names a living process. A later engine of that data folder makes it anew. Returns what was removed.
 */
export async function removeStrayFolders(run: string, now = Date.now()): Promise<string[]> {
  const base = dirname(run);
  const alike = basename(run).replace(/[0-9a-f]{12}$/, '');
  const removed: string[] = [];
  for (const name of readdirSync(base)) {
    const folder = join(base, name);
    if (folder === run || !name.startsWith(alike) || !/^[0-9a-f]{12}$/.test(name.slice(alike.length))) continue;
    try {
      const found = lstatSync(folder);
      if (!found.isDirectory() || found.uid !== process.getuid?.() || now - found.mtimeMs < young) continue;
      if (await isUsed(folder)) continue;
      rmSync(folder, { recursive: true, force: true });
      removed.push(folder);
    } catch (error) {
      // Its own engine may remove it at the same time.
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    }
  }
  return removed;
}

async function isUsed(folder: string): Promise<boolean> {
  const names = readdirSync(folder);
  const pids = names.filter((name) => name.endsWith('.pid'));
  if (pids.some((name) => isAlive(Number(readFileSync(join(folder, name), 'utf8').trim())))) return true;
  const sockets = names.map((name) => join(folder, name)).filter((path) => lstatSync(path).isSocket());
  return (await Promise.all(sockets.map(answers))).includes(true);
}

function isAlive(pid: number): boolean {
  if (!Number.isInteger(pid) || pid < 2) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'ESRCH';
  }
}

/** Whether somebody listens; only a plain refusal says that nobody does. */
const answers = (path: string): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect(path);
    socket.once('connect', () => resolve(true));
    socket.once('error', (error: NodeJS.ErrnoException) => resolve(error.code !== 'ECONNREFUSED'));
    socket.once('connect', () => socket.destroy());
  });
