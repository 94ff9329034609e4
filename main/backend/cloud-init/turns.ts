/** So many at a time; the others wait in the order they came. */
export interface Turns {
  /** Resolves with the function that gives the place back (once). Rejects with the signal's reason when it is called off. */
  take(signal: AbortSignal): Promise<() => void>;
  /** How many wait. */
  readonly waiting: number;
}

export function createTurns(width: number): Turns {
  let free = width;
  const queue = new Set<() => void>();
  const placeOnce = (): (() => void) => {
    let left = false;
    return () => {
      if (left) return;
      left = true;
      const [next] = queue;
      if (next) {
        queue.delete(next);
        next();
      } else free += 1;
    };
  };
  return {
    async take(signal) {
      signal.throwIfAborted();
      if (free > 0) {
        free -= 1;
        return placeOnce();
      }
      return new Promise((resolve, reject) => {
        const called = (): void => {
          queue.delete(begin);
          reject(signal.reason as Error);
        };
        const begin = (): void => {
          signal.removeEventListener('abort', called);
          resolve(placeOnce());
        };
        signal.addEventListener('abort', called, { once: true });
        queue.add(begin);
      });
    },
    get waiting() {
      return queue.size;
    },
  };
}
