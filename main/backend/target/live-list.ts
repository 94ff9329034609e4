import { isDeepStrictEqual } from 'node:util';
import type { ListUpdate } from '../../contract/machine.ts';
import type { Problem } from '../../contract/problem.ts';
import { monotonic } from '../../contract/monotonic.ts';

/** Milliseconds between two updates of one subscriber: ten a second are all an eye can use. */
const pace = 100;

/** Rows by key, told to any number of subscribers as a snapshot and then coalesced changes. */
export interface LiveList<Row> {
  /** A row that reads as before is told to nobody. */
  set(key: string, row: Row): void;
  delete(key: string): void;
  get(key: string): Row | undefined;
  values(): Row[];
  /** Nothing is shown before this: an empty list is not the same as one not loaded. */
  ready(): void;
  stale(problem: Problem): void;
  live(): void;
  watch(signal: AbortSignal): AsyncGenerator<ListUpdate<Row>>;
}

/** Each subscriber keeps only the keys that changed since it last asked: a slow page costs no memory and gets the newest state. */
export function createLiveList<Row>(): LiveList<Row> {
  const rows = new Map<string, Row>();
  const subscribers = new Set<{ changed: Set<string>; state: boolean; wake(): void }>();
  let loaded = false;
  let staleness: { since: string; problem: Problem } | undefined;
  const tell = (key?: string): void => {
    for (const subscriber of subscribers) {
      if (key === undefined) subscriber.state = true;
      else subscriber.changed.add(key);
      subscriber.wake();
    }
  };
  return {
    set(key, row) {
      if (rows.has(key) && isDeepStrictEqual(rows.get(key), row)) return;
      rows.set(key, row);
      tell(key);
    },
    delete(key) {
      if (rows.delete(key)) tell(key);
    },
    get: (key) => rows.get(key),
    values: () => [...rows.values()],
    ready() {
      if (loaded) return;
      loaded = true;
      tell();
    },
    stale(problem) {
      if (staleness) return;
      staleness = { since: new Date().toISOString(), problem };
      tell();
    },
    live() {
      if (!staleness) return;
      staleness = undefined;
      tell();
    },
    async *watch(signal) {
      let wake: (() => void) | undefined;
      const me = { changed: new Set<string>(), state: true, wake: () => wake?.() };
      const woken = (): Promise<void> =>
        new Promise((resolve) => {
          wake = resolve;
        });
      const stop = (): void => wake?.();
      signal.addEventListener('abort', stop);
      subscribers.add(me);
      let told = 0;
      let shown = false;
      let wasStale = false;
      try {
        while (!signal.aborted) {
          if (!shown && loaded) {
            shown = true;
            me.changed.clear();
            told = monotonic();
            yield { type: 'snapshot', items: [...rows.values()] };
          } else if (me.state) {
            me.state = false;
            const toldStale = wasStale;
            wasStale = staleness !== undefined;
            if (staleness) yield { type: 'stale', ...staleness };
            else if (toldStale) yield { type: 'live' };
          } else if (shown && me.changed.size > 0) {
            const wait = told + pace - monotonic();
            if (wait > 0) await pause(wait, signal);
            const keys = [...me.changed];
            me.changed.clear();
            told = monotonic();
            const upserted = keys.filter((key) => rows.has(key)).map((key) => rows.get(key) as Row);
            yield { type: 'delta', upserted, removed: keys.filter((key) => !rows.has(key)) };
          } else await woken();
        }
      } finally {
        subscribers.delete(me);
        signal.removeEventListener('abort', stop);
      }
    },
  };
}

/** Resolves after `ms`, or at once when aborted; never rejects. */
export function pause(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal?.aborted) return resolve();
    const done = (): void => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    signal?.addEventListener('abort', done, { once: true });
  });
}
