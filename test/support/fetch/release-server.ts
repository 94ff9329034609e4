import { createHash, randomBytes } from 'node:crypto';
import { createServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** How one path misbehaves, once or always. */
export interface Fault {
  /** Ends the connection after so many bytes of the answer. */
  dropAt?: number;
  status?: number;
  /** Answers so many times in this way; for ever unless told. */
  times?: number;
  /** Has never heard of ranges. */
  noRange?: boolean;
  /** Bytes a second. */
  rate?: number;
}
export interface ReleaseServer {
  readonly url: string;
  readonly asked: { path: string; range: string | undefined; authorization: string | undefined }[];
  put(path: string, content: Buffer | string): string;
  fault(path: string, fault: Fault | undefined): void;
  /** Everything under it wants the token `good`, as registries do; it is had at `/auth.example/token`. */
  protect(prefix: string): void;
  close(): Promise<void>;
}

export const sha256 = (bytes: Buffer | string): string => createHash('sha256').update(bytes).digest('hex');
export const noise = (length: number): Buffer => randomBytes(length);

/** Release files over HTTP with ranges, and faults on command. */
export async function startReleaseServer(): Promise<ReleaseServer> {
  const files = new Map<string, Buffer>();
  const faults = new Map<string, Fault>();
  let secret: string | undefined;
  const asked: ReleaseServer['asked'] = [];
  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const path = new URL(request.url ?? '/', 'http://x').pathname;
    asked.push({ path, range: request.headers.range, authorization: request.headers.authorization });
    if (secret !== undefined && path.startsWith(secret) && request.headers.authorization !== 'Bearer good') {
      const realm = 'Bearer realm="https://auth.example/token",service="registry",scope="repository:a/b:pull"';
      response.writeHead(401, { 'www-authenticate': realm }).end();
      return;
    }
    const fault = faults.get(path);
    if (fault?.times !== undefined) {
      fault.times -= 1;
      if (fault.times <= 0) faults.delete(path);
    }
    const file = files.get(path);
    if (fault?.status !== undefined || !file) {
      response.writeHead(fault?.status ?? 404).end('no\n');
      return;
    }
    const start = fault?.noRange ? undefined : /^bytes=(\d+)-$/.exec(request.headers.range ?? '')?.[1];
    const from = Number(start ?? 0);
    if (start !== undefined && from >= file.length) {
      response.writeHead(416, { 'content-range': `bytes */${file.length}` }).end();
      return;
    }
    response.writeHead(start === undefined ? 200 : 206, {
      'content-length': file.length - from,
      ...(start !== undefined && { 'content-range': `bytes ${from}-${file.length - 1}/${file.length}` }),
    });
    if (!fault) {
      response.end(file.subarray(from));
      return;
    }
    const end = Math.min(file.length, fault?.dropAt === undefined ? file.length : from + fault.dropAt);
    const step = fault?.rate ? Math.ceil(fault.rate / 20) : 64 * 1024;
    for (let at = from; at < end && !response.destroyed; at += step) {
      response.write(file.subarray(at, Math.min(end, at + step)));
      // oxlint-disable-next-line no-await-in-loop -- the pace is the point
      await new Promise((resolve) => setTimeout(resolve, fault?.rate ? 50 : 0));
    }
    if (end < file.length) response.socket?.destroy();
    else response.end();
  };
  const server: Server = createServer((request, response) => {
    answer(request, response).catch(() => response.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    asked,
    put(path, content) {
      const bytes = Buffer.from(content);
      files.set(path, bytes);
      return sha256(bytes);
    },
    fault(path, fault) {
      if (fault) faults.set(path, fault);
      else faults.delete(path);
    },
    protect(prefix) {
      secret = prefix;
      files.set('/auth.example/token', Buffer.from('{"token":"good"}'));
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
