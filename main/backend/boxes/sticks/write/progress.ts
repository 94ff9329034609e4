/** What a writer tells while it works. Bytes, bytes a second, seconds. */
export interface Progress {
  stage: 'check' | 'write' | 'verify' | 'full-check';
  done: number;
  total: number;
  rate: number;
  secondsLeft?: number | undefined;
  /** What the other side waits for. */
  bottleneck?: 'image' | 'drive' | undefined;
}

/** Milliseconds between two words about the same stage. */
const pauseMs = 250;
/** Milliseconds over which the rate is taken. */
const windowMs = 5000;

/** Turns counted bytes into rate and time left, often enough to be watched and seldom enough to be cheap. */
export function progressTeller(
  stage: Progress['stage'],
  total: number,
  tell: (progress: Progress) => void,
  now: () => number = () => performance.now(),
): { at(done: number, waited?: { image: number; drive: number }): void } {
  const marks: { at: number; done: number }[] = [{ at: now(), done: 0 }];
  let told = -Infinity;
  return {
    at(done, waited) {
      const at = now();
      if (at - told < pauseMs && done < total) return;
      told = at;
      marks.push({ at, done });
      while (marks.length > 2 && at - (marks[1]?.at ?? at) > windowMs) marks.shift();
      const first = marks[0] ?? { at, done };
      const rate = at > first.at ? ((done - first.done) * 1000) / (at - first.at) : 0;
      tell({
        stage,
        done,
        total,
        rate: Math.round(rate),
        ...(rate > 0 && { secondsLeft: Math.ceil((total - done) / rate) }),
        ...(waited && { bottleneck: waited.image > waited.drive ? 'image' : 'drive' }),
      });
    },
  };
}
