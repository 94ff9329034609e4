import type { IncomingMessage } from 'node:http';
import { unreachable } from './kube-error.ts';

/** The whole body. Throws KubeError when it breaks off. */
export async function readAll(response: IncomingMessage, server: URL, request: string): Promise<Buffer> {
  const chunks: Buffer[] = [];
  await eachChunk(response, server, request, (chunk) => chunks.push(chunk));
  return Buffer.concat(chunks);
}

/** Each part of the body as it comes. Throws KubeError when it breaks off. */
export async function eachChunk(
  response: IncomingMessage,
  server: URL,
  request: string,
  take: (chunk: Buffer) => void,
): Promise<void> {
  const chunks = response[Symbol.asyncIterator]();
  for (;;) {
    const next = await chunks.next().catch((error: unknown) => {
      if (error instanceof Error && error.name === 'AbortError') throw error;
      throw unreachable(server, request, error);
    });
    if (next.done) return;
    take(next.value as Buffer);
  }
}
