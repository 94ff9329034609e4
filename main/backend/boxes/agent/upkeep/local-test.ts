import { open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { ProblemError } from '../../../../contract/problem.ts';
import type { Run } from './parts.ts';
import { unitStates } from './units.ts';

export interface LocalTestParts {
  run: Run;
  /** Units without which a box is none. */
  units: readonly string[];
  /** Units that may be off, but not failed. */
  optional: readonly string[];
  /** Folders on the data partition that have to take writes. */
  writable: readonly string[];
  /** ISO 8601, when the running system was built: the clock cannot be before it. */
  builtAt?: string;
  now: () => Date;
}

/** Whether this system is fit to be kept. Throws the Problem `trial-unhealthy`, which tells everything that is wrong. */
export async function testLocally(parts: LocalTestParts): Promise<void> {
  const wrong: string[] = [];
  const states = await unitStates(parts.run, [...parts.units, ...parts.optional]);
  for (const { unit, active, load } of states) {
    const needed = parts.units.includes(unit);
    if (active === 'failed') wrong.push(`${unit} failed.`);
    else if (needed && (load === 'not-found' || active !== 'active')) wrong.push(`${unit} is ${load === 'not-found' ? 'missing' : active}.`); // prettier-ignore
  }
  for (const folder of parts.writable) {
    const why = await cannotWrite(folder);
    if (why) wrong.push(`${folder} cannot be written to: ${why}.`);
  }
  // A day for time zones and clocks that were set by hand.
  if (parts.builtAt !== undefined && parts.now().getTime() < Date.parse(parts.builtAt) - 86_400_000)
    wrong.push(`The clock says ${parts.now().toISOString().slice(0, 10)}, which is before this version was made.`);
  if (wrong.length === 0) return;
  throw new ProblemError({
    code: 'trial-unhealthy',
    title: 'The new version is not healthy',
    detail: wrong.join(' '),
    cause: 'Something in it does not work on this box.',
    fix: 'It goes back to the version before by itself. Save the logs and tell us.',
    output: wrong,
  });
}

async function cannotWrite(folder: string): Promise<string | undefined> {
  const path = join(folder, `.hearth-write-${process.pid}`);
  try {
    const file = await open(path, 'w', 0o600);
    try {
      await file.writeFile('written\n');
      await file.sync();
    } finally {
      await file.close();
    }
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  } finally {
    await rm(path, { force: true }).catch(() => undefined);
  }
}
