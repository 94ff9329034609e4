import type { Rhythm } from '../../../contract/snapshot-schedule.ts';

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;

/** Milliseconds between two runs; a day of 25 hours is told as one of 24. Pure. */
export const periodOf = (rhythm: Rhythm): number =>
  rhythm.every === 'hours' ? rhythm.hours * hourMs : rhythm.every === 'day' ? dayMs : 7 * dayMs;

/** That time of the day, in the computer's zone. A time that a change to summer leaves out is an hour later; one that comes twice is the first. */
function atClock(day: Date, at: string, plusDays: number): Date {
  const [hours = 0, minutes = 0] = at.split(':').map(Number);
  return new Date(day.getFullYear(), day.getMonth(), day.getDate() + plusDays, hours, minutes);
}

/**
 * The first time of a schedule after a moment. `since`: when it was set; hours are counted from there. All are milliseconds of
 * the epoch. Pure.
 */
export function nextAfter(rhythm: Rhythm, since: number, after: number): number {
  if (rhythm.every === 'hours') {
    const period = periodOf(rhythm);
    return since + (Math.floor((after - since) / period) + 1) * period;
  }
  const day = new Date(after);
  const first = rhythm.every === 'day' ? 0 : (rhythm.day - day.getDay() + 7) % 7;
  const step = rhythm.every === 'day' ? 1 : 7;
  for (let plus = first; ; plus += step) {
    const time = atClock(day, rhythm.at, plus).getTime();
    if (time > after) return time;
  }
}

/** Milliseconds: what was to be done longer ago than that is not counted any more. */
const countedFor = 400 * dayMs;

/** How many times of a schedule lie in (after, now], and the last of them. Pure. */
export function timesBetween(
  rhythm: Rhythm,
  since: number,
  after: number,
  now: number,
): { count: number; last: number } | undefined {
  let last: number | undefined;
  let count = 0;
  for (let at = Math.max(after, now - countedFor); (at = nextAfter(rhythm, since, at)) <= now; count += 1) last = at;
  return last === undefined ? undefined : { count, last };
}
