import type { Api } from '../../main/contract/contract.ts';
import type { ListUpdate } from '../../main/contract/machine.ts';
import { asProblem } from '../../main/contract/problem.ts';
import type { Problem } from '../../main/contract/problem.ts';

/** loading: nothing came yet; live; stale: what is shown may be old; error: it failed and is being tried again. */
export interface LiveState<T> {
  readonly value: T | undefined;
  readonly state: 'loading' | 'live' | 'stale' | 'error';
  /** ISO 8601 since when it is stale. */
  readonly since: string | undefined;
  readonly problem: Problem | undefined;
}
export type Source<U> = (api: Api, signal: AbortSignal) => AsyncIterable<U>;
/** Folds one message into the value; what it returns besides the value changes the state. */
export type Fold<T, U> = (state: LiveState<T>, update: U) => LiveState<T>;

const lingerMs = 3_000;
const empty: LiveState<never> = { value: undefined, state: 'loading', since: undefined, problem: undefined };

/** Publishes at most once a frame; a hidden page has no frames, so a timer stands in. */
function nextFrame(run: () => void): void {
  if (typeof requestAnimationFrame === 'function' && !document.hidden) requestAnimationFrame(run);
  else setTimeout(run, 16);
}

/** One subscription shared by everyone who looks at it: opened by the first, closed a little after the last. */
export class LiveStore<T, U> {
  #state: LiveState<T> = empty;
  #next: LiveState<T> = empty;
  #listeners = new Set<() => void>();
  #abort: AbortController | undefined;
  #linger: ReturnType<typeof setTimeout> | undefined;
  #scheduled = false;
  #api: Api;
  #source: Source<U>;
  #fold: Fold<T, U>;

  constructor(api: Api, source: Source<U>, fold: Fold<T, U>) {
    this.#api = api;
    this.#source = source;
    this.#fold = fold;
  }

  readonly get = (): LiveState<T> => this.#state;
  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    clearTimeout(this.#linger);
    if (!this.#abort) void this.#run((this.#abort = new AbortController()));
    return () => {
      this.#listeners.delete(listener);
      if (this.#listeners.size > 0) return;
      // Going from one page to the next must not close and open the same watch.
      this.#linger = setTimeout(() => {
        this.#abort?.abort();
        this.#abort = undefined;
      }, lingerMs);
    };
  };

  /** Forgets the value, and subscribes anew where anyone looks. */
  reset(): void {
    this.#abort?.abort();
    this.#abort = undefined;
    this.#commit(empty);
    if (this.#listeners.size > 0) void this.#run((this.#abort = new AbortController()));
  }

  async #run(abort: AbortController): Promise<void> {
    const { signal } = abort;
    for (let pause = 1_000; !signal.aborted; pause = Math.min(pause * 2, 15_000)) {
      try {
        for await (const update of this.#source(this.#api, signal)) {
          if (signal.aborted) return;
          pause = 1_000;
          this.#commit(this.#fold(this.#next, update));
        }
        if (signal.aborted) return;
      } catch (error) {
        if (signal.aborted) return;
        this.#commit({ ...this.#next, state: 'error', problem: asProblem(error) });
      }
      await sleep(pause, signal);
    }
  }

  #commit(next: LiveState<T>): void {
    this.#next = next;
    if (this.#scheduled) return;
    this.#scheduled = true;
    nextFrame(() => {
      this.#scheduled = false;
      this.#state = this.#next;
      for (const listener of this.#listeners) listener();
    });
  }
}

function sleep(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    signal.addEventListener('abort', () => {
      clearTimeout(timer);
      resolve();
    });
  });
}

/** For streams whose every message is the whole value. */
export function replace<T>(_state: LiveState<T>, value: T): LiveState<T> {
  return { value, state: 'live', since: undefined, problem: undefined };
}

/** For lists: a snapshot, then changes by key. Rows stay when the list goes stale. */
export function foldList<T>(keyOf: (row: T) => string): Fold<ReadonlyMap<string, T>, ListUpdate<T>> {
  return (state, update) => {
    switch (update.type) {
      case 'snapshot': {
        const rows = new Map(update.items.map((row) => [keyOf(row), row]));
        return { value: rows, state: 'live', since: undefined, problem: undefined };
      }
      case 'delta': {
        const rows = new Map(state.value);
        for (const key of update.removed) rows.delete(key);
        for (const row of update.upserted) rows.set(keyOf(row), row);
        return { ...state, value: rows };
      }
      case 'stale':
        return { ...state, state: 'stale', since: update.since, problem: update.problem };
      case 'live':
        return { ...state, state: 'live', since: undefined, problem: undefined };
      case 'reset':
        return empty;
    }
  };
}
