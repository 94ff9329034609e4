import { once } from 'node:events';
import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** How a file is served, and how badly. */
export interface Served {
  content: Buffer;
  etag?: string;
  /** Breaks the connection after this many bytes of an answer; one entry a request, then none. */
  drops?: number[];
  ignoreRange?: boolean;
  /** Says this length instead of the true one. */
  lie?: number;
  status?: number;
  redirect?: string;
  /** No Content-Length. */
  chunked?: boolean;
  /** Milliseconds between pieces. */
  pace?: number;
  /** Bytes of a piece. */
  piece?: number;
}

/** A web server that behaves as badly as it is told to. */
export interface BadServer {
  url(path: string): string;
  files: Map<string, Served>;
  requests: { path: string; range: string | undefined; status: number; sent: number }[];
  stop(): Promise<void>;
}

export async function startServer(): Promise<BadServer> {
  const files = new Map<string, Served>();
  const requests: BadServer['requests'] = [];
  const server = createServer((request, response) => {
    const path = request.url ?? '/';
    const entry = { path, range: request.headers.range, status: 404, sent: 0 };
    requests.push(entry);
    const served = files.get(path);
    if (served) void serve(served, request, response, entry);
    else response.writeHead(404).end('no such file');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: (path) => `http://127.0.0.1:${port}${path}`,
    files,
    requests,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function serve(
  served: Served,
  request: IncomingMessage,
  response: ServerResponse,
  entry: BadServer['requests'][number],
): Promise<void> {
  const { content, etag } = served;
  if (served.redirect) {
    entry.status = 302;
    response.writeHead(302, { location: served.redirect }).end();
    return;
  }
  const asked = /^bytes=(\d+)-$/.exec(request.headers.range ?? '');
  const condition = request.headers['if-range'];
  const partial = asked !== null && served.ignoreRange !== true && (condition === undefined || condition === etag);
  const from = partial ? Number(asked[1]) : 0;
  const headers: Record<string, string> = { ...(etag ? { etag } : {}), 'accept-ranges': 'bytes' };
  if (partial && from >= content.length) {
    entry.status = 416;
    response.writeHead(416, { ...headers, 'content-range': `bytes */${content.length}` }).end();
    return;
  }
  if (!served.chunked) headers['content-length'] = String((served.lie ?? content.length) - from);
  if (partial) headers['content-range'] = `bytes ${from}-${content.length - 1}/${served.lie ?? content.length}`;
  entry.status = served.status ?? (partial ? 206 : 200);
  response.writeHead(entry.status, headers);
  const closed = once(response, 'close');
  const size = served.piece ?? 65_536;
  const drop = served.drops?.shift();
  const end = drop === undefined ? content.length : Math.min(content.length, from + drop);
  for (let at = from; at < end && !response.destroyed; at += size) {
    const piece = content.subarray(at, Math.min(end, at + size));
    entry.sent += piece.length;
    if (!response.write(piece)) await Promise.race([once(response, 'drain'), closed]);
    if (served.pace) await new Promise((resolve) => setTimeout(resolve, served.pace));
  }
  if (drop === undefined && served.lie === undefined) response.end();
  // What was written arrives before the connection breaks, on a busy computer too.
  else if (!response.destroyed) setTimeout(() => response.destroy(), 250);
}
