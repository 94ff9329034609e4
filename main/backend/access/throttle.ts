import { steadyNow } from '../steady-clock.ts';

/** How tries of one kind are slowed down: so many are free, then each waits twice as long as the one before. Milliseconds. */
export interface Pace {
  free: number;
  first: number;
  most: number;
}
/** Milliseconds without a wrong try after which it is forgotten. */
const forgetMs = 3_600_000;
/** Keys that are remembered at once; the oldest goes when there are more. */
const mostKeys = 8192;

/** Slows guessing down, key by key: an address, a name, a browser. */
export interface Throttle {
  /**
   * Counts a try under all of these keys, before it is known to be wrong: many at once are as slow as one after the other.
   * `wait`: milliseconds until the next, where it comes too soon; nothing is counted then.
   */
  begin(keys: readonly { key: string; pace: Pace }[]): { wait: number } | { right(): void };
}

export function createThrottle(now: () => number = steadyNow): Throttle {
  const kept = new Map<string, { wrong: number; at: number; until: number }>();
  const read = (key: string): { wrong: number; at: number; until: number } => {
    const found = kept.get(key);
    return found && now() - found.at < forgetMs ? found : { wrong: 0, at: 0, until: 0 };
  };
  const write = (key: string, pace: Pace, wrong: number): void => {
    kept.delete(key);
    if (wrong > 0) kept.set(key, { wrong, at: now(), until: now() + waitAfter(pace, wrong) });
    for (const oldest of kept.keys()) {
      if (kept.size <= mostKeys) break;
      kept.delete(oldest);
    }
  };
  return {
    begin(keys) {
      const wait = Math.max(0, ...keys.map(({ key }) => read(key).until - now()));
      if (wait > 0) return { wait };
      for (const { key, pace } of keys) write(key, pace, read(key).wrong + 1);
      return {
        // Only this try is taken back: whoever has a password of one's own does not guess others' the faster for it.
        right() {
          for (const { key, pace } of keys) write(key, pace, Math.max(0, read(key).wrong - 1));
        },
      };
    },
  };
}

/** Milliseconds to wait after so many wrong ones. Pure. */
export const waitAfter = ({ free, first, most }: Pace, wrong: number): number =>
  wrong <= free ? 0 : Math.min(most, first * 2 ** Math.min(30, wrong - free - 1));
