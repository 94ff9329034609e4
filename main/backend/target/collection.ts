import type { KubeObject } from '../../contract/kube.ts';
import type { Log } from '../log.ts';
import type { KubeClient } from './client.ts';
import type { KubeError } from './kube-error.ts';
import { keyOf, kinds } from './kinds.ts';
import type { Kind } from './kinds.ts';
import { pause } from './live-list.ts';
import { createPacking } from './packing.ts';
import type { Packed } from './packing.ts';
import { pick } from './pick.ts';
import { createSharing } from './sharing.ts';
import type { Sharing } from './sharing.ts';
import { slimEvent } from './slim.ts';
import { listAndWatch } from './watch.ts';

/** All objects of a kind (of one namespace, or of all), kept current by one list + watch. */
export interface Collection {
  /** As it is now. Made from what is kept: two answers are equal, and not always one. */
  get(namespace: string | undefined, name: string): KubeObject | undefined;
  /** One after the other is made when it is asked for: who goes over thousands should not gather them. */
  values(): IterableIterator<KubeObject>;
  /** Whether the list was complete once. */
  readonly synced: boolean;
  /** Set while the target does not answer; the objects stay. */
  readonly lost: KubeError | undefined;
  /** Resolves when the first list is complete. Rejects with KubeError when the target refuses it, AbortError on abort. */
  whenSynced(signal?: AbortSignal): Promise<void>;
}
export interface CollectionListener {
  /**
   * `object` is undefined when it is gone, `before` when it was not there. Parts of both that read the same are one, so that
   * `object.spec !== before.spec` tells whether there is anything new in it.
   */
  changed?(key: string, object: KubeObject | undefined, before: KubeObject | undefined): void;
  /** synced, lost or live again: read the collection's fields. */
  state?(): void;
}
export interface Cache {
  /** Joins (or starts) the one watch of this kind and namespace. `release` must be called once. The listener first gets what is there. */
  use(kind: Kind, namespace?: string, listener?: CollectionListener): Collection & { release(): void };
  /** The target is there again: watches that wait for their next try go on at once. */
  retry(): void;
  close(): void;
}

/** Objects that are kept as they are for a moment: whoever is told of one looks at it again. */
const recent = 64;
/** Milliseconds that an unused watch is kept, so that going from page to page does not list anew. */
const linger = 30_000;

export function createCache(client: KubeClient, log: Log): Cache {
  const open = new Map<string, ReturnType<typeof createShared>>();
  const sharing = createSharing();
  // Here, where nothing but the id is kept with it: what the last user had is not held for as long as the watch lingers.
  /** What a new object of this kind has much in common with: an instance with its machine's template, and the other way round. */
  const alikeTo =
    (kind: Kind, namespace: string | undefined) =>
    (key: string): Partial<KubeObject> | undefined => {
      const other = kind === kinds.virtualMachines ? kinds.virtualMachineInstances : kinds.virtualMachines;
      if (other === kinds.virtualMachines && kind !== kinds.virtualMachineInstances) return undefined;
      const found = open.get(idOf(other, namespace))?.collection.get(undefined, key);
      if (!found) return undefined;
      const { metadata, spec } = found;
      return other === kinds.virtualMachineInstances
        ? { metadata, spec: { template: { spec } } }
        : { metadata, spec: (pick(spec, 'template', 'spec') ?? {}) as Record<string, unknown> };
    };
  const forget = (id: string) => (): void => void open.delete(id);
  return {
    use(kind, namespace, listener = {}) {
      const id = idOf(kind, namespace);
      let shared = open.get(id);
      if (!shared) {
        shared = createShared(client, kind, namespace, sharing, log, alikeTo(kind, namespace));
        open.set(id, shared);
      }
      const mine = shared;
      mine.join(listener);
      let released = false;
      // Object.create: each user has an own `release` on the one shared collection.
      return Object.assign(Object.create(mine.collection) as Collection, {
        release() {
          if (released) return;
          released = true;
          mine.leave(listener, forget(id));
        },
      });
    },
    retry() {
      for (const shared of open.values()) shared.retry();
    },
    close() {
      for (const shared of open.values()) shared.stop();
      open.clear();
    },
  };
}

const idOf = (kind: Kind, namespace: string | undefined): string => `${kind.group}/${kind.plural}/${namespace ?? ''}`;
/** The same text, not as a rope of its parts: of what is kept by the ten thousand, ropes are half. */
const flat = (key: string): string => key.split('/').join('/');

function createShared(
  client: KubeClient,
  kind: Kind,
  namespace: string | undefined,
  sharing: Sharing,
  log: Log,
  alikeTo: (key: string) => Partial<KubeObject> | undefined,
) {
  const objects = new Map<string, Packed>();
  const packing = createPacking();
  const fresh = new Map<string, KubeObject>();
  const remember = (key: string, object: KubeObject): KubeObject => {
    if (fresh.size >= recent) fresh.clear();
    fresh.set(key, object);
    return object;
  };
  const get = (key: string): KubeObject | undefined => {
    const packed = objects.get(key);
    return packed && (fresh.get(key) ?? remember(key, packing.unpack(packed)));
  };
  const listeners = new Set<CollectionListener>();
  const stopped = new AbortController();
  let users = 0;
  let timer: NodeJS.Timeout | undefined;
  let synced = false;
  let lost: KubeError | undefined;
  let hope = new AbortController();
  const put = (key: string, object: KubeObject | undefined): void => {
    const before = get(key);
    if (object) {
      objects.set(before ? key : flat(key), packing.pack(object));
      remember(key, object);
    } else {
      objects.delete(key);
      fresh.delete(key);
    }
    for (const listener of listeners) listener.changed?.(key, object, before);
  };
  const state = (): void => {
    for (const listener of listeners) listener.state?.();
  };
  /** A list that is read anew brings everything again: only what is another version than the one we have is told. */
  const upsert = (object: KubeObject): void => {
    const key = keyOf(object);
    const had = get(key);
    const { uid, resourceVersion } = object.metadata;
    if (had && had.metadata.uid !== uid) put(key, undefined);
    else if (had && resourceVersion && had.metadata.resourceVersion === resourceVersion) return;
    put(key, sharing.object(kind.plural, kind === kinds.events ? slimEvent(object) : object, had ?? alikeTo(key)));
  };
  void listAndWatch(
    client,
    kind,
    namespace,
    {
      upsert,
      remove: (object) => put(keyOf(object), undefined),
      synced(seen) {
        for (const key of objects.keys()) if (!seen.has(key)) put(key, undefined);
        synced = true;
        state();
      },
      lost(error) {
        if (!lost) log.warn({ kind: kind.plural, namespace, err: error.problem }, 'watch lost');
        lost = error;
        state();
      },
      wait: (ms) => pause(ms, AbortSignal.any([stopped.signal, hope.signal])),
      live() {
        if (!lost) return;
        lost = undefined;
        state();
      },
    },
    stopped.signal,
  );
  const collection = {
    get: (ns: string | undefined, name: string) => get(ns ? `${ns}/${name}` : name),
    *values() {
      for (const packed of objects.values()) yield packing.unpack(packed);
    },
    get synced() {
      return synced;
    },
    get lost() {
      return lost;
    },
    whenSynced: (signal?: AbortSignal) =>
      new Promise<void>((resolve, reject) => {
        const abort = (): void => finish(() => reject(new DOMException('aborted', 'AbortError')));
        const finish = (end: () => void): void => {
          listeners.delete(listener);
          signal?.removeEventListener('abort', abort);
          end();
        };
        const listener = {
          state(): void {
            if (synced) finish(resolve);
            else if (lost) {
              const error = lost;
              finish(() => reject(error));
            }
          },
        };
        listeners.add(listener);
        signal?.addEventListener('abort', abort, { once: true });
        if (signal?.aborted) abort();
        else listener.state();
      }),
  };
  return {
    collection,
    join(listener: CollectionListener) {
      users += 1;
      clearTimeout(timer);
      listeners.add(listener);
      if (listener.changed) for (const key of objects.keys()) listener.changed(key, get(key), undefined);
      if (synced || lost) listener.state?.();
    },
    leave(listener: CollectionListener, gone: () => void) {
      users -= 1;
      listeners.delete(listener);
      if (users > 0) return;
      timer = setTimeout(() => {
        gone();
        stopped.abort();
      }, linger);
      timer.unref();
    },
    retry() {
      hope.abort();
      hope = new AbortController();
    },
    stop: () => {
      clearTimeout(timer);
      stopped.abort();
    },
  };
}
