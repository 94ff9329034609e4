import type { Picture } from '../../contract/consoles.ts';
import type { ObjectRef } from '../../contract/machine-ref.ts';
import { asProblem } from '../../contract/problem.ts';
import { monotonic } from '../../contract/monotonic.ts';

/** Pictures under way at once: encoding one holds up the machine's own event loop, so never many. */
const parallel = 2;
/** A screen that did not change is looked at less often, up to so many times the asked pause. */
const laziest = 4;
/** Milliseconds that a picture may take before it is given up. */
const limitMs = 10_000;

export interface Pictures {
  /** Pictures of these machines until aborted: those that are known at once, then whatever changed. */
  watch(wanted: { machines: readonly ObjectRef[]; everyMs: number }, signal: AbortSignal): AsyncGenerator<Picture[]>;
  /** Machines started or stopped: look again what is due. */
  changed(): void;
  close(): void;
}
interface Shot {
  picture?: Picture;
  bytes?: Buffer;
  /** ms since 1970. */
  takenAt: number;
  /** Times in a row that nothing had changed. */
  same: number;
  busy: boolean;
}
interface Watcher {
  keys: ReadonlyMap<string, ObjectRef>;
  everyMs: number;
  news: Set<string>;
  wake(): void;
}

/**
 * One taker of pictures for all windows of a target: a machine that three windows show is asked once, nothing is asked
 * while nobody looks, and a slow window gets the newest picture instead of a queue of old ones.
 */
export function createPictures(source: {
  take: (ref: ObjectRef, signal: AbortSignal) => Promise<Buffer>;
  isRunning: (ref: ObjectRef) => boolean;
}): Pictures {
  const shots = new Map<string, Shot>();
  const watchers = new Set<Watcher>();
  const over = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  let running = 0;

  /** Every wanted machine that runs, and when its next picture is due. */
  function wanted(): { key: string; ref: ObjectRef; due: number }[] {
    const all = new Map<string, { key: string; ref: ObjectRef; due: number }>();
    for (const { keys, everyMs } of watchers)
      for (const [key, ref] of keys) {
        const shot = shots.get(key);
        if (shot?.busy || !source.isRunning(ref)) continue;
        const due = shot ? shot.takenAt + everyMs * Math.min(laziest, 1 + shot.same / 2) : 0;
        if (due < (all.get(key)?.due ?? Infinity)) all.set(key, { key, ref, due });
      }
    return [...all.values()].toSorted((a, b) => a.due - b.due);
  }
  function plan(): void {
    clearTimeout(timer);
    if (over.signal.aborted) return;
    for (const next of wanted()) {
      if (running >= parallel) return; // the end of one plans again
      const wait = next.due - monotonic();
      if (wait > 0) {
        timer = setTimeout(plan, wait);
        return;
      }
      void shoot(next.key, next.ref);
    }
  }
  async function shoot(key: string, ref: ObjectRef): Promise<void> {
    const shot = shots.get(key) ?? { takenAt: 0, same: 0, busy: false };
    shots.set(key, shot);
    shot.busy = true;
    running += 1;
    const at = new Date().toISOString();
    try {
      const bytes = await source.take(ref, AbortSignal.any([over.signal, AbortSignal.timeout(limitMs)]));
      const same = shot.bytes?.equals(bytes) === true && shot.picture?.problem === undefined;
      shot.same = same ? shot.same + 1 : 0;
      if (!same) {
        shot.bytes = bytes;
        tell(key, { namespace: ref.namespace, name: ref.name, png: bytes.toString('base64'), at });
      }
    } catch (error) {
      const { detail } = asProblem(error);
      const same = shot.picture?.problem === detail;
      shot.same = same ? shot.same + 1 : 0;
      if (!same && !over.signal.aborted) tell(key, { namespace: ref.namespace, name: ref.name, problem: detail, at });
    } finally {
      shot.busy = false;
      shot.takenAt = monotonic();
      running -= 1;
      plan();
    }
  }
  function tell(key: string, picture: Picture): void {
    const shot = shots.get(key);
    if (shot) shot.picture = picture;
    for (const watcher of watchers)
      if (watcher.keys.has(key)) {
        watcher.news.add(key);
        watcher.wake();
      }
  }
  /** Nobody's pictures are kept: the next one who looks gets a fresh one. */
  function sweep(): void {
    for (const [key, shot] of shots)
      if (!shot.busy && ![...watchers].some((watcher) => watcher.keys.has(key))) shots.delete(key);
  }
  return {
    async *watch({ machines, everyMs }, signal) {
      let wake = (): void => undefined;
      const keys = new Map(machines.map((ref) => [`${ref.namespace}/${ref.name}`, ref]));
      const watcher: Watcher = { keys, everyMs, news: new Set(keys.keys()), wake: () => wake() };
      watchers.add(watcher);
      const stop = (): void => wake();
      signal.addEventListener('abort', stop);
      plan();
      try {
        while (!signal.aborted && !over.signal.aborted) {
          const pictures = [...watcher.news].flatMap((key) => shots.get(key)?.picture ?? []);
          watcher.news.clear();
          if (pictures.length > 0) yield pictures;
          if (watcher.news.size === 0 && !signal.aborted && !over.signal.aborted)
            await new Promise<void>((resolve) => (wake = resolve));
        }
      } finally {
        signal.removeEventListener('abort', stop);
        watchers.delete(watcher);
        sweep();
        plan();
      }
    },
    changed: plan,
    close() {
      over.abort();
      clearTimeout(timer);
      for (const watcher of watchers) watcher.wake();
    },
  };
}
