import { createHash } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { screenshot } from '../console/screen.ts';
import type { Machine } from '../qemu/machine.ts';

/** What a guest has shown at one moment. */
export interface Signs {
  serialBytes: number;
  /** Hash of the screen; absent without one. */
  screen: string | undefined;
  diskReads: number;
}

/** Nothing on the serial port, the same picture, no disk read: the accelerator runs it, and nothing happens. Pure. */
export const lifeless = (early: Signs, late: Signs): boolean =>
  late.serialBytes === 0 && early.screen === late.screen && early.diskReads === late.diskReads;

async function signsOf(machine: Machine): Promise<Signs> {
  const stats = await machine.qmp.execute<{ stats: { rd_operations: number } }[]>('query-blockstats');
  const hasScreen = machine.record.argv.includes('-vnc');
  const picture = hasScreen ? await screenshot(machine.qmp, machine.files.screenshot) : undefined;
  return {
    serialBytes: machine.serial.received,
    screen: picture && createHash('sha256').update(picture).digest('hex'),
    diskReads: stats.reduce((sum, { stats: { rd_operations } }) => sum + rd_operations, 0),
  };
}

/**
 * Whether a machine under hardware acceleration showed no sign of life between its 10th and 20th second. Some computers
 * have an accelerator that opens, starts guests, and runs none of them.
 */
export async function showsNoLife(machine: Machine, signal: AbortSignal): Promise<boolean> {
  await delay(10_000, undefined, { ref: false, signal });
  const early = await signsOf(machine);
  await delay(10_000, undefined, { ref: false, signal });
  return !machine.paused && !machine.outcome && lifeless(early, await signsOf(machine));
}
