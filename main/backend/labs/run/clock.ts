/** Counts the seconds of work: it goes while somebody works, and never jumps with the clock of the computer. */
export interface WorkClock {
  go(): void;
  /** Seconds since it was last taken. */
  now(): number;
  /** The same, and begins anew. */
  take(): number;
  /** The same, and stands still. */
  stop(): number;
}

export function workClock(time: () => number = () => performance.now() / 1000): WorkClock {
  let since: number | undefined;
  let kept = 0;
  const now = (): number => kept + (since === undefined ? 0 : time() - since);
  return {
    go() {
      since ??= time();
    },
    now,
    take() {
      const seconds = now();
      kept = 0;
      if (since !== undefined) since = time();
      return seconds;
    },
    stop() {
      const seconds = now();
      kept = 0;
      since = undefined;
      return seconds;
    },
  };
}
