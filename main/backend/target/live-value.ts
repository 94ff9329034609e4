/** One value that lives: the present one first, then each newer one (a slow reader skips to the newest). */
export interface LiveValue<T> {
  readonly value: T;
  set(value: T): void;
  watch(signal: AbortSignal): AsyncGenerator<T>;
}

export function createLiveValue<T>(initial: T): LiveValue<T> {
  let value = initial;
  let version = 0;
  const waiting: (() => void)[] = [];
  const wakeAll = (): void => {
    for (const wake of waiting.splice(0)) wake();
  };
  return {
    get value() {
      return value;
    },
    set(next) {
      value = next;
      version += 1;
      wakeAll();
    },
    async *watch(signal) {
      const stop = (): void => wakeAll();
      signal.addEventListener('abort', stop);
      let seen = -1;
      try {
        while (!signal.aborted) {
          if (seen === version) await new Promise<void>((resolve) => waiting.push(resolve));
          else {
            seen = version;
            yield value;
          }
        }
      } finally {
        signal.removeEventListener('abort', stop);
      }
    },
  };
}
