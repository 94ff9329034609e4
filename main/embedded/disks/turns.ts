/** Work on one key runs one after the other, in order; different keys run side by side. */
export class Turns {
  private readonly tails = new Map<string, Promise<unknown>>();

  run<T>(key: string, work: () => Promise<T>): Promise<T> {
    const before = this.tails.get(key) ?? Promise.resolve();
    const result = before.then(work, work);
    const tail = result.then(
      () => undefined,
      () => undefined,
    );
    this.tails.set(key, tail);
    void tail.finally(() => {
      if (this.tails.get(key) === tail) this.tails.delete(key);
    });
    return result;
  }

  /** Everything that is under way now has ended. */
  async idle(): Promise<void> {
    while (this.tails.size > 0) await Promise.all(this.tails.values());
  }
}

/** At most `width` pieces of work at a time. */
export class Lanes {
  private free: number;
  private readonly waiting: (() => void)[] = [];
  constructor(width: number) {
    this.free = width;
  }

  async run<T>(signal: AbortSignal, work: () => Promise<T>): Promise<T> {
    signal.throwIfAborted();
    if (this.free > 0) this.free -= 1;
    else
      await new Promise<void>((resolve, reject) => {
        const enter = (): void => {
          signal.removeEventListener('abort', leave);
          resolve();
        };
        const leave = (): void => {
          this.waiting.splice(this.waiting.indexOf(enter), 1);
          reject(signal.reason as Error);
        };
        this.waiting.push(enter);
        signal.addEventListener('abort', leave, { once: true });
      });
    try {
      signal.throwIfAborted();
      return await work();
    } finally {
      const next = this.waiting.shift();
      if (next) next();
      else this.free += 1;
    }
  }
}

/** Lets work sleep until something in the engine changed. */
export class Changes {
  private readonly sleepers = new Set<() => void>();

  /** Ask before looking at the state, await after: a change in between is not missed. Rejects when aborted. */
  next(signal: AbortSignal): Promise<void> {
    const woken = new Promise<void>((resolve, reject) => {
      const wake = (): void => {
        this.sleepers.delete(wake);
        signal.removeEventListener('abort', leave);
        resolve();
      };
      const leave = (): void => {
        this.sleepers.delete(wake);
        reject(signal.reason as Error);
      };
      if (signal.aborted) {
        leave();
        return;
      }
      this.sleepers.add(wake);
      signal.addEventListener('abort', leave, { once: true });
    });
    woken.catch(() => undefined); // not awaited when the look at the state was enough
    return woken;
  }

  notify(): void {
    for (const wake of this.sleepers) wake();
  }
}
