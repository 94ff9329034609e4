import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { join } from 'node:path';
import fastifyCookie from '@fastify/cookie';
import fastifyStatic from '@fastify/static';
import fastifyWebsocket from '@fastify/websocket';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { WebSocket } from 'ws';
import { pageHeaders } from '../../contract/page-headers.ts';
import type { Door } from '../../contract/permissions.ts';
import type { Port } from '../../contract/port.ts';
import type { Problem } from '../../contract/problem.ts';
import { websocketPort } from '../../contract/websocket-port.ts';
import type { Log } from '../log.ts';
import { notBuiltPage } from './pages.ts';
import { withBackPressure } from './socket.ts';
import { wordsFor } from './words.ts';

/** Whose page it is. */
export interface Visitor {
  /** Names the session of its browser without letting anyone in. */
  session: string;
  /** Address of ours that it came to, and its own. */
  at: string;
  from: string;
  /** Of its session. */
  secret: string;
}
/** What every carrier of pages serves to a browser that is let in, and to nobody else. */
export interface Served {
  /** Folder of the built pages. */
  pages: string;
  /** Name of the session cookie. */
  cookie: string;
  log: Log;
  /** Serves one page. */
  attach(port: Port, visitor: Visitor): void;
  /** Why whoever asks may not have what is behind a door; without it whoever is let in may. */
  may?: (secret: string, door: Door) => Problem | undefined;
  /** A page's socket opened, with the secret of its session. */
  opened?: (socket: WebSocket, secret: string) => void;
  /** Sends the support bundle of that name; false when there is none. */
  download?: (name: string, response: ServerResponse) => Promise<boolean>;
  /** Sends the exported machine of that name; false when there is none. */
  exported?: (name: string, request: IncomingMessage, response: ServerResponse) => Promise<boolean>;
  /** tus endpoint under /upload. */
  upload?: (request: IncomingMessage, response: ServerResponse) => void | Promise<void>;
}

/** Cookies and the socket; before any hook that reads a cookie. */
export async function registerBase(app: FastifyInstance, log: Log): Promise<void> {
  await app.register(fastifyCookie);
  await app.register(fastifyWebsocket, {
    options: { maxPayload: 4 * 1024 * 1024, perMessageDeflate: false },
    errorHandler: (error, socket) => {
      log.warn({ err: error }, 'a page socket failed');
      socket.terminate();
    },
  });
}

/** The pages, their socket, downloads and uploads. Who may have them is decided by a hook before. */
export async function registerServed(app: FastifyInstance, options: Served): Promise<void> {
  app.get('/rpc', { websocket: true }, (socket, request) => {
    const secret = request.cookies[options.cookie] ?? '';
    options.opened?.(socket, secret);
    const { localAddress = '', remoteAddress = '' } = request.socket;
    const visitor = { session: sessionName(secret), at: localAddress, from: remoteAddress, secret };
    options.attach(websocketPort(withBackPressure(socket)), visitor);
  });
  const refused = (request: FastifyRequest, reply: FastifyReply, door: Door): boolean => {
    const problem = options.may?.(request.cookies[options.cookie] ?? '', door);
    if (problem) void reply.code(403).type('text/plain').send(`${problem.title}. ${problem.detail}\n`);
    return problem !== undefined;
  };
  app.get<{ Params: { name: string } }>('/support/:name', async (request, reply) => {
    if (refused(request, reply, '/support')) return reply;
    reply.hijack();
    for (const [name, value] of Object.entries(pageHeaders)) reply.raw.setHeader(name, value);
    if (!(await options.download?.(request.params.name, reply.raw)))
      reply.raw.writeHead(404).end('There is no such bundle.\n');
    return undefined;
  });
  app.get<{ Params: { name: string } }>('/exports/:name', async (request, reply) => {
    if (refused(request, reply, '/exports')) return reply;
    reply.hijack();
    for (const [name, value] of Object.entries(pageHeaders)) reply.raw.setHeader(name, value);
    if (!(await options.exported?.(request.params.name, request.raw, reply.raw)))
      reply.raw.writeHead(404).end('There is no such file.\n');
    return undefined;
  });
  if (options.upload) await registerUpload(app, options.upload, refused);
  await registerPages(app, options.pages);
}

export const sendPage = (reply: FastifyReply, code: number, html: string): FastifyReply =>
  reply
    .code(code)
    .header('cache-control', 'no-store')
    .header('vary', 'accept-language')
    .type('text/html; charset=utf-8')
    .send(html);

/** A few letters of a hash: enough to tell sessions apart, nothing to sign in with. */
const sessionName = (secret: string): string => createHash('sha256').update(`name ${secret}`).digest('hex').slice(0, 6);

async function registerPages(app: FastifyInstance, folder: string): Promise<void> {
  if (!existsSync(join(folder, 'index.html'))) {
    app.get('/', async (request, reply) => sendPage(reply, 503, notBuiltPage(wordsFor(request))));
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
async function registerUpload(
  app: FastifyInstance,
  upload: NonNullable<Served['upload']>,
  refused: (request: FastifyRequest, reply: FastifyReply, door: Door) => boolean,
): Promise<void> {
  await app.register(async (scope) => {
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser('*', (_request, _payload, done) => done(null));
    const handle = async (request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply | undefined> => {
      if (refused(request, reply, '/upload')) return reply;
      reply.hijack();
      for (const [name, value] of Object.entries(pageHeaders)) reply.raw.setHeader(name, value);
      await upload(request.raw, reply.raw);
      return undefined;
    };
    scope.all('/upload', handle);
    scope.all('/upload/*', handle);
  });
}
