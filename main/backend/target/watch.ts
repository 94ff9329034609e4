import { createInterface } from 'node:readline';
import type { KubeObject } from '../../contract/kube.ts';
import { slim } from './slim.ts';
import type { KubeClient } from './client.ts';
import { answerError, isUnreachable, KubeError, unreachable } from './kube-error.ts';
import { keyOf, pathOf } from './kinds.ts';
import type { Kind } from './kinds.ts';

/** Where a list + watch tells what it sees. Called in order; `synced` after each complete list. */
export interface WatchSink {
  upsert(object: KubeObject): void;
  remove(object: KubeObject): void;
  /** The keys of a complete list: what is not in it is gone. */
  synced(seen: ReadonlySet<string>): void;
  lost(error: KubeError): void;
  live(): void;
  /** Waits before the next try; may end early when there is reason for hope. */
  wait(ms: number): Promise<void>;
}
interface Line {
  type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK' | 'ERROR';
  object: KubeObject & { code?: number; message?: string };
}

const pageSize = 500;
/** The server ends a watch after this; we resume from the last resourceVersion. */
const watchSeconds = 300;

/**
 * Lists in pages and then watches for as long as it is wanted: resumes after a clean end, lists anew after 410, and after
 * a failure waits 0.2 s to 10 s with jitter. All namespaces become the kubeconfig's own where only that one is allowed.
 * resourceVersions are opaque to it.
 */
export async function listAndWatch(
  client: KubeClient,
  kind: Kind,
  namespace: string | undefined,
  sink: WatchSink,
  signal: AbortSignal,
): Promise<void> {
  let version: string | undefined;
  let failures = 0;
  let place = namespace;
  while (!signal.aborted) {
    try {
      version ??= await listAll(client, kind, place, sink, signal);
      version = await watchOnce(client, kind, place, version, sink, signal, () => (failures = 0));
    } catch (error) {
      if (signal.aborted) return;
      if (error instanceof KubeError && error.code === 410) {
        version = undefined;
        continue;
      }
      // Who may not look everywhere may look where the kubeconfig puts them.
      if (error instanceof KubeError && error.code === 403 && kind.namespaced && place === undefined) {
        place = client.credentials.namespace ?? 'default';
        version = undefined;
        continue;
      }
      const known =
        error instanceof KubeError ? error : unreachable(client.credentials.server, `watch ${kind.plural}`, error);
      if (!isUnreachable(known)) version = undefined; // the server may be another one now
      if (failures > 0 || isUnreachable(known) || known.code >= 400) sink.lost(known);
      failures += 1;
      await sink.wait(Math.min(10_000, 200 * 2 ** Math.min(failures, 6)) * (0.5 + Math.random()));
    }
  }
}

async function listAll(
  client: KubeClient,
  kind: Kind,
  namespace: string | undefined,
  sink: WatchSink,
  signal: AbortSignal,
): Promise<string> {
  const seen = new Set<string>();
  let first: string | undefined;
  for (let next: string | undefined; ;) {
    const query = { limit: pageSize, ...(next && { continue: next }) };
    const take = (item: KubeObject): void => {
      seen.add(keyOf(item));
      sink.upsert(item);
    };
    const page = await client.readPage(kind, namespace, query, take, signal);
    // What changed while later pages were read is told by the watch from the first one on.
    first ??= page.resourceVersion;
    next = page.next;
    if (next) continue;
    sink.synced(seen);
    return first;
  }
}

async function watchOnce(
  client: KubeClient,
  kind: Kind,
  namespace: string | undefined,
  from: string,
  sink: WatchSink,
  signal: AbortSignal,
  answered: () => void,
): Promise<string> {
  let version = from;
  const path = pathOf(kind, namespace);
  const query = { watch: 1, resourceVersion: from, allowWatchBookmarks: true, timeoutSeconds: watchSeconds };
  const response = await client.open('GET', path, { query, signal });
  answered();
  sink.live();
  response.socket.setKeepAlive(true, 15_000);
  // A peer that vanished without a word leaves a connection that never ends.
  const overdue = setTimeout(
    () => response.destroy(new Error('the watch outlived its time')),
    (watchSeconds + 30) * 1000,
  );
  let failure: Error | undefined;
  response.on('error', (error) => (failure = error)); // readline does not pass it on
  const lines = createInterface({ input: response, crlfDelay: Infinity });
  lines.on('error', (error: Error) => (failure = error)); // else one that comes between two reads is uncaught
  try {
    for await (const line of lines) {
      if (line === '') continue;
      const { type, object } = JSON.parse(line) as Line;
      if (type === 'ERROR') throw answerError(object.code ?? 500, JSON.stringify(object), `GET ${path}?watch`);
      version = object.metadata.resourceVersion ?? version;
      if (type === 'DELETED') sink.remove(slim(object, kind));
      else if (type !== 'BOOKMARK') sink.upsert(slim(object, kind));
    }
    if (failure) throw unreachable(client.credentials.server, `GET ${path}?watch`, failure);
    return version;
  } finally {
    clearTimeout(overdue);
    lines.close();
    response.destroy();
  }
}
