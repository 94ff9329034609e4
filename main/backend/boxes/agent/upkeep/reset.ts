import { randomBytes } from 'node:crypto';
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { ProblemError } from '../../../../contract/problem.ts';
import { writeFileAtomic, writeJson } from '../../../json-file.ts';
import type { Log } from '../../../log.ts';
import { parseBoxFile } from '../disks/box-file.ts';
import type { BoxFile } from '../disks/box-file.ts';
import { writeBootenv } from './bootenv.ts';
import { syncFolder } from './esp.ts';
import type { Esp } from './esp.ts';
import type { Run } from './parts.ts';
import { runningSlot } from './running.ts';
import type { RunningSystem } from './running.ts';
import { bootenvPath } from './update.ts';

/**
 * Files on the start partition by which a reset is ordered. The boot script makes the data partition anew while the marker
 * is there and takes it away at the very end, so that a power cut only makes it begin again.
 */
export const resetMarker = 'hearth/reset.json';
/** Takes the place of `hearth/box.json` once the data is gone: the box is another one then. */
export const nextBox = 'hearth/box-next.json';

export interface ResetParts {
  run: Run;
  esp: Esp;
  running: RunningSystem;
  log: Log;
  now: () => Date;
  restart: () => Promise<void>;
  /** Milliseconds between the order and its execution, in which the answer reaches who asked. */
  pauseMs?: number;
}

/** What runs on the box and writes to its data; ended before the restart so that nothing holds it up. */
const writers = ['hearth.service', 'k3s.service', 'k3s-agent.service'];

/**
 * Orders that everything on the data partition is forgotten, and restarts. `wipe`: the whole partition is overwritten with
 * zeros before. Which system is started stays as it is. Resolves when the order is on the disk.
 */
export async function factoryReset(parts: ResetParts, wipe: boolean): Promise<{ finished: Promise<void> }> {
  const slot = runningSlot(parts.running);
  const esp = parts.esp.path;
  await parts.esp.writable(async () => {
    // A trial would be given up by a box that no longer knows of it.
    await writeBootenv(bootenvPath(esp), { keep: slot, tried: false });
    await writeJson(join(esp, nextBox), await newBox(esp, parts.now()));
    await writeFileAtomic(join(esp, resetMarker), markerText(wipe, parts.now()));
    await syncFolder(join(esp, 'hearth'));
  });
  return { finished: carryOut(parts) };
}

/** The boot script looks for `"wipe":true`. */
const markerText = (wipe: boolean, now: Date): string =>
  `${JSON.stringify({ version: 1, wipe, at: now.toISOString() })}\n`;

/** The same computer, installed by the same stick, as a new box. */
async function newBox(esp: string, now: Date): Promise<BoxFile> {
  const before = parseBoxFile(await readFile(join(esp, 'hearth/box.json'), 'utf8').catch(() => ''));
  if (!before)
    throw new ProblemError({
      code: 'reset-unknown-box',
      title: 'The box does not know itself',
      detail: 'hearth/box.json on its start partition is missing or damaged.',
      cause: 'It was removed or changed by hand, or the disk lost it.',
      fix: 'Install the box anew from a stick: that erases everything as well.',
    });
  return { ...before, boxId: randomBytes(16).toString('hex'), hostName: 'hearth', installedAt: now.toISOString() };
}

async function carryOut({ run, log, restart, pauseMs = 1500 }: ResetParts): Promise<void> {
  await new Promise((resolve) => {
    setTimeout(resolve, pauseMs);
  });
  for (const unit of writers) {
    const result = await run(['systemctl', 'stop', unit], { timeoutMs: 60_000 }).catch(() => undefined);
    if (result?.code !== 0) log.warn({ unit, stderr: result?.stderr.trim() }, 'a unit did not stop before the reset');
  }
  await restart();
}

/** Takes an order back that was not carried out; for an installer that makes the disk anew, and for tests. */
export const withdrawReset = async (esp: Esp): Promise<void> =>
  esp.writable(async () => {
    await rm(join(esp.path, resetMarker), { force: true });
    await rm(join(esp.path, nextBox), { force: true });
  });
