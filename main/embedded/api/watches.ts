import type { ServerResponse } from 'node:http';
import type { Stored } from '../kube/object.ts';
import type { ResourceType } from '../kube/resources.ts';
import { apiVersionOf } from '../kube/resources.ts';
import { StatusError } from '../kube/status-error.ts';
import type { ObjectStore } from '../store/object-store.ts';
import type { WatchEvent } from '../store/store.ts';
import { statusJson } from './http.ts';
import { jsonOf } from './json.ts';
import { checkRevision } from './lists.ts';
import type { Selector } from './selectors.ts';
import { selectorOf } from './selectors.ts';

/** Milliseconds between bookmarks. */
const bookmarkEvery = 10_000;
/** Seconds a watch lasts where the client names no end: 30 to 60 minutes, as in Kubernetes. */
const defaultSeconds = (): number => 1800 + Math.floor(Math.random() * 1800);
/** A watcher that lets this many bytes pile up is cut off; it comes back with its resourceVersion. */
const maxBacklog = 64 * 1024 * 1024;

/** How a watch writes one object: as it is, or as a Table. */
export type Render = (object: Stored, first: boolean) => string;

interface Watch {
  store: ObjectStore;
  type: ResourceType;
  namespace: string | undefined;
  name: string | undefined;
  query: URLSearchParams;
  render?: Render | undefined;
  signal: AbortSignal;
}

/** Serves a watch until its time is over, the client leaves, or the engine ends. */
export const serveWatch = (response: ServerResponse, watch: Watch): void => {
  const { store, type, query, signal } = watch;
  const start = checkRevision(store, query.get('resourceVersion'));
  const wantsInitial = query.get('sendInitialEvents') === 'true';
  const selects = scoped(selectorOf(query), watch);
  const seconds = Number(query.get('timeoutSeconds') ?? '') || defaultSeconds();
  const past = start && !wantsInitial ? store.since(type, start) : undefined;
  response.writeHead(200, { 'content-type': 'application/json', 'cache-control': 'no-cache, private' });
  response.flushHeaders();
  if (start && !wantsInitial && !past) {
    const gone = new StatusError(410, 'Expired', `too old resource version: ${start} (${store.oldestRevision})`);
    response.end(`${JSON.stringify({ type: 'ERROR', object: statusJson(gone) })}\n`);
    return;
  }
  const writer = new Writer(response, watch, selects);
  if (past) for (const event of past) writer.event(event);
  else if (start === undefined || start === 0 || wantsInitial) {
    for (const object of store.list(type, watch.namespace)) if (selects(object)) writer.write('ADDED', object);
  }
  const bookmarks = query.get('allowWatchBookmarks') === 'true';
  if (wantsInitial && bookmarks) writer.bookmark({ 'k8s.io/initial-events-end': 'true' });
  const unwatch = store.watch(type, (event) => writer.event(event));
  const timer = bookmarks ? setInterval(() => writer.bookmark(), bookmarkEvery) : undefined;
  const end = setTimeout(() => response.end(), Math.min(seconds, 86_400) * 1000);
  const stop = () => response.end();
  signal.addEventListener('abort', stop, { once: true });
  response.once('close', () => {
    unwatch();
    clearInterval(timer);
    clearTimeout(end);
    signal.removeEventListener('abort', stop);
  });
};

const scoped = (selects: Selector, { namespace, name }: Watch): Selector => {
  if (namespace === undefined && name === undefined) return selects;
  return (object) =>
    (namespace === undefined || object.metadata.namespace === namespace) &&
    (name === undefined || object.metadata.name === name) &&
    selects(object);
};

class Writer {
  private readonly response: ServerResponse;
  private readonly watch: Watch;
  private readonly selects: Selector;
  private first = true;
  constructor(response: ServerResponse, watch: Watch, selects: Selector) {
    this.response = response;
    this.watch = watch;
    this.selects = selects;
  }
  /** An object that begins or ceases to match a selector is ADDED or DELETED for this watcher. */
  event({ type, object, old }: WatchEvent): void {
    const now = this.selects(object);
    const before = old ? this.selects(old) : false;
    if (type === 'DELETED') {
      if (now || before) this.write('DELETED', object);
    } else if (now) this.write(before && type === 'MODIFIED' ? 'MODIFIED' : 'ADDED', object);
    else if (before) this.write('DELETED', object);
  }
  write(type: WatchEvent['type'], object: Stored): void {
    const text = this.watch.render ? this.watch.render(object, this.first) : jsonOf(object);
    this.first = false;
    this.line(`{"type":"${type}","object":${text}}\n`);
  }
  bookmark(annotations?: Record<string, string>): void {
    const { type, store, render } = this.watch;
    const metadata = {
      resourceVersion: store.resourceVersion,
      creationTimestamp: null,
      ...(annotations ? { annotations } : {}),
    };
    const table = { kind: 'Table', apiVersion: 'meta.k8s.io/v1', metadata: { resourceVersion: store.resourceVersion }, columnDefinitions: null, rows: [] }; // prettier-ignore
    const object = render ? table : { kind: type.kind, apiVersion: apiVersionOf(type), metadata };
    this.line(`${JSON.stringify({ type: 'BOOKMARK', object })}\n`);
  }
  private line(text: string): void {
    if (this.response.writableEnded || this.response.destroyed) return;
    this.response.write(text);
    if (this.response.writableLength > maxBacklog) this.response.destroy();
  }
}
