/**
 * Values handed over one by one to one reader. It never drops and never grows on its own: whoever pushes is bounded by credit.
 * `taken` is called for each value the reader got, which is where new credit comes from.
 */
export interface Queue<T> extends AsyncIterable<T> {
  push(value: T): void;
  /** No more values: the reader gets what is left, then the end (or the error). */
  end(error?: Error): void;
}

export function createQueue<T>(options: { taken?: (value: T) => void; returned?: () => void } = {}): Queue<T> {
  const values: T[] = [];
  let ended = false;
  let failure: Error | undefined;
  let wake: (() => void) | undefined;
  const signal = (): void => {
    wake?.();
    wake = undefined;
  };
  async function next(): Promise<IteratorResult<T, undefined>> {
    for (;;) {
      if (values.length > 0) {
        const value = values.shift() as T;
        options.taken?.(value);
        return { done: false, value };
      }
      if (ended) {
        const error = failure;
        failure = undefined; // thrown once; afterwards the end
        if (error) throw error;
        return { done: true, value: undefined };
      }
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
  }
  return {
    push(value) {
      if (ended) return;
      values.push(value);
      signal();
    },
    end(error) {
      if (ended) return;
      ended = true;
      failure = error;
      signal();
    },
    [Symbol.asyncIterator]: () => ({
      next,
      async return() {
        values.length = 0;
        if (!ended) options.returned?.();
        ended = true;
        signal();
        return { done: true, value: undefined };
      },
    }),
  };
}
