import { WebSocket } from 'ws';
import type { KubeClient } from './client.ts';
import { answerError, unreachable } from './kube-error.ts';
import { secured } from './secured.ts';

export interface SocketWish {
  /** Subprotocols, the best first. */
  protocols: string[];
  query?: URLSearchParams;
  signal?: AbortSignal | undefined;
  /** Bytes of one message; 32 MiB unless told. */
  maxPayload?: number;
}

/**
 * Begins a WebSocket to a path of the target. Whoever needs the first bytes hangs on the socket before `opened` resolves: they may
 * come with the answer. `opened` rejects with KubeError where the target refuses (its Status is read), AbortError where it is
 * called off.
 */
export async function openSocket(
  client: KubeClient,
  path: string,
  wish: SocketWish,
): Promise<{ socket: WebSocket; opened: Promise<void> }> {
  const { credentials } = client;
  const { server } = credentials;
  const url = new URL(server);
  url.protocol = server.protocol === 'https:' ? 'wss:' : 'ws:';
  url.pathname = `${server.pathname.replace(/\/$/, '')}${path}`;
  url.search = wish.query?.toString() ?? '';
  const socket = new WebSocket(url, wish.protocols, {
    ...secured(credentials.tls),
    headers: await credentials.headers(),
    handshakeTimeout: 15_000,
    perMessageDeflate: false,
    maxPayload: wish.maxPayload ?? 32 * 1024 * 1024,
  });
  const opened = new Promise<void>((resolve, reject) => {
    const abort = (): void => {
      socket.terminate();
      reject(new DOMException('aborted', 'AbortError'));
    };
    wish.signal?.addEventListener('abort', abort, { once: true });
    const settled = (): void => wish.signal?.removeEventListener('abort', abort);
    socket.once('open', () => {
      settled();
      resolve();
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
    if (wish.signal?.aborted) abort();
  });
  // Whoever made the socket waits for it in a moment: what fails before that is not unheard.
  opened.catch(() => undefined);
  return { socket, opened };
}

const pingMs = 25_000;

/** Nobody else pings: without it an idle stream dies in the first NAT or proxy on the way. */
export function keepAlive(socket: WebSocket): void {
  const ping = setInterval(() => socket.ping(), pingMs);
  ping.unref();
  socket.once('close', () => clearInterval(ping));
}
