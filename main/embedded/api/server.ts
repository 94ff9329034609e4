import { setMaxListeners } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import type { Duplex } from 'node:stream';
import type { Log } from '../kube/context.ts';
import { StatusError } from '../kube/status-error.ts';
import { unwritableText } from '../store/unwritable.ts';
import type { EngineState } from '../store/state.ts';
import { drained } from './body.ts';
import { isExport, serveExport } from './exports.ts';
import { handle } from './handle.ts';
import type { Answer } from './http.ts';
import { failure, send } from './http.ts';
import { Documents } from './openapi/documents.ts';
import type { ApiParts } from './ports.ts';
import { routeOf, segmentsOf } from './routes.ts';
import { Streams, refuseUpgrade } from './streams.ts';
import { certificates } from './tls/certificates.ts';
import { bearerOf, readToken, remembered, tokenCheck } from './tls/credentials.ts';
import { isUpload, upload } from './uploads.ts';
import { openAnswer } from './version.ts';

export interface ApiServer {
  /** https://127.0.0.1:PORT */
  readonly address: string;
  /** PEM that clients have to trust. */
  readonly ca: string;
  readonly token: string;
  close(): Promise<void>;
}

interface Options {
  /** DATA/engine */
  root: string;
  /** The kubeconfig of earlier starts, if there was one. */
  kubeconfig: string;
  state: EngineState;
  parts: Omit<ApiParts, 'signal'>;
  /** Asked for by the user; otherwise the one of last time, otherwise any. */
  port?: number | undefined;
}

/** Starts the API on 127.0.0.1. */
export const startServer = async ({ root, kubeconfig, state, parts, port }: Options): Promise<ApiServer> => {
  const known = remembered(kubeconfig);
  const tls = await certificates(join(root, 'tls'), parts.log, known.ca);
  const token = readToken(root, parts.log, known.token);
  const ending = new AbortController();
  // Every open watch and stream listens to it.
  setMaxListeners(0, ending.signal);
  const api: ApiParts = { ...parts, signal: ending.signal };
  const service = new Service(api, tokenCheck(token));
  const server = createServer({ cert: tls.cert, key: tls.key, minVersion: 'TLSv1.2', handshakeTimeout: 10_000, connectionsCheckingInterval: 5_000 }); // prettier-ignore
  server.headersTimeout = 15_000;
  // Uploads take as long as they take; bodies of other requests have a time limit of their own.
  server.requestTimeout = 0;
  server.keepAliveTimeout = 60_000;
  const sockets = new Set<Duplex>();
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  server.on('request', (request, response) => {
    response.once('close', () => {
      if (ending.signal.aborted) setImmediate(() => server.closeIdleConnections());
    });
    void service.request(request, response);
  });
  server.on('upgrade', (request, socket, head) => void service.upgrade(request, socket, head));
  server.on('tlsClientError', (error) => parts.log.debug({ err: error }, 'a TLS handshake failed'));
  server.on('clientError', (_error, socket) => {
    if (socket.writable) socket.end('HTTP/1.1 400 Bad Request\r\nconnection: close\r\n\r\n');
    else socket.destroy();
  });
  const listen = (wanted: number) =>
    new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen({ host: '127.0.0.1', port: wanted }, () => {
        server.off('error', reject);
        resolve();
      });
    });
  await listenSomewhere(listen, port ?? state.port ?? known.port, parts.log);
  server.on('error', (error) => parts.log.error({ err: error }, 'the API server failed'));
  const bound = (server.address() as AddressInfo).port;
  state.rememberPort(bound);
  return {
    address: `https://127.0.0.1:${bound}`,
    ca: tls.ca,
    token,
    close: async () => {
      ending.abort();
      service.close();
      const closed = new Promise<void>((resolve) => void server.close(() => resolve()));
      // Watches have been ended above; a request that is still being answered gets a moment.
      const force = setTimeout(() => {
        for (const socket of sockets) socket.destroy();
      }, 2_000);
      server.closeIdleConnections();
      await closed;
      clearTimeout(force);
    },
  };
};

/** The wanted port, or any other one where somebody else has it. */
const listenSomewhere = async (
  listen: (port: number) => Promise<void>,
  wanted: number | undefined,
  log: Log,
): Promise<void> => {
  try {
    await listen(wanted ?? 0);
  } catch (error) {
    if (!wanted || (error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error;
    log.warn({ port: wanted }, 'the port of last time is taken, using another one');
    await listen(0);
  }
};

const allowedHosts = new Set(['127.0.0.1', 'localhost', '[::1]']);
/**
 * A page of another site can make a browser send requests here, but not with one of these names (DNS rebinding), and not
 * without saying where it comes from. Programs send no Origin.
 */
const checkSender = ({ host = '', origin }: IncomingMessage['headers']): void => {
  const name = /^(\[[^\]]*\]|[^:]*)(?::\d+)?$/.exec(host)?.[1]?.toLowerCase();
  if (name === undefined || !allowedHosts.has(name)) {
    throw new StatusError(
      403,
      'Forbidden',
      `Host ${JSON.stringify(host)} is not allowed: use 127.0.0.1, localhost or [::1]`,
    );
  }
  if (origin !== undefined && origin !== `https://${host.toLowerCase()}`)
    throw new StatusError(403, 'Forbidden', 'requests of web pages are not allowed');
};
/** Aborted when the answer is over, the client has left, or the server ends. */
const until = (response: ServerResponse, ending: AbortSignal): AbortSignal => {
  const over = new AbortController();
  const stop = () => over.abort();
  ending.addEventListener('abort', stop);
  response.once('close', () => {
    ending.removeEventListener('abort', stop);
    stop();
  });
  return over.signal;
};
const unauthorized = () => new StatusError(401, 'Unauthorized', 'Unauthorized');

class Service {
  private readonly parts: ApiParts;
  private readonly isToken: (given: string) => boolean;
  private readonly documents: Documents;
  private readonly streams: Streams;
  constructor(parts: ApiParts, isToken: (given: string) => boolean) {
    this.parts = parts;
    this.isToken = isToken;
    this.documents = new Documents(parts);
    this.streams = new Streams(parts);
  }
  async request(request: IncomingMessage, response: ServerResponse): Promise<void> {
    response.on('error', (error) => this.parts.log.debug({ err: error }, 'a client went away'));
    request.on('error', (error) => this.parts.log.debug({ err: error }, 'a client went away'));
    const result = await this.answer(request, response).catch((error: unknown) =>
      this.failed(error, request, response),
    );
    if (result && !(await drained(request))) response.setHeader('connection', 'close');
    if (result) {
      await send(response, result, request.headers['accept-encoding']).catch((error: unknown) => {
        this.parts.log.error({ err: error, url: request.url }, 'an answer could not be sent');
        response.destroy();
      });
    }
  }
  async upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> {
    socket.on('error', (error) => this.parts.log.debug({ err: error }, 'a client went away'));
    try {
      checkSender(request.headers);
      this.authenticate(request);
      const { pathname, query } = splitUrl(request);
      const route = routeOf(segmentsOf(pathname) ?? []);
      if (route.kind !== 'subresource') throw new StatusError(400, 'BadRequest', 'this path takes no WebSocket');
      await this.streams.upgrade(request, socket, head, route, query);
    } catch (error) {
      refuseUpgrade(socket, error, this.parts.log);
    }
  }
  close(): void {
    this.streams.close();
  }

  private async answer(request: IncomingMessage, response: ServerResponse): Promise<Answer | undefined> {
    checkSender(request.headers);
    const { pathname, query } = splitUrl(request);
    const open = request.method === 'GET' || request.method === 'HEAD' ? openAnswer(pathname) : undefined;
    if (open) return open;
    if (isExport(pathname)) return serveExport(this.parts, pathname, query, request, response);
    if (isUpload(pathname)) return upload(this.parts, pathname, request, response);
    this.authenticate(request);
    const segments = segmentsOf(pathname);
    if (!segments) throw new StatusError(400, 'BadRequest', 'the path is not properly encoded');
    const signal = until(response, this.parts.signal);
    const { parts, documents } = this;
    return handle({ parts, documents, request, response, segments, query, signal });
  }
  private authenticate(request: IncomingMessage): void {
    const given = bearerOf(request.headers);
    if (given === undefined || !this.isToken(given)) throw unauthorized();
  }
  private failed(error: unknown, request: IncomingMessage, response: ServerResponse): Answer | undefined {
    if (error instanceof StatusError) return failure(error);
    // Not the request: one whose body was read counts as destroyed, and its client still waits.
    if (response.destroyed) return undefined;
    this.parts.log.error({ err: error, method: request.method, url: request.url }, 'a request failed');
    const unwritable = unwritableText(error);
    if (unwritable) return failure(new StatusError(507, 'InsufficientStorage', unwritable));
    return failure(new StatusError(500, 'InternalError', 'Internal error occurred: see the log of the engine'));
  }
}

const splitUrl = (request: IncomingMessage): { pathname: string; query: URLSearchParams } => {
  const [pathname = '/', ...query] = (request.url ?? '/').split('?');
  return { pathname, query: new URLSearchParams(query.join('?')) };
};
