import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';

const root = join(import.meta.dirname, '../../..');

export interface Ended {
  code: number;
  out: string;
  err: string;
}

/** `hearth ARGS` as a process: the built program where it is there, else the sources. `limit`: milliseconds, then it is killed. */
export function hearthCommand(args: readonly string[], { cwd = root, limit = 120_000 } = {}): Promise<Ended> {
  const built = join(root, 'out/main/cli.js');
  const entry = existsSync(built) && process.env['HEARTH_TEST_SOURCES'] !== '1' ? built : join(root, 'main/cli.ts');
  return new Promise((resolve) => {
    const child = execFile(process.execPath, [entry, ...args], { cwd, timeout: limit }, (_error, out, err) => resolve({ code: child.exitCode ?? -1, out, err })); // prettier-ignore
  });
}
