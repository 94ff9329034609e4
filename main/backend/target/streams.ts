import type { Duplex } from 'node:stream';
import { createWebSocketStream } from 'ws';
import type { BytePipe } from '../../contract/procedure.ts';
import { asProblem, ProblemError } from '../../contract/problem.ts';
import type { KubeClient } from './client.ts';
import { keepAlive, openSocket } from './web-socket.ts';

/** The subprotocol of KubeVirt's streams: raw bytes in binary messages, no channel byte. */
const protocol = 'plain.kubevirt.io';

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
  const { socket, opened } = await openSocket(client, path, {
    protocols: [protocol],
    query: new URLSearchParams(query),
    signal,
  });
  // At once: what came together with the answer is told in the next tick, and would be lost to a later listener.
  let stream: Duplex | undefined;
  socket.once('open', () => {
    stream = createWebSocketStream(socket, { readableHighWaterMark: 1024 * 1024, writableHighWaterMark: 256 * 1024 });
  });
  await opened;
  if (!stream) throw new Error('a WebSocket is open before it was opened');
  // KubeVirt never pings.
  keepAlive(socket);
  // A WebSocket is never half closed: whoever only waits for `close` (SSH) learns of the end, too.
  const made = stream;
  made.once('end', () => made.destroy());
  return made;
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
