import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:https';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { WebSocketServer } from 'ws';
import type { WebSocket } from 'ws';
import type { KubeObject } from '../../../main/contract/kube.ts';
import type { Log } from '../../../main/backend/log.ts';
import { authority, certificate } from '../../support/cluster-doubles.ts';
import type { Pair } from '../../support/cluster-doubles.ts';
import { openCluster } from '../../../main/backend/provision/cluster/cluster.ts';
import type { Cluster, ClusterOptions } from '../../../main/backend/provision/cluster/cluster.ts';

export interface Call {
  method: string;
  /** With its query. */
  path: string;
  body: KubeObject;
}
/** What a script does with a request: an answer, a dropped connection, or nothing (the store answers). */
export type Reaction = { status: number; body: unknown } | 'drop' | undefined;

/** An API server that keeps what it is given and does besides what a test's script says. */
export interface ScriptedApi {
  readonly calls: Call[];
  /** By path, e.g. /api/v1/namespaces/default/pods/a */
  readonly store: Map<string, KubeObject>;
  /** Asked before the store, in the order given. */
  script(reaction: (call: Call) => Reaction): void;
  /** Serves a kind in discovery. */
  serve(apiVersion: string, kind: string, plural: string, namespaced: boolean): void;
  put(path: string, object: object): void;
  /** Called for every console that is opened. */
  console: (socket: WebSocket) => void;
  open(options?: Partial<ClusterOptions>): Promise<Cluster>;
  close(): Promise<void>;
}

const log: Log = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
  child: () => log,
};
export const status = (code: number, message: string, reason = ''): { status: number; body: unknown } => ({
  status: code,
  body: { kind: 'Status', apiVersion: 'v1', status: 'Failure', message, reason, code },
});

export interface ScriptedOptions {
  /** The serving certificate; one that fits unless given. */
  certificate?: (ca: Pair) => Promise<Pair>;
  /** What /cacerts answers: the authority of the kubeconfig unless given; null: there is no such path. */
  cacerts?: string | null;
}

export async function scriptedApi(options: ScriptedOptions = {}): Promise<ScriptedApi> {
  const ca = await authority('k3s-server-ca');
  const { cert, key } = await (options.certificate ?? ((by) => certificate(by, 300)))(ca);
  const calls: Call[] = [];
  const store = new Map<string, KubeObject>();
  const scripts: ((call: Call) => Reaction)[] = [];
  const served = new Map<string, { name: string; kind: string; namespaced: boolean }[]>();
  const folder = mkdtempSync(join(tmpdir(), 'hearth-cluster-'));
  const open: Cluster[] = [];
  const sockets = new WebSocketServer({ noServer: true });

  const answer = (call: Call): Reaction => {
    for (const script of scripts) {
      const reaction = script(call);
      if (reaction) return reaction;
    }
    const path = call.path.replace(/\?.*$/, '');
    if (path === '/cacerts' && options.cacerts !== null) return { status: 200, body: options.cacerts ?? ca.cert };
    const group = /^\/(?:api|apis\/[^/]+)\/([^/]+)$/.exec(path);
    if (call.method === 'GET' && group) {
      const resources = served.get(path);
      return resources ? { status: 200, body: { resources } } : status(404, 'the server could not find it', 'NotFound');
    }
    if (call.method === 'POST') {
      const key = `${path}/${call.body.metadata.name}`;
      if (store.has(key)) return status(409, `"${call.body.metadata.name}" already exists`, 'AlreadyExists');
      store.set(key, { ...call.body, metadata: { ...call.body.metadata, uid: `uid-${store.size}` } });
      return { status: 201, body: store.get(key) };
    }
    const found = store.get(path);
    if (call.method === 'PATCH') {
      const merged = {
        ...found,
        ...call.body,
        metadata: { ...found?.metadata, ...call.body.metadata },
      };
      store.set(path, merged);
      return { status: 200, body: merged };
    }
    if (call.method === 'DELETE') {
      if (!found) return status(404, 'not found', 'NotFound');
      store.delete(path);
      return { status: 200, body: {} };
    }
    if (found) return { status: 200, body: found };
    const plural = path.slice(path.lastIndexOf('/') + 1);
    const inside = path.slice(0, -plural.length);
    // A list of every namespace, or of one.
    const items = [...store].filter(
      ([key]) => key.startsWith(inside) && key.split('/').at(-2) === plural && key !== path,
    );
    if (items.length > 0 || /\/namespaces\/[^/]+\/[^/]+$|^\/api\/v1\/[^/]+$/.test(path))
      return { status: 200, body: { items: items.map(([, object]) => object), metadata: { resourceVersion: '1' } } };
    return status(404, 'not found', 'NotFound');
  };

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const text = Buffer.concat(chunks).toString('utf8');
    const call: Call = {
      method: request.method ?? '',
      path: request.url ?? '',
      body: (text ? JSON.parse(text) : {}) as KubeObject,
    };
    calls.push(call);
    const reaction = answer(call);
    if (reaction === 'drop' || reaction === undefined) {
      request.socket.destroy();
      return;
    }
    const plain = typeof reaction.body === 'string';
    response.writeHead(reaction.status, { 'content-type': plain ? 'text/plain' : 'application/json' });
    response.end(plain ? reaction.body : JSON.stringify(reaction.body));
  }
  const server = createServer({ cert, key }, (request, response) => {
    handle(request, response).catch((error: unknown) => response.destroy(error as Error));
  });
  server.on('upgrade', (request, socket, head) => {
    calls.push({ method: 'UPGRADE', path: request.url ?? '', body: {} as KubeObject });
    sockets.handleUpgrade(request, socket, head, (webSocket) => api.console(webSocket));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  const kubeconfig = join(folder, 'kubeconfig');
  writeFileSync(
    kubeconfig,
    JSON.stringify({
      'current-context': 'test',
      contexts: [{ name: 'test', context: { cluster: 'test', user: 'test' } }],
      clusters: [
        {
          name: 'test',
          cluster: {
            server: `https://127.0.0.1:${address.port}`,
            'certificate-authority-data': Buffer.from(ca.cert).toString('base64'),
          },
        },
      ],
      users: [{ name: 'test', user: { token: 'secret' } }],
    }),
  );
  const api: ScriptedApi = {
    calls,
    store,
    script: (reaction) => void scripts.push(reaction),
    serve(apiVersion, kind, plural, namespaced) {
      const path = apiVersion.includes('/') ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
      served.set(path, [...(served.get(path) ?? []), { name: plural, kind, namespaced }]);
    },
    put: (path, object) => {
      const name = path.slice(path.lastIndexOf('/') + 1);
      const namespace = /\/namespaces\/([^/]+)\/[^/]+\/[^/]+$/.exec(path)?.[1];
      const given = object as Partial<KubeObject>;
      const metadata = { name, ...(namespace && { namespace }), ...given.metadata };
      store.set(path, { apiVersion: 'v1', kind: 'Thing', ...given, metadata });
    },
    console: (socket) => socket.close(),
    async open(options = {}) {
      const cluster = await openCluster({
        kubeconfig,
        log,
        accelerator: 'tcg',
        // As fast as it goes: what is tested is the order of things, and that there is an end.
        pace: { firstMs: 1, mostMs: 5, limitMs: 3_000, lookMs: 5 },
        ...options,
      });
      open.push(cluster);
      return cluster;
    },
    async close() {
      for (const cluster of open) cluster.close();
      for (const socket of sockets.clients) socket.terminate();
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
      rmSync(folder, { recursive: true, force: true });
    },
  };
  api.serve('v1', 'Namespace', 'namespaces', false);
  api.serve('v1', 'ConfigMap', 'configmaps', true);
  api.serve('apps/v1', 'Deployment', 'deployments', true);
  api.serve('apiextensions.k8s.io/v1', 'CustomResourceDefinition', 'customresourcedefinitions', false);
  return api;
}
