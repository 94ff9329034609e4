import type { AddressInfo, Socket } from 'node:net';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { WebSocket } from 'ws';
import { pageHeaders } from '../../contract/page-headers.ts';
import { registerDoors } from './box-doors.ts';
import type { BoxDoors } from './box-doors.ts';
import { hostOf } from './hosts.ts';
import { fingerprintOfPeer } from './box-peer.ts';
import { registerBoxSignIn } from './box-sign-in.ts';
import type { BrowserDoor } from './box-sign-in.ts';
import { refuse } from './guard.ts';
import { listenAt, secureServer } from './secure-server.ts';
import { registerBase, registerServed } from './served.ts';
import type { Served } from './served.ts';
import type { SignIn } from './sign-in.ts';

export interface BoxWebOptions extends Served {
  port: number;
  /** All addresses of the box, IPv4 and IPv6, unless told. */
  host?: string | undefined;
  /** PEM. */
  tls: { cert: string; key: string };
  signIn: SignIn;
  browsers: BrowserDoor;
  doors: BoxDoors;
  /** Names and addresses that this box may be asked for by a browser, lower case, without port. */
  names: () => ReadonlySet<string>;
}
export interface BoxWeb {
  readonly port: number;
  /** Ends what apps with these certificates have open now, in a moment: an answer may be on its way. New connections stay. */
  cut(whose: (fingerprint: string) => boolean): void;
  /** Ends the sockets of pages whose session is over. */
  endPages(): void;
  close(): Promise<void>;
}

/** Milliseconds that answers under way get before their connection is cut. */
const cutMs = 200;

/**
 * The box's only door to the network, over TLS: what apps say to it below `/box/`, and its pages for browsers that signed
 * in. Throws the Problem `port-in-use`.
 */
export async function startBoxWeb(options: BoxWebOptions): Promise<BoxWeb> {
  const { tls, log } = options;
  const app = secureServer({ tls, oldest: 'TLSv1.3', clients: true, long: ['/upload', '/box/update'] });
  await registerBase(app, log);
  const signedIn = (request: FastifyRequest): boolean => options.signIn.check(request.cookies[options.cookie]);
  app.addHook('onRequest', async (request, reply) => {
    reply.headers(pageHeaders);
    const route = request.routeOptions.url;
    if (route?.startsWith('/box/')) return undefined;
    const upgrade = request.headers.upgrade !== undefined;
    const known = { has: (host: string): boolean => options.names().has(hostOf(host)) };
    const reason = refuse({ method: request.method, headers: request.headers, upgrade }, known, 'https');
    if (reason) return reply.code(403).type('text/plain').send(`${reason}\n`);
    if (route === '/sign-in' || signedIn(request)) return undefined;
    if (request.method === 'GET' && !upgrade && request.headers['sec-fetch-dest'] !== 'script')
      return reply.header('cache-control', 'no-store').redirect('/sign-in', 303);
    return reply.code(401).type('text/plain').send('Sign in first.\n');
  });
  registerBoxSignIn(app, { ...options, signedIn });
  await registerDoors(app, options.doors);
  const pages = new Map<WebSocket, string>();
  await registerServed(app, {
    ...options,
    opened(socket, secret) {
      pages.set(socket, secret);
      socket.once('close', () => pages.delete(socket));
    },
  });
  const ofApps = followSockets(app);
  await listenAt(app, options, 'The box could not open its door');
  return {
    port: (app.server.address() as AddressInfo).port,
    cut(whose) {
      const theirs = [...ofApps].filter(([, fingerprint]) => whose(fingerprint)).map(([socket]) => socket);
      setTimeout(() => {
        for (const socket of theirs) socket.destroy();
      }, cutMs).unref();
    },
    endPages() {
      for (const [socket, secret] of pages) if (!options.signIn.check(secret)) socket.terminate();
    },
    close: () => app.close(),
  };
}

/** Which sockets speak for which app. */
function followSockets(app: FastifyInstance): ReadonlyMap<Socket, string> {
  const open = new Map<Socket, string>();
  app.server.on('secureConnection', (socket: Socket) => {
    const fingerprint = fingerprintOfPeer(socket);
    if (fingerprint === undefined) return;
    open.set(socket, fingerprint);
    socket.once('close', () => open.delete(socket));
  });
  return open;
}
