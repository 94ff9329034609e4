import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import fastifyCookie from '@fastify/cookie';
import fastifyStatic from '@fastify/static';
import fastifyWebsocket from '@fastify/websocket';
import { fastify } from 'fastify';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Port } from '../../contract/port.ts';
import { ProblemError } from '../../contract/problem.ts';
import { websocketPort } from '../../contract/websocket-port.ts';
import type { Log } from '../log.ts';
import { pageHeaders } from '../../contract/page-headers.ts';
import { allowedHosts, refuse } from './guard.ts';
import { notBuiltPage, signedOutPage, slowDownPage, wrongCodePage } from './pages.ts';
import type { SignIn } from './sign-in.ts';
import { withBackPressure } from './socket.ts';

export interface WebOptions {
  /** 0 for any free one. Always on 127.0.0.1. */
  port: number;
  /** Folder of the built pages. */
  pages: string;
  /** Name of the session cookie; one a data directory, since all ports of a host share their cookies. */
  cookie: string;
  signIn: SignIn;
  log: Log;
  /** Serves one page; `session` names its browser's session without letting anyone in. */
  attach(port: Port, session: string): void;
  /** Sends the support bundle of that name; false when there is none. */
  download?: (name: string, response: ServerResponse) => Promise<boolean>;
  /** Sends the exported machine of that name; false when there is none. */
  exported?: (name: string, request: IncomingMessage, response: ServerResponse) => Promise<boolean>;
  /** tus endpoint under /upload. */
  upload?: (request: IncomingMessage, response: ServerResponse) => void | Promise<void>;
}
export interface Web {
  readonly address: string;
  /** An address that signs in once. */
  signInUrl(): string;
  close(): Promise<void>;
}

/** The pages and their socket on 127.0.0.1: every request is checked for host, origin and session first. */
export async function startWeb(options: WebOptions): Promise<Web> {
  const app = fastify({ logger: false, forceCloseConnections: true, bodyLimit: 64 * 1024, trustProxy: false });
  let hosts: ReadonlySet<string> = new Set();
  await app.register(fastifyCookie);
  await app.register(fastifyWebsocket, {
    options: { maxPayload: 4 * 1024 * 1024, perMessageDeflate: false },
    errorHandler: (error, socket) => {
      options.log.warn({ err: error }, 'a page socket failed');
      socket.terminate();
    },
  });
  const signedIn = (request: FastifyRequest): boolean => options.signIn.check(request.cookies[options.cookie]);
  const page = (reply: FastifyReply, code: number, html: string): FastifyReply =>
    reply.code(code).header('cache-control', 'no-store').type('text/html; charset=utf-8').send(html);

  app.addHook('onRequest', async (request, reply) => {
    reply.headers(pageHeaders);
    const upgrade = request.headers.upgrade !== undefined;
    const reason = refuse({ method: request.method, headers: request.headers, upgrade }, hosts);
    if (reason) return reply.code(403).type('text/plain').send(`${reason}\n`);
    const path = request.url.split('?', 1)[0];
    if (path === '/sign-in' || signedIn(request)) return undefined;
    if (path === '/' && request.method === 'GET' && !upgrade) return page(reply, 401, signedOutPage);
    return reply.code(401).type('text/plain').send('Sign in first: `npx hearth open` prints an address.\n');
  });

  app.get<{ Querystring: { code?: unknown } }>('/sign-in', async (request, reply) => {
    const { code } = request.query;
    const result = typeof code === 'string' ? await options.signIn.redeem(code) : 'wrong';
    if (result === 'slow-down') return page(reply.header('retry-after', '60'), 429, slowDownPage);
    // Back or reload on a used address, with a good session: nothing to complain about.
    if (result === 'wrong') return signedIn(request) ? reply.redirect('/', 303) : page(reply, 403, wrongCodePage);
    return reply
      .setCookie(options.cookie, result.session, { httpOnly: true, sameSite: 'strict', path: '/', maxAge: 30 * 86_400 })
      .header('cache-control', 'no-store')
      .redirect('/', 303);
  });
  app.get('/rpc', { websocket: true }, (socket, request) =>
    options.attach(websocketPort(withBackPressure(socket)), sessionName(request.cookies[options.cookie] ?? '')),
  );
  app.get<{ Params: { name: string } }>('/support/:name', async (request, reply) => {
    reply.hijack();
    for (const [name, value] of Object.entries(pageHeaders)) reply.raw.setHeader(name, value);
    if (!(await options.download?.(request.params.name, reply.raw)))
      reply.raw.writeHead(404).end('There is no such bundle.\n');
  });
  app.get<{ Params: { name: string } }>('/exports/:name', async (request, reply) => {
    reply.hijack();
    for (const [name, value] of Object.entries(pageHeaders)) reply.raw.setHeader(name, value);
    if (!(await options.exported?.(request.params.name, request.raw, reply.raw)))
      reply.raw.writeHead(404).end('There is no such file.\n');
  });
  if (options.upload) await registerUpload(app, options.upload);
  await registerPages(app, options.pages, page);

  try {
    await app.listen({ host: '127.0.0.1', port: options.port });
  } catch (error) {
    throw listenProblem(options.port, error);
  }
  const { port } = app.server.address() as AddressInfo;
  hosts = allowedHosts(port);
  const address = `http://127.0.0.1:${port}`;
  return {
    address,
    signInUrl: () => `${address}/sign-in?code=${options.signIn.issue()}`,
    close: () => app.close(),
  };
}

/** A few letters of a hash: enough to tell sessions apart, nothing to sign in with. */
const sessionName = (secret: string): string => createHash('sha256').update(`name ${secret}`).digest('hex').slice(0, 6);

async function registerPages(
  app: FastifyInstance,
  folder: string,
  page: (reply: FastifyReply, code: number, html: string) => FastifyReply,
): Promise<void> {
  if (!existsSync(join(folder, 'index.html'))) {
    app.get('/', async (_request, reply) => page(reply, 503, notBuiltPage));
    return;
  }
  await app.register(fastifyStatic, {
    root: folder,
    cacheControl: false,
    dotfiles: 'deny',
    preCompressed: true,
    setHeaders(reply, path) {
      // Names in assets/ carry a hash of their content; the page itself must always be asked for.
      const hashed = path.slice(folder.length).replaceAll('\\', '/').startsWith('/assets/');
      reply.header('cache-control', hashed ? 'private, max-age=31536000, immutable' : 'no-store');
    },
  });
}

/** tus reads the request's bytes itself, so Fastify must not. */
async function registerUpload(app: FastifyInstance, upload: NonNullable<WebOptions['upload']>): Promise<void> {
  await app.register(async (scope) => {
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser('*', (_request, _payload, done) => done(null));
    const handle = async (request: FastifyRequest, reply: FastifyReply): Promise<void> => {
      reply.hijack();
      for (const [name, value] of Object.entries(pageHeaders)) reply.raw.setHeader(name, value);
      await upload(request.raw, reply.raw);
    };
    scope.all('/upload', handle);
    scope.all('/upload/*', handle);
  });
}

const listenProblem = (port: number, error: unknown): ProblemError =>
  new ProblemError(
    {
      code: 'port-in-use',
      title: 'The page could not be served',
      detail: `Port ${port} on 127.0.0.1: ${error instanceof Error ? error.message : String(error)}`,
      fix: 'Choose another port with --port, or leave it out and any free one is taken.',
    },
    { cause: error },
  );
