import { Duplex } from 'node:stream';
import { createWebSocketStream, WebSocket } from 'ws';
import type { BytePipe } from '../../contract/procedure.ts';
import { asProblem, ProblemError } from '../../contract/problem.ts';
import type { KubeClient } from './client.ts';
import { answerError, unreachable } from './kube-error.ts';
import { secured } from './secured.ts';

/** The subprotocol of KubeVirt's streams: raw bytes in binary messages, no channel byte. */
const protocol = 'plain.kubevirt.io';
const pingMs = 25_000;

/**
 * Opens a streaming subresource. Resolves once upgraded; an error before the upgrade (no graphics device, not running,
 * no right) is read and thrown as KubeError. The stream has back-pressure both ways and ends when either side closes.
 */
export async function openStream(
  client: KubeClient,
  path: string,
  signal?: AbortSignal,
  query: Record<string, string> = {},
): Promise<Duplex> {
  const { credentials } = client;
  const { server } = credentials;
  const url = new URL(server);
  url.protocol = server.protocol === 'https:' ? 'wss:' : 'ws:';
  url.pathname = `${server.pathname.replace(/\/$/, '')}${path}`;
  url.search = new URLSearchParams(query).toString();
  const headers = await credentials.headers();
  const socket = new WebSocket(url, [protocol], {
    ...secured(credentials.tls),
    headers,
    handshakeTimeout: 15_000,
    perMessageDeflate: false,
    maxPayload: 32 * 1024 * 1024,
  });
  const stream = await new Promise<Duplex>((resolve, reject) => {
    const abort = (): void => {
      socket.terminate();
      reject(new DOMException('aborted', 'AbortError'));
    };
    signal?.addEventListener('abort', abort, { once: true });
    const settled = (): void => signal?.removeEventListener('abort', abort);
    socket.once('open', () => {
      settled();
      // At once: what came together with the answer is told in the next tick, and would be lost to a later listener.
      resolve(createWebSocketStream(socket, { readableHighWaterMark: 1024 * 1024, writableHighWaterMark: 256 * 1024 }));
    });
    socket.on('error', (error) => {
      settled();
      reject(unreachable(server, `GET ${path}`, error));
    });
    socket.once('unexpected-response', (request, response) => {
      settled();
      let body = '';
      response.setEncoding('utf8');
      response.on('data', (chunk: string) => (body = (body + chunk).slice(0, 64 * 1024)));
      response.on('close', () => {
        request.destroy();
        reject(answerError(response.statusCode ?? 500, body, `GET ${path}`));
      });
    });
    if (signal?.aborted) abort();
  });
  // KubeVirt never pings: without this an idle console dies in the first NAT or proxy on the way.
  const ping = setInterval(() => socket.ping(), pingMs);
  ping.unref();
  socket.once('close', () => clearInterval(ping));
  // A WebSocket is never half closed: whoever only waits for `close` (SSH) learns of the end, too.
  stream.once('end', () => stream.destroy());
  return stream;
}

/** A stream as a pipe of the contract; its back-pressure is the stream's. */
export function pipeOf(stream: Duplex): BytePipe {
  stream.on('error', () => undefined); // told through `readable`
  return {
    readable: {
      async *[Symbol.asyncIterator]() {
        try {
          for await (const chunk of stream) yield chunk as Uint8Array;
        } catch (error) {
          if ((error as NodeJS.ErrnoException).code !== 'ERR_STREAM_PREMATURE_CLOSE') throw streamProblem(error);
        }
      },
    },
    write: (bytes) =>
      new Promise((resolve, reject) => {
        stream.write(bytes, (error) => {
          if (error) reject(streamProblem(error));
          else resolve();
        });
      }),
    close: () => stream.destroy(),
  };
}

const streamProblem = (error: unknown): ProblemError =>
  error instanceof ProblemError
    ? error
    : new ProblemError(
        {
          code: 'stream-lost',
          title: 'The connection to the machine ended',
          detail: asProblem(error).detail,
          fix: 'It connects again by itself while the machine runs.',
        },
        { cause: error },
      );
