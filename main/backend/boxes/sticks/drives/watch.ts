import { setTimeout as pause } from 'node:timers/promises';
import type { StickDrive } from '../../../../contract/box/sticks.ts';
import { asProblem } from '../../../../contract/problem.ts';
import type { Problem } from '../../../../contract/problem.ts';
import { drivesOf } from './describe.ts';
import type { DrivePlatform } from './platform.ts';
import type { PolicyOptions } from './policy.ts';

/** Milliseconds between two looks: what is mounted is told by nobody. */
const everyMs = 2000;
/** Milliseconds after a drive came: its partitions come a moment later. */
const settleMs = 300;

export interface DrivesNow {
  drives: StickDrive[];
  problem?: Problem;
}

/** The drives now, and again whenever they are others than before; works only while somebody watches. */
export async function* watchDrives(
  platform: DrivePlatform,
  options: PolicyOptions,
  signal: AbortSignal,
): AsyncGenerator<DrivesNow> {
  let wake = Promise.withResolvers<void>();
  const over = new AbortController();
  const ended = AbortSignal.any([signal, over.signal]);
  // Without it (no udev in a container) looking now and then is all there is.
  platform.changes?.(ended, () => wake.resolve()).catch(() => undefined);
  let told = '';
  try {
    while (!signal.aborted) {
      const now = await look(platform, options, signal);
      const text = JSON.stringify(now);
      if (text !== told && !signal.aborted) yield now;
      told = text;
      const woken = await Promise.race([
        wake.promise.then(() => true),
        pause(everyMs, false, { signal }).catch(() => false),
      ]);
      if (!woken) continue;
      wake = Promise.withResolvers();
      await pause(settleMs, undefined, { signal }).catch(() => undefined);
    }
  } finally {
    over.abort();
  }
}

async function look(platform: DrivePlatform, options: PolicyOptions, signal: AbortSignal): Promise<DrivesNow> {
  try {
    return { drives: drivesOf(await platform.devices(signal), options) };
  } catch (error) {
    return { drives: [], problem: asProblem(error) };
  }
}
