import { labLevels } from '../../../../main/contract/labs/levels.ts';
import type { LabRow } from '../../../../main/contract/labs/run.ts';

/** todo: can be done and was not; done: has a result; here: can be started on this target. */
export type Show = 'all' | 'todo' | 'done' | 'here';
export interface Filter {
  query: string;
  level: string;
  show: Show;
}

/** Whether a lab cannot be started here as it is. */
export const isGated = (row: Pick<LabRow, 'missing' | 'problem'>): boolean =>
  row.missing.length > 0 || row.problem !== undefined;

export function fits(row: LabRow, { query, level, show }: Filter): boolean {
  if (level !== '' && row.level !== level) return false;
  if (show === 'todo' && (row.best !== undefined || isGated(row))) return false;
  if (show === 'done' && row.best === undefined) return false;
  if (show === 'here' && isGated(row)) return false;
  const words = query.toLowerCase().split(/\s+/).filter(Boolean);
  const text = [row.title, row.summary, row.name, row.level, ...row.tags].join(' ').toLowerCase();
  return words.every((word) => text.includes(word));
}

/** Levels that there are, easiest first; ones that only a later Hearth knows come last. */
export const levelsOf = (rows: readonly Pick<LabRow, 'level'>[]): string[] => {
  const rank = (level: string): number => (labLevels as readonly string[]).indexOf(level) + 1 || labLevels.length + 1;
  return [...new Set(rows.map((row) => row.level))].sort((a, b) => rank(a) - rank(b) || a.localeCompare(b));
};

/** The next one to do after this: the first in the library's order that has no result and can be started. */
export function nextAfter(rows: readonly LabRow[], name: string): LabRow | undefined {
  const at = rows.findIndex((row) => row.name === name);
  const others = [...rows.slice(at + 1), ...rows.slice(0, Math.max(0, at))];
  return others.find((row) => row.best === undefined && !isGated(row));
}
