import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { pageHeaders } from '../../contract/page-headers.ts';
import { asProblem } from '../../contract/problem.ts';
import type { Problem } from '../../contract/problem.ts';
import { escape, pageStyle } from './pages.ts';
import { sendPage } from './served.ts';

/** How a browser is let in. */
export interface BrowserDoor {
  /** closed: nobody has an account, and no code is shown. */
  how(): 'account' | 'code' | 'closed';
  /** The secret of a new session. Throws a Problem for what is wrong or comes too often. */
  enter(given: { name: string; password: string; code: string }, address: string): Promise<string>;
}

const cookieAge = 30 * 86_400;
/** A form of one's own page: without `same-origin` a browser would not say where it comes from. */
const formHeaders: Readonly<Record<string, string>> = {
  ...pageHeaders,
  'content-security-policy': `${pageHeaders['content-security-policy']}`.replace(
    "form-action 'none'",
    "form-action 'self'",
  ),
  'referrer-policy': 'same-origin',
};

/** `/sign-in`: a form without script; what it sends becomes a session. */
export function registerBoxSignIn(
  app: FastifyInstance,
  options: { cookie: string; browsers: BrowserDoor; signedIn: (request: FastifyRequest) => boolean },
): void {
  const { browsers, cookie } = options;
  app.addContentTypeParser('application/x-www-form-urlencoded', { parseAs: 'string', bodyLimit: 4096 }, (_request, body, done) =>
    done(null, Object.fromEntries(new URLSearchParams(String(body)))),
  ); // prettier-ignore
  const show = (reply: FastifyReply, status: number, problem?: Problem): FastifyReply =>
    sendPage(reply.headers(formHeaders), status, signInPage(browsers.how(), problem));
  app.get('/sign-in', async (request, reply) =>
    options.signedIn(request) ? reply.redirect('/', 303) : show(reply, 200),
  );
  app.post('/sign-in', async (request, reply) => {
    const given = (request.body ?? {}) as Record<string, unknown>;
    const text = (name: string): string => (typeof given[name] === 'string' ? given[name] : '').slice(0, 200);
    let session: string;
    try {
      const entered = {
        name: text('name').trim(),
        password: text('password'),
        code: text('code').replaceAll(/\s/g, ''),
      };
      session = await browsers.enter(entered, request.socket.remoteAddress ?? '');
    } catch (error) {
      const problem = asProblem(error);
      const slow = problem.code === 'too-often' || problem.code === 'code-wait';
      return show(slow ? reply.header('retry-after', '60') : reply, slow ? 429 : 403, problem);
    }
    return reply
      .setCookie(cookie, session, { httpOnly: true, secure: true, sameSite: 'strict', path: '/', maxAge: cookieAge })
      .header('cache-control', 'no-store')
      .redirect('/', 303);
  });
}

const forms = {
  account: `<form method="post" action="/sign-in">
<p><label>Name<br><input name="name" autocomplete="username" autocapitalize="none" required autofocus></label></p>
<p><label>Password<br><input name="password" type="password" autocomplete="current-password" required></label></p>
<p><button>Sign in</button></p></form>`,
  code: `<p>Nobody has an account on this box yet. Type the eight digits that its screen shows.</p>
<form method="post" action="/sign-in">
<p><label>Code<br><input name="code" inputmode="numeric" autocomplete="one-time-code" pattern="[0-9 ]{8,9}" required autofocus></label></p>
<p><button>Go on</button></p></form>`,
  closed: `<p>This box is paired with an app and has no account for its pages yet. Make one in the app, or ask at the
console of the box for a code:</p><p><code>hearth box code</code></p>`,
};

const signInPage = (how: keyof typeof forms, problem: Problem | undefined): string => `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>Sign in to this box</title>
<style>${pageStyle}
input { font: inherit; padding: .5rem; width: 100%; max-width: 20rem; box-sizing: border-box }
button { font: inherit; padding: .5rem 1.25rem }
[role=alert] { border-left: 4px solid #b3261e; padding-left: 1rem }
</style></head><body><main><h1>Sign in to this box</h1>
${problem ? `<div role="alert"><p><strong>${escape(problem.title)}</strong></p><p>${escape(problem.detail)}</p>${problem.fix ? `<p>${escape(problem.fix)}</p>` : ''}</div>` : ''}
${forms[how]}</main></body></html>
`;
