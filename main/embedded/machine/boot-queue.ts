/** So many machines boot at once; the others wait their turn. Boots are CPU bound, so the width is the number of cores. */
export class BootQueue {
  #free: number;
  readonly #waiting: (() => void)[] = [];

  constructor(width: number) {
    this.#free = Math.max(1, width);
  }

  /** Resolves with the function that gives the place back. Rejects when aborted. */
  async enter(signal: AbortSignal): Promise<() => void> {
    signal.throwIfAborted();
    if (this.#free > 0) this.#free -= 1;
    else {
      const turn = Promise.withResolvers<void>();
      this.#waiting.push(turn.resolve);
      const abort = () => {
        const place = this.#waiting.indexOf(turn.resolve);
        if (place < 0) return;
        this.#waiting.splice(place, 1);
        turn.reject(signal.reason as Error);
      };
      signal.addEventListener('abort', abort, { once: true });
      try {
        await turn.promise;
      } finally {
        signal.removeEventListener('abort', abort);
      }
    }
    let left = false;
    return () => {
      if (left) return;
      left = true;
      const next = this.#waiting.shift();
      if (next) next();
      else this.#free += 1;
    };
  }
}
