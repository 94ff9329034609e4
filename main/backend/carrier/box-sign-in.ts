import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { asProblem } from '../../contract/problem.ts';
import type { Problem } from '../../contract/problem.ts';
import { fieldOf, sendForm, takeForms } from './form-page.ts';
import { escape } from './pages.ts';

/** How a browser is let in. */
export interface BrowserDoor {
  /** closed: nobody has an account, and no code is shown. `wait`: in words, until another code is shown. */
  how(): 'account' | 'code' | 'closed' | { wait: string };
  /** The secret of a new session. Throws a Problem for what is wrong or comes too often. */
  enter(given: { name: string; password: string; code: string }, address: string): Promise<string>;
}

const cookieAge = 30 * 86_400;
/** `/sign-in`: a form without script; what it sends becomes a session. */
export function registerBoxSignIn(
  app: FastifyInstance,
  options: { cookie: string; browsers: BrowserDoor; signedIn: (request: FastifyRequest) => boolean },
): void {
  const { browsers, cookie } = options;
  takeForms(app);
  const show = (reply: FastifyReply, status: number, problem?: Problem): FastifyReply => {
    const how = browsers.how();
    const body = typeof how === 'string' ? forms[how] : waiting(how.wait);
    return sendForm(reply, status, { title: 'Sign in to this box', body, problem, fix: typeof how === 'string' });
  };
  app.get('/sign-in', async (request, reply) =>
    options.signedIn(request) ? reply.redirect('/', 303) : show(reply, 200),
  );
  app.post('/sign-in', async (request, reply) => {
    const text = (name: string): string => fieldOf(request.body, name);
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
<label>Name<input name="name" autocomplete="username" autocapitalize="none" spellcheck="false" required autofocus></label>
<label>Password<input name="password" type="password" autocomplete="current-password" required></label>
<button>Sign in</button></form>`,
  code: `<p>Nobody has an account on this box yet. Type the eight digits that its screen shows.</p>
<form method="post" action="/sign-in">
<label>Code<input class="code" name="code" inputmode="numeric" autocomplete="one-time-code" pattern="[0-9 ]{8,9}" maxlength="9" required autofocus></label>
<button>Go on</button></form>`,
  closed: `<p>This box is paired with an app and has no account for its pages yet. Make one in the app, or ask at the
console of the box for a code:</p><p><code>hearth box code</code></p><p><a class="button" href="/sign-in">Look again</a></p>`,
};
const waiting = (words: string): string =>
  `<p>After too many wrong codes nobody may try for ${escape(words)}. Then the screen of the box shows another code.</p>
<p><a class="button" href="/sign-in">Look again</a></p>`;
