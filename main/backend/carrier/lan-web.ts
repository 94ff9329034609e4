import type { AddressInfo } from 'node:net';
import type { FastifyRequest } from 'fastify';
import type { WebSocket } from 'ws';
import { pageHeaders } from '../../contract/page-headers.ts';
import { refuse } from './guard.ts';
import { hostOf } from './hosts.ts';
import { registerLanSignIn } from './lan-sign-in.ts';
import type { LanCookies, LanDoor } from './lan-sign-in.ts';
import { listenAt, secureServer } from './secure-server.ts';
import type { SecureServerOptions } from './secure-server.ts';
import { registerBase, registerServed } from './served.ts';
import type { Served } from './served.ts';

export interface LanWebOptions extends Omit<Served, 'cookie'> {
  port: number;
  /** All addresses, IPv4 and IPv6, unless told. */
  host?: string | undefined;
  /** PEM. */
  tls: { cert: string; key: string };
  cookies: LanCookies;
  door: LanDoor;
  /** Names and addresses that this computer may be asked for by a browser, lower case, without port. */
  names: () => ReadonlySet<string>;
  /** Who a session is, in words that change with what it may; undefined: it is over. */
  who: (secret: string) => string | undefined;
  patience?: SecureServerOptions['patience'];
}
export interface LanWeb {
  readonly port: number;
  /** Ends, in a moment, the sockets of pages whose session is over or whose role is another one by now. */
  endPages(): void;
  close(): Promise<void>;
}

/** Milliseconds that answers under way get before their socket is cut. */
const cutMs = 200;
/** How often sessions that end by themselves are looked for. */
const lookMs = 30_000;

/** The pages for other computers, over TLS, for browsers that signed in. Throws the Problem `port-in-use`. */
export async function startLanWeb(options: LanWebOptions): Promise<LanWeb> {
  const { tls, log, cookies, patience } = options;
  const app = secureServer({ tls, oldest: 'TLSv1.2', clients: false, long: ['/upload'], patience });
  await registerBase(app, log);
  const secretOf = (request: FastifyRequest): string => request.cookies[cookies.session] ?? '';
  const signedIn = (request: FastifyRequest): boolean => options.who(secretOf(request)) !== undefined;
  app.addHook('onRequest', async (request, reply) => {
    reply.headers(pageHeaders);
    const upgrade = request.headers.upgrade !== undefined;
    const known = { has: (host: string): boolean => options.names().has(hostOf(host)) };
    const reason = refuse({ method: request.method, headers: request.headers, upgrade }, known, 'https');
    if (reason) return reply.code(403).type('text/plain').send(`${reason}\n`);
    const route = request.routeOptions.url;
    if (route === '/sign-in' || route === '/setup') return undefined;
    if (signedIn(request)) return undefined;
    if (request.method === 'GET' && !upgrade && request.headers['sec-fetch-dest'] !== 'script')
      return reply.header('cache-control', 'no-store').redirect('/sign-in', 303);
    return reply.code(401).type('text/plain').send('Sign in first.\n');
  });
  registerLanSignIn(app, { cookies, door: options.door, signedIn });
  const pages = new Map<WebSocket, { secret: string; as: string | undefined }>();
  await registerServed(app, {
    ...options,
    cookie: cookies.session,
    opened(socket, secret) {
      pages.set(socket, { secret, as: options.who(secret) });
      socket.once('close', () => pages.delete(socket));
    },
  });
  await listenAt(app, options, 'The pages could not be served to the network');
  const isOver = (secret: string, as: string | undefined): boolean => {
    const now = options.who(secret);
    return now === undefined || now !== as;
  };
  const cut = (socket: WebSocket, { secret, as }: { secret: string; as: string | undefined }): void => {
    if (isOver(secret, as)) socket.terminate();
  };
  const look = (): void => {
    for (const [socket, page] of pages)
      if (isOver(page.secret, page.as)) setTimeout(() => cut(socket, page), cutMs).unref();
  };
  const looking = setInterval(look, lookMs);
  looking.unref();
  return {
    port: (app.server.address() as AddressInfo).port,
    endPages: look,
    async close() {
      clearInterval(looking);
      await app.close();
    },
  };
}
