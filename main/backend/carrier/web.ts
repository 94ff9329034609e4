import type { AddressInfo } from 'node:net';
import { fastify } from 'fastify';
import type { FastifyRequest } from 'fastify';
import { pageHeaders } from '../../contract/page-headers.ts';
import { ProblemError } from '../../contract/problem.ts';
import { allowedHosts, refuse } from './guard.ts';
import { signedOutPage, slowDownPage, wrongCodePage } from './pages.ts';
import { registerBase, registerServed, sendPage } from './served.ts';
import type { Served } from './served.ts';
import type { SignIn } from './sign-in.ts';
import { wordsFor } from './words.ts';

/** `cookie`: one a data directory, since all ports of a host share their cookies. */
export interface WebOptions extends Served {
  /** 0 for any free one. Always on 127.0.0.1. */
  port: number;
  signIn: SignIn;
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
  await registerBase(app, options.log);
  const signedIn = (request: FastifyRequest): boolean => options.signIn.check(request.cookies[options.cookie]);

  app.addHook('onRequest', async (request, reply) => {
    reply.headers(pageHeaders);
    const upgrade = request.headers.upgrade !== undefined;
    const reason = refuse({ method: request.method, headers: request.headers, upgrade }, hosts);
    if (reason) return reply.code(403).type('text/plain').send(`${reason}\n`);
    const path = request.url.split('?', 1)[0];
    if (path === '/sign-in' || signedIn(request)) return undefined;
    if (path === '/' && request.method === 'GET' && !upgrade)
      return sendPage(reply, 401, signedOutPage(wordsFor(request)));
    return reply.code(401).type('text/plain').send('Sign in first: `npx hearth open` prints an address.\n');
  });

  app.get<{ Querystring: { code?: unknown } }>('/sign-in', async (request, reply) => {
    const { code } = request.query;
    const result = typeof code === 'string' ? await options.signIn.redeem(code) : 'wrong';
    if (result === 'slow-down')
      return sendPage(reply.header('retry-after', '60'), 429, slowDownPage(wordsFor(request)));
    // Back or reload on a used address, with a good session: nothing to complain about.
    if (result === 'wrong')
      return signedIn(request) ? reply.redirect('/', 303) : sendPage(reply, 403, wrongCodePage(wordsFor(request)));
    return reply
      .setCookie(options.cookie, result.session, { httpOnly: true, sameSite: 'strict', path: '/', maxAge: 30 * 86_400 })
      .header('cache-control', 'no-store')
      .redirect('/', 303);
  });
  await registerServed(app, options);

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
