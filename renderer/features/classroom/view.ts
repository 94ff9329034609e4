import type { SeatRow } from '../../../main/contract/classroom.ts';
import type { Tone } from '../../ui/tone.ts';
import { byName } from '../../lib/format.ts';

/** Who waits for help the longest comes first, who is away last; else by name. Pure. */
export function inOrder(rows: readonly SeatRow[]): SeatRow[] {
  const rank = ({ now, state }: SeatRow): number => (now?.help ? (now.help.coming ? 1 : 0) : state === 'here' ? 2 : 3);
  return rows.toSorted(
    (a, b) =>
      rank(a) - rank(b) || (a.now?.help?.at ?? '').localeCompare(b.now?.help?.at ?? '') || byName(a.name, b.name),
  );
}
/** Four and four, as they are read out. Pure. */
export const shownCode = (digits: string): string => `${digits.slice(0, 4)} ${digits.slice(4)}`;

export type Mood = 'away' | 'idle' | 'working' | 'finished' | 'trouble';
export const moodOf = ({ state, now, problem }: SeatRow): Mood => {
  if (state === 'away') return 'away';
  if (problem || now?.lab?.state === 'failed') return 'trouble';
  if (!now?.lab) return 'idle';
  return now.lab.state === 'finished' ? 'finished' : 'working';
};
export const moodTone: Record<Mood, Tone> = { away: 'stopped', idle: 'note', working: 'running', finished: 'ok', trouble: 'error' }; // prettier-ignore
type Check = NonNullable<NonNullable<SeatRow['now']>['lab']>['checks'][number]['state'];
export const checkTone: Record<Check, Tone> = {
  waiting: 'stopped',
  passed: 'ok',
  failed: 'stopped',
  trouble: 'warning',
};
