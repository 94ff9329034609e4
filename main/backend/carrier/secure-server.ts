import type { Socket } from 'node:net';
import { fastify } from 'fastify';
import type { FastifyInstance } from 'fastify';
import { ProblemError } from '../../contract/problem.ts';
import type { Door } from '../../contract/permissions.ts';

/** Milliseconds without a byte after which a connection is ended; states and sockets give signs of life more often. */
const idleMs = 120_000;
/** Milliseconds that the head of a request may take, and its body where it is no upload. */
const headMs = 10_000;
const bodyMs = 10_000;
/** Connections that one address, and all together, may have open. */
const usual = { each: 64, overall: 512 };

export interface SecureServerOptions {
  /** PEM. */
  tls: { cert: string; key: string };
  /** The oldest TLS that is spoken; 1.3 is taken wherever both sides know it. */
  oldest: 'TLSv1.2' | 'TLSv1.3';
  /** Whether whoever has a certificate is asked to show it. */
  clients: boolean;
  /** Paths below these take as long as they need: their bodies are large. */
  long: readonly (Door | '/box/update')[];
  /** Milliseconds; only tests have others. */
  patience?: { headMs: number; bodyMs: number } | undefined;
}

/** A server over TLS whose requests come from strangers: heads and bodies that never end are cut, and so are too many connections. */
export function secureServer(options: SecureServerOptions): FastifyInstance {
  const { tls, oldest, clients, long, patience = { headMs, bodyMs } } = options;
  // Its types tell apart servers with and without TLS, and nothing here depends on that.
  const app = fastify({
    logger: false,
    forceCloseConnections: true,
    bodyLimit: 64 * 1024,
    trustProxy: false,
    connectionTimeout: idleMs,
    https: {
      ...tls,
      minVersion: oldest,
      // Of TLS 1.2 only what has forward secrecy and no known weakness.
      ciphers:
        'TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256:TLS_AES_128_GCM_SHA256:ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-ECDSA-CHACHA20-POLY1305',
      ALPNProtocols: ['http/1.1'],
      // Whoever has a certificate shows it; what it may do is decided by its fingerprint, not by who signed it.
      requestCert: clients,
      rejectUnauthorized: false,
      handshakeTimeout: 10_000,
      headersTimeout: patience.headMs,
      connectionsCheckingInterval: Math.min(2_000, patience.headMs),
      maxHeaderSize: 16 * 1024,
      insecureHTTPParser: false,
    },
  }) as unknown as FastifyInstance;
  boundConnections(app, usual);
  app.addHook('onRequest', async (request) => {
    const { raw, headers } = request;
    const path = request.url.split('?', 1)[0] ?? '';
    const bodiless = headers['transfer-encoding'] === undefined && !Number(headers['content-length'] ?? 0);
    if (bodiless || long.some((each) => path === each || path.startsWith(`${each}/`))) return;
    const { socket } = raw;
    const cut = setTimeout(() => socket.destroy(), patience.bodyMs);
    for (const over of ['end', 'close', 'error'] as const) raw.once(over, () => clearTimeout(cut));
  });
  return app;
}

/** Connections that one address, and all together, may have; what comes beyond is cut. */
export function boundConnections(app: FastifyInstance, most: { each: number; overall: number }): void {
  const byAddress = new Map<string, number>();
  let all = 0;
  app.server.on('connection', (socket: Socket) => {
    const address = socket.remoteAddress ?? '';
    const mine = byAddress.get(address) ?? 0;
    if (mine >= most.each || all >= most.overall) return socket.destroy();
    byAddress.set(address, mine + 1);
    all += 1;
    socket.once('close', () => {
      all -= 1;
      const left = (byAddress.get(address) ?? 1) - 1;
      if (left > 0) byAddress.set(address, left);
      else byAddress.delete(address);
    });
  });
}

/** Listens there, or at all addresses, IPv4 and IPv6. Throws the Problem `port-in-use`. */
export async function listenAt(
  app: FastifyInstance,
  at: { host?: string | undefined; port: number },
  title: string,
): Promise<void> {
  const { host, port } = at;
  try {
    await app.listen({ host: host ?? '::', port });
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? '';
    // A kernel without IPv6.
    if (host === undefined && ['EAFNOSUPPORT', 'EADDRNOTAVAIL'].includes(code))
      return listenAt(app, { host: '0.0.0.0', port }, title);
    throw new ProblemError(
      {
        code: 'port-in-use',
        title,
        detail: `Port ${port}${host === undefined ? '' : ` at ${host}`}: ${error instanceof Error ? error.message : String(error)}`,
        fix: 'End the program that uses this port, or choose another one with --port.',
      },
      { cause: error },
    );
  }
}
