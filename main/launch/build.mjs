// Builds the programs and the page into out/, but only when something they are made of changed.
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { root, runPinned } from './node.mjs';

const sources = ['main', 'renderer', 'provisioning', 'assets/locales', 'electron.config.ts', 'package-lock.json'];
const stampFile = join(root, 'out', '.stamp');
const lockFolder = join(root, 'node_modules', '.hearth-build-lock');
const lockPatienceMs = 180_000;

function addTo(hash, path) {
  const info = statSync(path);
  if (!info.isDirectory()) return void hash.update(`${path}\0${info.size}\0`).update(readFileSync(path));
  // The packagers' own tools are installed below main/launch when they are first asked for: no reason to build again.
  const names = readdirSync(path).filter((name) => name !== 'node_modules');
  for (const name of names.toSorted()) addTo(hash, join(path, name));
}

const digest = () => {
  const hash = createHash('sha256');
  for (const name of ['HEARTH_UPDATE_URL', 'HEARTH_UPDATE_KEYS']) hash.update(`${name}\0${process.env[name] ?? ''}\0`);
  for (const source of sources) if (existsSync(join(root, source))) addTo(hash, join(root, source));
  return hash.digest('hex');
};

/** One build at a time: two starts side by side must not write into each other's out/. */
async function withLock(work) {
  const until = Date.now() + lockPatienceMs;
  for (;;) {
    try {
      mkdirSync(lockFolder);
      break;
    } catch (error) {
      if (error.code !== 'EEXIST') throw error;
      if (Date.now() > until) rmSync(lockFolder, { recursive: true, force: true });
      else await new Promise((resolve) => setTimeout(resolve, 250));
    }
  }
  const release = () => rmSync(lockFolder, { recursive: true, force: true });
  process.once('exit', release);
  try {
    return await work();
  } finally {
    release();
    process.off('exit', release);
  }
}

/** Builds if needed. Throws when the build fails; prints to stderr only. */
export const build = () =>
  withLock(async () => {
    const wanted = digest();
    if (existsSync(stampFile) && readFileSync(stampFile, 'utf8') === wanted) return false;
    console.error('Building Hearth (first start, or something changed) ...');
    rmSync(join(root, 'out'), { recursive: true, force: true });
    const code = await runPinned(
      [
        join(root, 'node_modules/electron-vite/bin/electron-vite.js'),
        'build',
        '-c',
        'electron.config.ts',
        '--logLevel',
        'warn',
      ],
      { stdio: ['ignore', 2, 2] },
    );
    if (code !== 0) throw new Error(`The build failed (exit code ${code}); its messages are above.`);
    writeFileSync(stampFile, wanted);
    return true;
  });

if (process.argv[1] === fileURLToPath(import.meta.url)) await build();
