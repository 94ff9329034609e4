import type { Cache, Collection } from './collection.ts';
import type { Kind } from './kinds.ts';
import { pause } from './live-list.ts';

/** What a drawing is made of. */
export interface Around {
  /** Joins a watch until the drawing ends. Draws anew when one of its objects (those that `about` keeps) or its state changes. */
  use: (kind: Kind, namespace?: string, about?: (key: string) => boolean) => Collection;
  /** Draws anew, for whatever changes outside of the watches. */
  touch: () => void;
}
export interface Drawing<T> {
  /** Nothing is drawn before this. */
  first?: Promise<unknown>;
  /** The whole as it is now; undefined where there is nothing to tell yet. What it throws ends the stream. */
  draw(): T | undefined | Promise<T | undefined>;
  /** Called once when the stream ends. */
  end?(): void;
}

/**
 * One value made of several watches: drawn at the beginning and anew whenever any of them changes, at most every `paceMs`
 * (100) milliseconds and, where `againMs` is given, at least that often. What reads as before is not told twice. Ends with
 * `signal`; the watches are released whichever way it ends.
 */
export async function* redraw<T>(
  cache: Pick<Cache, 'use'>,
  signal: AbortSignal,
  begin: (around: Around) => Drawing<T>,
  { paceMs = 100, againMs }: { paceMs?: number; againMs?: number } = {},
): AsyncGenerator<T> {
  let dirty = true;
  let wake: (() => void) | undefined;
  const touch = (): void => {
    dirty = true;
    wake?.();
  };
  const touched = (): Promise<void> => (dirty ? Promise.resolve() : new Promise((resolve) => (wake = resolve)));
  const used: { release(): void }[] = [];
  const use: Around['use'] = (kind, namespace, about = () => true) => {
    const joined = cache.use(kind, namespace, { changed: (key) => about(key) && touch(), state: touch });
    used.push(joined);
    return joined;
  };
  let drawing: Drawing<T> | undefined;
  signal.addEventListener('abort', touch);
  try {
    drawing = begin({ use, touch });
    await drawing.first;
    let last: string | undefined;
    while (!signal.aborted) {
      dirty = false;
      const value = await drawing.draw();
      const text = JSON.stringify(value);
      if (value !== undefined && text !== last) {
        last = text;
        yield value;
      }
      await (againMs === undefined ? touched() : within(touched, againMs, signal));
      await pause(paceMs, signal);
    }
  } finally {
    signal.removeEventListener('abort', touch);
    drawing?.end?.();
    for (const each of used) each.release();
  }
}

/** Waits for it, but not longer than `ms`. */
async function within(work: () => Promise<void>, ms: number, signal: AbortSignal): Promise<void> {
  const over = new AbortController();
  await Promise.race([work(), pause(ms, AbortSignal.any([signal, over.signal]))]);
  over.abort();
}
