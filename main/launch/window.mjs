// Opens the window: Electron where its binary can be had, else the same pages in a Chromium --app window, else the address.
import { spawn } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { allocator } from './allocator.mjs';
import { fetchedElectron } from './electron.mjs';
import { pinnedNode, root } from './node.mjs';
import { browser, ensurePrograms } from './system-packages.mjs';

const hasDisplay = () => process.platform !== 'linux' || Boolean(process.env.DISPLAY || process.env.WAYLAND_DISPLAY);

/** Runs the backend and a window on it; ends when either ends. Resolves with the exit code. */
export async function openWindow(serveArgs, values) {
  if (!hasDisplay()) return serveAndTell(serveArgs, 'There is no display here.');
  const electron = fetchedElectron();
  if (electron) return runElectron(electron, values);
  if (!browser()) ensurePrograms(['chromium']);
  const program = browser();
  return program
    ? runBrowser(program, serveArgs)
    : serveAndTell(serveArgs, 'There is neither Electron nor a Chromium browser here.');
}

function runElectron(binary, values) {
  const env = { ...process.env, ...(values['data-dir'] ? { HEARTH_DATA_DIR: values['data-dir'] } : {}) };
  const child = spawn(binary, [root], { stdio: 'inherit', env });
  for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => child.kill(signal));
  return new Promise((resolve) => child.on('close', (code) => resolve(code ?? 1)));
}

/** Starts `hearth serve` and resolves with its first line, or undefined when it ended before. */
function serve(serveArgs) {
  const child = spawn(pinnedNode(), serveArgs, {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, ...allocator },
  });
  for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => child.kill('SIGTERM'));
  const ended = new Promise((resolve) => child.on('close', (code) => resolve(code ?? 1)));
  const ready = new Promise((resolve) => {
    createInterface({ input: child.stdout }).once('line', (line) => resolve(JSON.parse(line)));
    void ended.then(() => resolve(undefined));
  });
  return { child, ended, ready };
}

async function serveAndTell(serveArgs, why) {
  const { ended, ready } = serve(serveArgs);
  const answer = await ready;
  if (answer)
    console.log(`${why} Open this address in a browser on this computer:\n\n    ${answer.url}\n\nCtrl+C ends Hearth.`);
  return ended;
}

async function runBrowser(program, serveArgs) {
  const { child, ended, ready } = serve(serveArgs);
  const answer = await ready;
  if (!answer) return ended;
  const profile = join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'hearth', 'browser');
  mkdirSync(profile, { recursive: true, mode: 0o700 });
  // Chromium's own sandbox refuses to work for root; --test-type hides the bar that would say so over every page.
  const asRoot = process.getuid?.() === 0 ? ['--no-sandbox', '--test-type'] : [];
  const window = spawn(
    program,
    [`--app=${answer.url}`, `--user-data-dir=${profile}`, '--window-size=1280,800', '--no-first-run', '--no-default-browser-check',
      '--disable-background-networking', '--disable-component-update', '--disable-sync', ...asRoot],
    { stdio: 'ignore' },
  ); // prettier-ignore
  window.on('error', () =>
    console.error(`${program} could not be started. Open this address instead:\n\n    ${answer.url}\n`),
  );
  window.on('close', () => child.kill('SIGTERM'));
  const code = await ended;
  window.kill('SIGTERM');
  return code;
}
