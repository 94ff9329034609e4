import type { IncomingMessage } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import { fastify } from 'fastify';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { WebSocketServer } from 'ws';
import type { WebSocket } from 'ws';
import { z } from 'zod';
import { confirmJoinSchema, joinClassSchema } from '../../../contract/class-seat.ts';
import type { ClassHello, JoinedClass } from '../../../contract/class-seat.ts';
import { asProblem, ProblemError } from '../../../contract/problem.ts';
import { fingerprintOfPeer } from '../../carrier/box-peer.ts';
import { boundConnections } from '../../carrier/secure-server.ts';
import type { Log } from '../../log.ts';
import { denied, notOfThisClass } from '../problems.ts';
import type { SeatEntry } from './roster.ts';

/** Who is at a door, before any proof. `fingerprint`: of the certificate it showed. */
export interface Caller {
  address: string;
  fingerprint: string | undefined;
}
/** What stands behind the doors. Everything throws Problems. */
export interface ClassDoors {
  hello(caller: Caller): ClassHello;
  join(caller: Caller, input: z.infer<typeof joinClassSchema>): Promise<{ attempt: string; share: string; confirm: string }>;
  confirm(caller: Caller, input: z.infer<typeof confirmJoinSchema>): Promise<JoinedClass>;
  /** The seat of this token and certificate; throws where there is none. */
  seat(caller: Caller, token: string): SeatEntry;
  leave(seat: SeatEntry): Promise<void>;
  connected(seat: SeatEntry, socket: WebSocket): void;
} // prettier-ignore

/** Bytes of one message of a seat: thumbnails are the largest. */
export const mostOfMessage = 512 * 1024;
/** Milliseconds without a byte after which a connection is ended; sockets of seats give signs of life more often. */
const idleMs = 60_000;
/** Milliseconds that the head and the whole of a request may take. */
const headMs = 10_000;

/** The class's only door to the network, over TLS. It serves no pages. Throws the Problem `port-in-use`. */
export async function openClassDoors(options: {
  port: number;
  tls: { cert: string; key: string };
  doors: ClassDoors;
  log: Log;
}): Promise<{ port: number; close(): Promise<void> }> {
  const { doors, log } = options;
  // Its types tell apart servers with and without TLS, and nothing here depends on that.
  const app = fastify({
    logger: false,
    forceCloseConnections: true,
    bodyLimit: 8 * 1024,
    trustProxy: false,
    connectionTimeout: idleMs,
    requestTimeout: headMs,
    https: {
      ...options.tls,
      minVersion: 'TLSv1.3',
      ALPNProtocols: ['http/1.1'],
      // Whoever has a certificate shows it; what it may do is decided by its fingerprint, not by who signed it.
      requestCert: true,
      rejectUnauthorized: false,
      handshakeTimeout: headMs,
      headersTimeout: headMs,
      requestTimeout: headMs,
      connectionsCheckingInterval: 2000,
      maxHeaderSize: 8 * 1024,
    },
  }) as unknown as FastifyInstance;
  app.setErrorHandler((error, _request, reply) => sendProblem(reply, error));
  app.setNotFoundHandler((_request, reply) => sendProblem(reply, notHere()));
  app.addHook('onRequest', async (request, reply) => {
    reply.header('cache-control', 'no-store');
    // Browsers have no business here.
    if (request.headers.origin !== undefined || request.headers['sec-fetch-site'] !== undefined)
      return sendProblem(reply, notHere());
    return undefined;
  });
  app.get('/class/hello', async (request) => doors.hello(caller(request)));
  app.post('/class/join', async (request) => doors.join(caller(request), read(joinClassSchema, request.body)));
  app.post('/class/join/confirm', async (request) => doors.confirm(caller(request), read(confirmJoinSchema, request.body))); // prettier-ignore
  app.post('/class/leave', async (request, reply) => {
    await doors.leave(doors.seat(caller(request), tokenOf(request.headers.authorization)));
    return reply.code(204).send();
  });
  boundConnections(app, { each: 128, overall: 256 });
  const sockets = new WebSocketServer({ noServer: true, maxPayload: mostOfMessage, perMessageDeflate: false });
  app.server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    socket.on('error', (error) => log.debug({ err: error }, 'a seat’s connection broke'));
    try {
      if (request.url !== '/class/seat' || request.headers.origin !== undefined) throw notHere();
      const from = socket as Socket;
      const seat = doors.seat({ address: from.remoteAddress ?? '', fingerprint: fingerprintOfPeer(from) }, tokenOf(request.headers.authorization)); // prettier-ignore
      from.setTimeout(0); // from here on pings tell whether it is there
      sockets.handleUpgrade(request, socket, head, (opened) => doors.connected(seat, opened));
    } catch (error) {
      refuseUpgrade(socket, error);
    }
  });
  await listen(app, options.port);
  return {
    port: (app.server.address() as AddressInfo).port,
    async close() {
      for (const each of sockets.clients) each.terminate();
      sockets.close();
      await app.close();
    },
  };
}

const caller = (request: FastifyRequest): Caller => ({
  address: request.socket.remoteAddress ?? '',
  fingerprint: fingerprintOfPeer(request.socket),
});
const tokenOf = (header: string | undefined): string => /^Bearer ([A-Za-z0-9_-]{43})$/.exec(header ?? '')?.[1] ?? '';

function read<T>(schema: z.ZodType<T>, value: unknown): T {
  const checked = schema.safeParse(value);
  if (checked.success) return checked.data;
  throw denied('invalid-input', 'The class did not understand', z.prettifyError(checked.error).slice(0, 500), 'Update both Hearths to the same version.'); // prettier-ignore
}

const statuses: Record<string, number> = {
  'invalid-input': 400, 'class-seat-unknown': 403, 'not-found': 404, 'too-often': 429, 'code-wait': 429,
}; // prettier-ignore
const statusOf = (error: unknown): number => {
  const { statusCode } = error as { statusCode?: number };
  const problem = asProblem(error);
  // Of Fastify's own: a body that is too large, is no JSON, ends early.
  if (!(error instanceof ProblemError)) return statusCode !== undefined && statusCode < 500 ? statusCode : 500;
  return statuses[problem.code] ?? (problem.kind === 'denied' ? 409 : 500);
};
function sendProblem(reply: FastifyReply, error: unknown): FastifyReply {
  const status = statusOf(error);
  const problem = error instanceof ProblemError ? error : denied('invalid-input', 'The class did not understand', status < 500 ? (error as Error).message.slice(0, 200) : 'Something went wrong there.'); // prettier-ignore
  return reply.code(status).header('cache-control', 'no-store').send(problem.problem);
}
function refuseUpgrade(socket: Duplex, error: unknown): void {
  const { problem } = error instanceof ProblemError ? error : notOfThisClass();
  const body = JSON.stringify(problem);
  const status = statusOf(error);
  socket.end(`HTTP/1.1 ${status} ${STATUS_CODES[status] ?? 'Refused'}\r\nConnection: close\r\nContent-Type: application/json\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`); // prettier-ignore
  socket.once('finish', () => socket.destroy());
}
const notHere = (): ProblemError => denied('not-found', 'There is nothing here', 'A class answers other Hearths only.');

async function listen(app: FastifyInstance, port: number, host = '::'): Promise<void> {
  try {
    await app.listen({ host, port });
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? '';
    // A kernel without IPv6.
    if (host === '::' && ['EAFNOSUPPORT', 'EADDRNOTAVAIL'].includes(code)) return listen(app, port, '0.0.0.0');
    throw new ProblemError(
      {
        code: 'port-in-use',
        title: 'The class could not be opened',
        detail: `Port ${port}: ${error instanceof Error ? error.message : String(error)}`,
        cause: 'Another program, or another class, uses this port.',
        fix: 'End that program, or choose another port.',
      },
      { cause: error },
    );
  }
}
