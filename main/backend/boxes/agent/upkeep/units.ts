import type { BoxHealth } from '../../../../contract/box/upkeep.ts';
import type { Run } from './parts.ts';
import { readJournal } from './journal.ts';

/** What systemd says of a unit. */
export interface UnitState {
  unit: string;
  /** loaded, not-found, masked ... */
  load: string;
  /** active, inactive, failed, activating ... */
  active: string;
  /** enabled, disabled, static ...; empty when systemd does not tell. */
  file: string;
}

/** The states of these units, in their order; one that systemd does not know has load `not-found`. */
export async function unitStates(run: Run, units: readonly string[]): Promise<UnitState[]> {
  const { stdout } = await run(
    ['systemctl', 'show', '--property=Id,LoadState,ActiveState,UnitFileState', '--', ...units],
    { timeoutMs: 15_000 },
  );
  const blocks = stdout.trim().split(/\n\s*\n/);
  return units.map((unit, index) => {
    const field = (name: string): string => new RegExp(`^${name}=(.*)$`, 'm').exec(blocks[index] ?? '')?.[1] ?? '';
    return {
      unit,
      load: field('LoadState') || 'not-found',
      active: field('ActiveState') || 'unknown',
      file: field('UnitFileState'),
    };
  });
}

const mostUnits = 20;

/** Units that failed, each with its last lines (secrets taken out). */
export async function failedUnits(run: Run): Promise<BoxHealth['failedUnits']> {
  const { stdout } = await run(['systemctl', 'list-units', '--state=failed', '--plain', '--no-legend', '--full'], {
    timeoutMs: 15_000,
  });
  const units = stdout
    .split('\n')
    .flatMap((line) => line.trim().split(/\s+/)[0] || [])
    .filter((unit) => /^[\w@:.\\-]+\.[a-z]+$/.test(unit))
    .slice(0, mostUnits);
  return Promise.all(
    units.map(async (unit) => {
      const { lines } = await readJournal(run, { lines: 12, unit, timeoutMs: 10_000 });
      return { unit, lines: lines.map(({ text }) => text) };
    }),
  );
}
