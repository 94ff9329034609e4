import type { BoxHealth } from '../../../../contract/box/upkeep.ts';
import { diskHealth } from './disks.ts';
import { findingsOf } from './findings.ts';
import type { Run } from './parts.ts';
import { readFilesystems, readLoad, readTemperatures } from './readings.ts';
import type { WatchedPath } from './readings.ts';
import { failedUnits } from './units.ts';

export interface HealthParts {
  run: Run;
  /** "/" on a box; `/proc` and `/sys` are read below it. */
  root: string;
  watched: readonly WatchedPath[];
  now: () => Date;
}

/** What of `timedatectl show` matters. Pure. */
export function parseClock(text: string): BoxHealth['clock'] {
  const field = (name: string): string => new RegExp(`^${name}=(.*)$`, 'm').exec(text)?.[1] ?? '';
  return { synchronised: field('NTPSynchronized') === 'yes', timeZone: field('Timezone') || 'UTC' };
}

async function readClock(run: Run): Promise<BoxHealth['clock']> {
  const { stdout } = await run(['timedatectl', 'show'], { timeoutMs: 10_000 });
  return parseClock(stdout);
}

/** How the box is, in numbers and in words. A program that is missing makes its part empty, nothing else. */
export async function readHealth({ run, root, watched, now }: HealthParts): Promise<BoxHealth> {
  const [load, temperatures, filesystems, disks, units, clock] = await Promise.all([
    readLoad(root),
    readTemperatures(root),
    readFilesystems(watched),
    diskHealth(run).catch(() => []),
    failedUnits(run).catch(() => []),
    readClock(run).catch(() => ({ synchronised: false, timeZone: 'UTC' })),
  ]);
  const facts = { ...load, temperatures, filesystems, disks, failedUnits: units, clock };
  return { ...facts, findings: findingsOf(facts), at: now().toISOString() };
}
