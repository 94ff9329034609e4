import { spawn } from 'node:child_process';
import { openSync, closeSync } from 'node:fs';
import { mkdir, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { askControl } from '../backend/control.ts';
import { dataPaths } from '../backend/paths.ts';
import { allocator } from '../contract/allocator.ts';
import { placeOfKind } from '../contract/opened-file.ts';
import { asProblem, ProblemError } from '../contract/problem.ts';
import { monotonic } from '../contract/monotonic.ts';

/** Milliseconds until a Hearth that was started must answer: a slow computer with many machines takes its time. */
const startLimitMs = 120_000;

/** A sign-in address of the Hearth of this data directory, which is started where it does not run, and stays. */
export async function signInAddress(dataDir: string): Promise<string> {
  const { control } = dataPaths(dataDir);
  try {
    return (await askControl(control, 'sign-in')).url;
  } catch (error) {
    if (asProblem(error).code !== 'not-running') throw error;
  }
  const running = await started(dataDir);
  for (const end = monotonic() + startLimitMs; ; await delay(200)) {
    try {
      return (await askControl(control, 'sign-in')).url;
    } catch (error) {
      const problem = asProblem(error);
      if (problem.code !== 'not-running') throw error;
      // Another one may have taken the data directory meanwhile: then that one answers.
      if (running.ended() || monotonic() > end) throw notStarted(running.log, error);
    }
  }
}

/** `hearth serve` in a session of its own: it outlives the terminal or the menu entry that asked for it. */
async function started(dataDir: string): Promise<{ ended: () => boolean; log: string }> {
  const { logs } = dataPaths(dataDir);
  await mkdir(logs, { recursive: true, mode: 0o700 });
  const log = join(logs, 'start.log');
  const file = openSync(log, 'w', 0o600);
  try {
    const child = spawn(
      process.execPath,
      [...process.execArgv, process.argv[1] ?? '', 'serve', '--data-dir', resolve(dataDir)],
      { detached: true, stdio: ['ignore', 'ignore', file], windowsHide: true, env: { ...process.env, ...allocator } }, // prettier-ignore
    );
    let over = false;
    child.once('exit', () => (over = true));
    child.once('error', () => (over = true));
    child.unref();
    return { ended: () => over, log };
  } finally {
    closeSync(file);
  }
}

const notStarted = (log: string, cause: unknown): ProblemError =>
  new ProblemError(
    {
      code: 'not-started',
      title: 'Hearth could not be started',
      detail: 'It ended or did not answer.',
      fix: `Its last words are in ${log}. \`hearth serve\` in a terminal shows them, too.`,
    },
    { cause },
  );

/** Where the pages show a file of this computer before anything is kept of it. Throws the Problems `file-missing`, `file-unknown`. */
export async function placeOfFile(file: string): Promise<string> {
  const path = resolve(file);
  const place = placeOfKind(path);
  if (place === undefined)
    throw new ProblemError({
      code: 'file-unknown',
      title: 'Hearth does not open such files',
      detail: `${path} is neither a lab (.hearthlab, .yaml) nor a machine (.hearth-vm).`,
      fix: 'Add an image of a disk on the page Images.',
    });
  const found = await stat(path).catch(() => undefined);
  if (!found?.isFile())
    throw new ProblemError({
      code: 'file-missing',
      title: 'The file is not there',
      detail: `${path} ${found ? 'is no file' : 'does not exist'}.`,
    });
  return place + Buffer.from(path).toString('base64url');
}

const openers: Partial<Record<NodeJS.Platform, readonly [string, ...string[]]>> = {
  darwin: ['open'],
  win32: ['rundll32', 'url.dll,FileProtocolHandler'],
};

/** Opens an address in the user's browser. False where there is no program for that. */
export function openInBrowser(address: string): Promise<boolean> {
  const [program, ...first] = openers[process.platform] ?? ['xdg-open'];
  return new Promise((answer) => {
    const child = spawn(program, [...first, address], { detached: true, stdio: 'ignore' });
    child.once('error', () => answer(false));
    child.once('spawn', () => {
      child.unref();
      answer(true);
    });
  });
}
