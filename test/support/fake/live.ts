import type { ListUpdate } from '../../../main/contract/machine.ts';
import type { Problem } from '../../../main/contract/problem.ts';

/** Values pushed to whoever listens, until they stop. */
export class Feed<T> {
  #listeners = new Set<(value: T) => void>();
  push(value: T): void {
    for (const listener of this.#listeners) listener(value);
  }
  async *listen(first: T[], signal?: AbortSignal): AsyncGenerator<T> {
    const queue = [...first];
    let wake = (): void => undefined;
    const listener = (value: T): void => {
      queue.push(value);
      wake();
    };
    this.#listeners.add(listener);
    signal?.addEventListener('abort', () => wake());
    try {
      while (!signal?.aborted) {
        const next = queue.shift();
        if (next !== undefined) yield next;
        else
          await new Promise<void>((resolve) => {
            wake = resolve;
          });
      }
    } finally {
      this.#listeners.delete(listener);
    }
  }
}

/** A list that lives, as the backend serves it. */
export class FakeList<T> {
  readonly rows = new Map<string, T>();
  readonly feed = new Feed<ListUpdate<T>>();
  #keyOf: (row: T) => string;
  constructor(keyOf: (row: T) => string, items: T[] = []) {
    this.#keyOf = keyOf;
    for (const item of items) this.rows.set(keyOf(item), item);
  }
  put(...rows: T[]): void {
    for (const row of rows) this.rows.set(this.#keyOf(row), row);
    this.feed.push({ type: 'delta', upserted: rows, removed: [] });
  }
  remove(key: string): void {
    this.rows.delete(key);
    this.feed.push({ type: 'delta', upserted: [], removed: [key] });
  }
  /** Another target is shown: its rows instead of these. */
  replace(items: T[]): void {
    this.rows.clear();
    for (const item of items) this.rows.set(this.#keyOf(item), item);
    this.feed.push({ type: 'reset' });
    this.feed.push({ type: 'snapshot', items });
  }
  stale(problem: Problem): void {
    this.feed.push({ type: 'stale', since: new Date(Date.now() - 95_000).toISOString(), problem });
  }
  watch(signal?: AbortSignal, keep: (row: T) => boolean = () => true): AsyncGenerator<ListUpdate<T>> {
    return this.feed.listen([{ type: 'snapshot', items: [...this.rows.values()].filter(keep) }], signal);
  }
}

/** One value that lives. */
export class FakeValue<T> {
  value: T;
  readonly feed = new Feed<T>();
  constructor(value: T) {
    this.value = value;
  }
  set(value: T): void {
    this.value = value;
    this.feed.push(value);
  }
  watch(signal?: AbortSignal): AsyncGenerator<T> {
    return this.feed.listen([this.value], signal);
  }
}

/** Ends early and silently when the caller stopped. */
export const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
