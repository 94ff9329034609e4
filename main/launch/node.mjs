// Runs a script with the Node that the project pins (the major inside its Electron), whatever Node started us.
// Plain JavaScript on purpose: this file must run on Node 20.19 before anything is built.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..');

/** Path of the pinned Node binary; the Node that runs us where the pinned one is not installed and ours is new enough. */
export function pinnedNode() {
  const platform = process.platform === 'win32' ? 'win' : process.platform;
  const binary = process.platform === 'win32' ? 'node.exe' : 'node';
  const path = join(root, 'node_modules', `node-${platform}-${process.arch}`, 'bin', binary);
  if (existsSync(path)) return path;
  if (Number(process.versions.node.split('.')[0]) >= 24) return process.execPath;
  throw new Error(
    `Hearth runs on Node 24, and neither the bundled one (${path}) nor a system one is here. ` +
      'Run `npm ci` without --omit=optional, or install Node 24.',
  );
}

/** Runs the pinned Node with these arguments in the foreground; resolves with its exit code. Signals are passed on. */
export function runPinned(args, options = {}) {
  const child = spawn(pinnedNode(), args, { stdio: 'inherit', cwd: root, ...options });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code, signal) => resolve(code ?? (signal === 'SIGINT' ? 130 : 143)));
  });
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [script, ...args] = process.argv.slice(2);
  if (!script) throw new Error('usage: node main/launch/node.mjs SCRIPT [ARG ...]');
  process.exitCode = await runPinned([script, ...args]);
}
