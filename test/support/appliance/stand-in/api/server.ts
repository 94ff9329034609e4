import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:https';
import type { Server } from 'node:https';
import type { TLSSocket } from 'node:tls';
import { WebSocketServer } from 'ws';
import { encodeOpenApiV2 } from '../../../../../main/embedded/api/openapi/protobuf.ts';
import { StatusError } from '../../../../../main/embedded/kube/status-error.ts';
import { log } from '../log.ts';
import { mode } from '../mode.ts';
import type { Pki } from '../pki.ts';
import type { Resource, Store } from '../store.ts';
import { discovery } from './discovery.ts';
import { sendError, send } from './http.ts';
import { handleObject } from './objects.ts';
import { served } from './resources.ts';
import { special } from './special.ts';
import { openConsole } from './console.ts';

export interface ApiParts {
  readonly store: Store;
  readonly pki: Pki;
  /** e.g. v1.36.3+k3s1 */
  readonly version: string;
  /** Checks of /readyz that do not hold yet. */
  readonly unready: () => string[];
  /** What /v1-k3s/… answers; undefined: no such path. */
  readonly supervisor: (request: IncomingMessage, segments: string[]) => Promise<unknown>;
  /** Bearer tokens that are let in. */
  readonly tokens: () => string[];
}

const checks = [
  'ping', 'log', 'etcd', 'informer-sync', 'poststarthook/start-apiextensions-controllers', 'poststarthook/crd-informer-synced',
  'poststarthook/rbac/bootstrap-roles', 'poststarthook/bootstrap-controller', 'poststarthook/apiservice-registration-controller',
  'poststarthook/apiservice-discovery-controller', 'shutdown',
]; // prettier-ignore

/** The TLS port of the stand-in: what k3s answers there, and a Kubernetes API that takes any object. */
export function apiServer(parts: ApiParts): Server {
  const { pki } = parts;
  const server = createServer(
    { cert: pki.serving.cert + pki.serverCa.cert, key: pki.serving.key, ca: pki.clientCa.cert, requestCert: true, rejectUnauthorized: false },
    (request, response) => {
      handle(parts, request, response).catch((error: unknown) => {
        if (!(error instanceof StatusError)) log('error', `${request.method ?? ''} ${request.url ?? ''}: ${String((error as Error).stack ?? error)}`);
        sendError(response, error);
      });
    },
  ); // prettier-ignore
  const sockets = new WebSocketServer({ noServer: true, handleProtocols: (offered) => [...offered][0] ?? false });
  server.on('upgrade', (request, socket, head) => {
    const segments = segmentsOf(request);
    if (!isAdmin(parts, request) || segments.at(-1) !== 'console') {
      socket.end('HTTP/1.1 401 Unauthorized\r\nconnection: close\r\n\r\n');
      return;
    }
    sockets.handleUpgrade(request, socket, head, (opened) => openConsole(parts.store, segments, opened));
  });
  return server;
}

const segmentsOf = (request: IncomingMessage): string[] =>
  (request.url ?? '/').split('?')[0]?.split('/').filter(Boolean).map(decodeURIComponent) ?? []; // prettier-ignore
const isAdmin = (parts: ApiParts, request: IncomingMessage): boolean => {
  if ((request.socket as TLSSocket).authorized) return true;
  const [scheme, token] = (request.headers.authorization ?? '').split(' ');
  return scheme === 'Bearer' && token !== undefined && parts.tokens().includes(token);
};

async function handle(parts: ApiParts, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const segments = segmentsOf(request);
  const query = new URL(request.url ?? '/', 'https://stand-in').searchParams;
  const [root] = segments;
  if (root === 'cacerts') return send(response, 200, parts.pki.serverCa.cert, 'text/plain');
  if (root === 'ping') return send(response, 200, 'pong', 'text/plain');
  if (root === 'v1-k3s') {
    const answer = await parts.supervisor(request, segments.slice(1));
    if (answer === undefined) throw new StatusError(404, 'NotFound', 'the server could not find the requested resource');
    return send(response, 200, answer);
  }
  if (!isAdmin(parts, request)) throw new StatusError(401, 'Unauthorized', 'Unauthorized');
  if (root === 'version') return send(response, 200, versionOf(parts.version));
  if (root === 'livez' || root === 'healthz') return send(response, 200, 'ok', 'text/plain');
  if (root === 'readyz') return readyz(parts, response, query.has('verbose'));
  if (segments.join('/') === 'openapi/v2')
    return send(response, 200, encodeOpenApiV2(noKinds), 'application/com.github.proto-openapi.spec.v2.v1.0+protobuf');
  const resources = served(parts.store);
  if (request.method === 'GET') {
    const found = discovery(segments, resources);
    if (found) return send(response, 200, found);
  }
  const answered = await special({ store: parts.store, request, response, segments });
  if (answered) return;
  const route = routeOf(segments, resources);
  if (!route) throw new StatusError(404, 'NotFound', 'the server could not find the requested resource');
  await handleObject({ store: parts.store, request, response, query, ...route });
} // prettier-ignore

function readyz(parts: ApiParts, response: ServerResponse, verbose: boolean): void {
  const failing = [...parts.unready(), ...(mode().failingChecks ?? [])];
  const all = [...new Set([...checks, ...failing])];
  const lines = all.map((name) => (failing.includes(name) ? `[-]${name} failed: reason withheld` : `[+]${name} ok`));
  if (failing.length > 0) send(response, 500, `${lines.join('\n')}\nreadyz check failed\n`, 'text/plain');
  else send(response, 200, verbose ? `${lines.join('\n')}\nreadyz check passed\n` : 'ok', 'text/plain');
}

/** Describes no kind: kubectl then checks none. */
const noKinds = { swagger: '2.0', info: { title: 'stand-in', version: 'v1' }, paths: {}, definitions: {} };

const versionOf = (version: string): object => {
  const [, major, minor] = /^v(\d+)\.(\d+)/.exec(version) ?? [];
  return { major, minor, gitVersion: version, gitCommit: 'stand-in', gitTreeState: 'clean', buildDate: '2026-08-04T00:00:00Z', goVersion: 'go1.26.1', compiler: 'gc', platform: 'linux/amd64' }; // prettier-ignore
};

interface Route {
  resource: Resource;
  namespace?: string | undefined;
  name?: string | undefined;
  subresource?: string | undefined;
}
function routeOf(segments: readonly string[], resources: readonly Resource[]): Route | undefined {
  const [root, ...rest] = segments;
  const core = root === 'api';
  if (!core && root !== 'apis') return undefined;
  const [group, version] = core ? ['', rest[0]] : rest;
  let path = rest.slice(core ? 1 : 2);
  const find = (plural: string | undefined): Resource | undefined =>
    resources.find((each) => each.group === group && each.version === version && each.plural === plural);
  let namespace: string | undefined;
  if (path[0] === 'namespaces' && path.length > 2 && find(path[2])) {
    namespace = path[1];
    path = path.slice(2);
  }
  const resource = find(path[0]);
  return resource && { resource, namespace: resource.namespaced ? namespace : undefined, name: path[1], subresource: path[2] };
} // prettier-ignore
