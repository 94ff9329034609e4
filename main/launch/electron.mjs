// Where Electron's binary is, and how it gets there. Its npm package has none: it is fetched when it is first needed.
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pinnedNode, root } from './node.mjs';

const retryAfterMs = 24 * 3600_000;
const fetchLimitMs = 300_000;
const places = {
  folder: join(root, 'node_modules', 'electron'),
  tried: join(root, 'node_modules', '.hearth-electron-tried'),
};

/** Path of the Electron binary that is here (or the one that ELECTRON_OVERRIDE_DIST_PATH names); undefined where there is none. */
export function electronProgram(env = process.env, folder = places.folder) {
  const override = env.ELECTRON_OVERRIDE_DIST_PATH;
  if (override && existsSync(join(override, 'electron'))) return join(override, 'electron');
  const pathFile = join(folder, 'path.txt');
  if (!existsSync(pathFile)) return undefined;
  const path = join(folder, 'dist', readFileSync(pathFile, 'utf8').trim());
  return existsSync(path) ? path : undefined;
}

/**
 * The same, fetched where it is not here, once a day at most. Where it cannot be had one line says so and what helps, and the
 * answer is undefined. `say`: writes text as it is.
 */
export function fetchedElectron({
  env = process.env,
  folder = places.folder,
  tried = places.tried,
  say = (text) => process.stderr.write(text),
} = {}) {
  const here = electronProgram(env, folder);
  if (here) return here;
  const lately = existsSync(tried) && Date.now() - statSync(tried).mtimeMs < retryAfterMs;
  const installer = join(folder, 'install.js');
  if (!lately && existsSync(installer)) {
    say('Fetching the Electron binary (once) ... ');
    writeFileSync(tried, '');
    spawnSync(pinnedNode(), [installer], { stdio: 'ignore', env, timeout: fetchLimitMs });
  }
  const fetched = electronProgram(env, folder);
  say(fetched ? 'done.\n' : missing);
  return fetched;
}

const missing =
  'No Electron binary here (ELECTRON_MIRROR names a mirror, ELECTRON_OVERRIDE_DIST_PATH an unpacked Electron): opening a browser window instead.\n';
