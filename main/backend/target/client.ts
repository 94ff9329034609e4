import { Agent as HttpAgent, request as httpRequest } from 'node:http';
import type { IncomingMessage } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { isDeepStrictEqual } from 'node:util';
import type { KubeObject } from '../../contract/kube.ts';
import { acting, changes } from './acting.ts';
import type { Acting } from './acting.ts';
import type { Credentials } from './credentials.ts';
import { answerError, unreachable } from './kube-error.ts';
import { pathOf } from './kinds.ts';
import type { Kind } from './kinds.ts';
import { ListReader } from './list-stream.ts';
import { patiently } from './patience.ts';
import { eachChunk, readAll } from './read-body.ts';
import { secured } from './secured.ts';
import { slim } from './slim.ts';

export interface RequestSpec {
  query?: Record<string, string | number | boolean | undefined>;
  /** An object (sent as JSON), or bytes as they are. */
  body?: unknown;
  /** The object that `body` was made of: what is told of the request is the change. */
  was?: KubeObject;
  /** Bytes from a stream, instead of `body`. */
  stream?: Readable;
  contentType?: string;
  headers?: Record<string, string>;
  signal?: AbortSignal;
  /** Milliseconds until the headers of the answer must be there; 30 s unless told. */
  timeoutMs?: number;
}
export interface WriteOptions {
  dryRun?: boolean;
  signal?: AbortSignal;
  /** Owner of the fields that are written; `hearth` unless told. */
  fieldManager?: string;
}
export interface ListPage {
  items: KubeObject[];
  resourceVersion: string;
  next?: string;
}
export interface ListQuery {
  limit?: number;
  continue?: string;
  labelSelector?: string;
  fieldSelector?: string;
}
export type PatchType = 'merge' | 'json' | 'apply';
const patchTypes: Record<PatchType, string> = {
  merge: 'application/merge-patch+json',
  json: 'application/json-patch+json',
  apply: 'application/apply-patch+yaml',
};

/** A thin client of one API server. Every method throws KubeError. */
export interface KubeClient {
  readonly credentials: Credentials;
  /**
   * Goes on with other credentials: the engine was started anew and may listen elsewhere. What is under way is cut off
   * where it went to another server, or for another user or certificate; otherwise it ends in peace.
   */
  use(credentials: Credentials): void;
  /** The raw answer with a 2xx code, its body not read yet. */
  open(method: string, path: string, spec?: RequestSpec): Promise<IncomingMessage>;
  json<T>(method: string, path: string, spec?: RequestSpec): Promise<T>;
  bytes(method: string, path: string, spec?: RequestSpec): Promise<Buffer>;
  get(kind: Kind, namespace: string | undefined, name: string, signal?: AbortSignal): Promise<KubeObject>;
  /** One page. `apiVersion` and `kind` are filled in, managedFields taken out. */
  listPage(kind: Kind, namespace: string | undefined, query?: ListQuery, signal?: AbortSignal): Promise<ListPage>;
  /** The same, each item told as soon as it is there: a long page is never in memory as a whole. */
  readPage(
    kind: Kind,
    namespace: string | undefined,
    query: ListQuery,
    take: (item: KubeObject) => void,
    signal?: AbortSignal,
  ): Promise<Omit<ListPage, 'items'>>;
  list(kind: Kind, namespace?: string, labelSelector?: string): Promise<KubeObject[]>;
  /** Strict: unknown fields are refused. */
  create(kind: Kind, object: KubeObject, options?: WriteOptions): Promise<KubeObject>;
  /** `was` is the object as it was read: the commands show, and do again, what was changed of it. */
  replace(kind: Kind, was: KubeObject, object: KubeObject, options?: WriteOptions): Promise<KubeObject>;
  patch(
    kind: Kind,
    ref: { namespace?: string; name: string },
    patch: unknown,
    options?: WriteOptions & { type?: PatchType; subresource?: string },
  ): Promise<KubeObject>;
  delete(
    kind: Kind,
    ref: { namespace?: string; name: string },
    options?: {
      propagation?: 'Background' | 'Foreground' | 'Orphan';
      gracePeriodSeconds?: number;
      uid?: string;
      resourceVersion?: string | undefined;
    },
  ): Promise<void>;
  close(): void;
}

// Watches keep their connections for themselves, so there is no cap on them.
const agentFor = ({ server, tls }: Credentials): HttpAgent =>
  server.protocol === 'https:'
    ? new HttpsAgent({ keepAlive: true, ...secured(tls) })
    : new HttpAgent({ keepAlive: true });

export function createKubeClient(initial: Credentials): KubeClient {
  let credentials = initial;
  let agent = agentFor(initial);
  let agentTls = initial.tls;
  /** Agents of certificates that were replaced: what is under way on them ends in peace. */
  const former = new Set<HttpAgent>();
  const forget = (one: HttpAgent): void => {
    one.destroy();
    former.delete(one);
  };
  const replaceAgent = (): void => {
    for (const sockets of Object.values(agent.freeSockets)) for (const socket of sockets ?? []) socket.destroy();
    for (const one of former) if (Object.keys(one.sockets).length === 0) forget(one);
    former.add(agent);
    agent = agentFor(credentials);
    agentTls = credentials.tls;
  };
  const followTls = (): void => {
    if (credentials.tls !== agentTls) replaceAgent();
  };
  const closeAll = (): void => {
    for (const each of [agent, ...former]) forget(each);
  };

  /** Sends it, and tells whoever acts just now. */
  async function open(method: string, path: string, spec: RequestSpec = {}): Promise<IncomingMessage> {
    const who = acting.getStore();
    const changing = changes(method, path, spec.query);
    if (!who || !changing) return again(method, path, spec, method !== 'GET');
    const { query = {}, contentType, body, was } = spec;
    if (!who.admit || spec.stream) return told(who, method, path, spec);
    const write = { client, method, path, query, contentType, body, was };
    return who.admit(write, (admitted) => told(who, method, path, { ...spec, body: admitted }));
  }
  async function told(who: Acting, method: string, path: string, spec: RequestSpec): Promise<IncomingMessage> {
    const { query = {}, contentType, body, was } = spec;
    const request = { method, path, query, contentType, body, was, streamed: spec.stream !== undefined };
    try {
      const answer = await again(method, path, spec, true);
      who.sent(request);
      return answer;
    } catch (error) {
      who.sent({ ...request, error });
      throw error;
    }
  }
  /** Bytes of a stream can be sent only once. */
  const again = (method: string, path: string, spec: RequestSpec, changing: boolean): Promise<IncomingMessage> =>
    spec.stream
      ? send(method, path, spec)
      : patiently(() => send(method, path, spec), { changes: changing, signal: spec.signal });
  async function send(method: string, path: string, spec: RequestSpec): Promise<IncomingMessage> {
    const { server } = credentials;
    const secure = server.protocol === 'https:';
    const base = server.pathname.replace(/\/$/, '');
    const query = new URLSearchParams();
    for (const [name, value] of Object.entries(spec.query ?? {}))
      if (value !== undefined) query.set(name, String(value));
    const full = `${base}${path}${query.size > 0 ? `?${query.toString()}` : ''}`;
    const body =
      spec.body === undefined || spec.body instanceof Uint8Array ? spec.body : Buffer.from(JSON.stringify(spec.body));
    const headers: Record<string, string> = {
      accept: 'application/json',
      ...(await credentials.headers()),
      ...spec.headers,
    };
    if (body || spec.stream) headers['content-type'] = spec.contentType ?? 'application/json';
    if (body) headers['content-length'] = String((body as Uint8Array).length);
    followTls();
    const response = await new Promise<IncomingMessage>((resolve, reject) => {
      const request = (secure ? httpsRequest : httpRequest)(
        { host: server.hostname.replace(/^\[|\]$/g, ''), port: server.port || (secure ? 443 : 80), method, path: full, headers, agent,
          ...(spec.signal && { signal: spec.signal }) }, // prettier-ignore
      );
      const timer = setTimeout(
        () => request.destroy(Object.assign(new Error('no answer in time'), { code: 'ETIMEDOUT' })),
        spec.timeoutMs ?? 30_000,
      );
      request.on('response', (answer) => {
        clearTimeout(timer);
        resolve(answer);
      });
      request.on('error', (error) => {
        clearTimeout(timer);
        if (error.name === 'AbortError') reject(error);
        else reject(unreachable(server, `${method} ${path}`, error));
      });
      if (spec.stream) pipeline(spec.stream, request).catch((error: Error) => request.destroy(error));
      else request.end(body);
    });
    const code = response.statusCode ?? 0;
    if (code >= 200 && code < 300) return response;
    const text = (await readAll(response, server, `${method} ${path}`)).toString('utf8');
    throw answerError(code, text, `${method} ${path}`, response.headers['retry-after']);
  }
  const bytes: KubeClient['bytes'] = async (method, path, spec) =>
    readAll(await open(method, path, spec), credentials.server, `${method} ${path}`);
  async function json<T>(method: string, path: string, spec?: RequestSpec): Promise<T> {
    const data = await bytes(method, path, spec);
    return (data.length > 0 ? JSON.parse(data.toString('utf8')) : {}) as T;
  }
  const writeQuery = (options: WriteOptions = {}) => ({
    fieldManager: options.fieldManager ?? 'hearth',
    fieldValidation: 'Strict',
    dryRun: options.dryRun ? 'All' : undefined,
  });
  const withSignal = (signal: AbortSignal | undefined) => (signal ? { signal } : {});

  const readPage: KubeClient['readPage'] = async (kind, namespace, query, take, signal) => {
    const path = pathOf(kind, namespace);
    const response = await open('GET', path, { query: { ...query }, ...withSignal(signal) });
    const reader = new ListReader((item) => take(slim(item as KubeObject, kind)));
    await eachChunk(response, credentials.server, `GET ${path}`, (chunk) => reader.push(chunk));
    const { metadata } = reader.end() as { metadata: { resourceVersion: string; continue?: string } };
    return { resourceVersion: metadata.resourceVersion, ...(metadata.continue && { next: metadata.continue }) };
  };
  const listPage: KubeClient['listPage'] = async (kind, namespace, query = {}, signal) => {
    const items: KubeObject[] = [];
    const page = await readPage(kind, namespace, query, (item) => items.push(item), signal);
    return { ...page, items };
  };
  const client: KubeClient = {
    get credentials() {
      return credentials;
    },
    use(next) {
      // A new engine answers before its start is told: a request that already is with it must not be cut, done or not.
      const { server, user } = credentials;
      if (!isDeepStrictEqual([next.server.href, next.user, next.tls], [server.href, user, agentTls])) closeAll();
      credentials = next;
      replaceAgent();
    },
    open,
    json,
    bytes,
    get: async (kind, namespace, name, signal) =>
      slim(await json<KubeObject>('GET', pathOf(kind, namespace, name), withSignal(signal)), kind),
    readPage,
    listPage,
    async list(kind, namespace, labelSelector) {
      const items: KubeObject[] = [];
      for (let next: string | undefined, first = true; first || next; first = false) {
        const page = await listPage(kind, namespace, {
          limit: 500,
          ...(next && { continue: next }),
          ...(labelSelector && { labelSelector }),
        });
        items.push(...page.items);
        next = page.next;
      }
      return items;
    },
    create: async (kind, object, options) =>
      json('POST', pathOf(kind, object.metadata.namespace), {
        body: object,
        query: writeQuery(options),
        ...withSignal(options?.signal),
      }),
    replace: async (kind, was, object, options) =>
      json('PUT', pathOf(kind, object.metadata.namespace, object.metadata.name), {
        body: object,
        was,
        query: writeQuery(options),
        ...withSignal(options?.signal),
      }),
    patch: async (kind, ref, patch, options = {}) => {
      const type = options.type ?? 'merge';
      return json('PATCH', pathOf(kind, ref.namespace, ref.name, options.subresource), {
        body: patch,
        contentType: patchTypes[type],
        query: { ...writeQuery(options), ...(type === 'apply' && { force: true }) },
        ...withSignal(options.signal),
      });
    },
    async delete(kind, ref, options = {}) {
      await json('DELETE', pathOf(kind, ref.namespace, ref.name), {
        body: {
          apiVersion: 'v1',
          kind: 'DeleteOptions',
          propagationPolicy: options.propagation ?? 'Background',
          ...(options.gracePeriodSeconds !== undefined && { gracePeriodSeconds: options.gracePeriodSeconds }),
          ...(options.uid && { preconditions: { uid: options.uid, ...(options.resourceVersion && { resourceVersion: options.resourceVersion }) } }), // prettier-ignore
        },
      });
    },
    close: closeAll,
  };
  return client;
}
