// Tools apart from Hearth's own packages (what packages are made with, scanners): each folder of them has a lock of its own and is
// installed when it is first needed.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

export const toolsFolder = join(import.meta.dirname, 'tools');
const limitMs = 10 * 60_000;

/** Installs them as the lock says, where that was not done yet. No script of any package runs. Throws where npm fails. */
export function ensureTools(folder = toolsFolder, what = 'what packages are made with') {
  const stamp = join(folder, 'node_modules', '.hearth-lock');
  const wanted = createHash('sha256').update(readFileSync(join(folder, 'package-lock.json'))).digest('hex'); // prettier-ignore
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) return;
  console.error(`Installing ${what} (once) ...`);
  const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm';
  const { status, error } = spawnSync(npm, ['ci', '--ignore-scripts', '--no-audit', '--no-fund'], {
    cwd: folder,
    stdio: ['ignore', 2, 2],
    shell: process.platform === 'win32',
    timeout: limitMs,
  });
  if (status !== 0) throw new Error(`\`npm ci\` in ${folder} failed (${error?.message ?? `exit code ${status}`}).`);
  writeFileSync(stamp, wanted);
}
