import type { IncomingMessage } from 'node:http';
import { STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import type { WebSocket } from 'ws';
import { WebSocketServer } from 'ws';
import type { Log } from '../kube/context.ts';
import { StatusError } from '../kube/status-error.ts';
import { findSubresource } from './call.ts';
import { statusJson } from './http.ts';
import type { ApiParts } from './ports.ts';
import type { SubresourceRoute } from './routes.ts';

const protocol = 'plain.kubevirt.io';
const pingEvery = 20_000;
/** Bytes that may wait for a viewer before its source is paused. */
const highWater = 1024 * 1024;
/** No console or display sends messages larger than this. */
const maxMessage = 4 * 1024 * 1024;

/** Opens the stream a route names, then upgrades. Errors are a Status before the upgrade. */
export class Streams {
  private readonly server = new WebSocketServer({
    noServer: true,
    maxPayload: maxMessage,
    perMessageDeflate: false,
    handleProtocols: (offered) => (offered.has(protocol) ? protocol : false),
  });
  private readonly parts: ApiParts;
  constructor(parts: ApiParts) {
    this.parts = parts;
  }
  async upgrade(
    request: IncomingMessage,
    socket: Duplex,
    head: Buffer,
    route: SubresourceRoute,
    query: URLSearchParams,
  ): Promise<void> {
    const match = findSubresource(this.parts.subresources, route, 'GET');
    if (match?.found.kind !== 'stream') {
      throw new StatusError(404, 'NotFound', 'the server could not find the requested resource');
    }
    const gone = new AbortController();
    const leave = () => gone.abort();
    socket.once('close', leave);
    const signal = AbortSignal.any([gone.signal, this.parts.signal]);
    const { namespace, name } = route;
    const source = await match.found.open({
      namespace,
      name,
      rest: match.rest,
      query,
      body: undefined,
      dryRun: false,
      signal,
    });
    if (socket.destroyed) {
      source.destroy();
      return;
    }
    this.server.handleUpgrade(request, socket, head, (client) => bridge(client, source, this.parts));
  }
  close(): void {
    for (const client of this.server.clients) client.terminate();
    this.server.close();
  }
}

/** Pumps bytes both ways; whoever reads slowly slows the other side down, and nothing piles up here. */
const bridge = (client: WebSocket, source: Duplex, { log, signal }: { log: Log; signal: AbortSignal }): void => {
  let alive = true;
  const timer = setInterval(() => {
    // A viewer that does not read gets no ping either; only one that should answer is given up.
    if (!alive && !client.isPaused && client.bufferedAmount === 0) return client.terminate();
    alive = false;
    client.ping();
  }, pingEvery);
  const end = (code: number, reason: string) => {
    clearInterval(timer);
    signal.removeEventListener('abort', stop);
    source.destroy();
    if (client.readyState === client.OPEN) client.close(code, reason);
  };
  const stop = () => end(1001, 'the engine is ending');
  signal.addEventListener('abort', stop, { once: true });
  client.on('pong', () => (alive = true));
  source.on('data', (chunk: Buffer) => {
    alive = true;
    if (client.readyState !== client.OPEN) return;
    client.send(chunk, { binary: true }, () => {
      if (source.isPaused() && client.bufferedAmount <= highWater) source.resume();
    });
    if (client.bufferedAmount > highWater) source.pause();
  });
  client.on('message', (data: Buffer, binary) => {
    alive = true;
    // KubeVirt ignores text messages.
    if (binary && !source.destroyed && !source.write(data)) client.pause();
  });
  source.on('drain', () => client.resume());
  source.on('end', () => end(1000, ''));
  source.on('close', () => end(1000, ''));
  source.on('error', (error) => {
    log.debug({ err: error }, 'a stream ended with an error');
    end(1011, 'the stream broke');
  });
  client.on('error', (error) => log.debug({ err: error }, 'a stream client failed'));
  client.on('close', () => end(1000, ''));
};

/** Answers an upgrade request that is refused. */
export const refuseUpgrade = (socket: Duplex, error: unknown, log: Log): void => {
  const known = error instanceof StatusError ? error : new StatusError(500, 'InternalError', 'internal error');
  if (!(error instanceof StatusError)) log.error({ err: error }, 'opening a stream failed');
  if (socket.destroyed || !socket.writable) return;
  const body = JSON.stringify(statusJson(known));
  const head = [
    `HTTP/1.1 ${known.code} ${STATUS_CODES[known.code] ?? 'Error'}`,
    'content-type: application/json',
    `content-length: ${Buffer.byteLength(body)}`,
    'connection: close',
  ];
  socket.end(`${head.join('\r\n')}\r\n\r\n${body}`);
};
