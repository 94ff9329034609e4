import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { asProblem } from '../../contract/problem.ts';
import type { Problem } from '../../contract/problem.ts';
import { fieldOf, sendForm, takeForms } from './form-page.ts';
import { escape } from './pages.ts';
import { waitOf } from './wait.ts';
import { wordsFor } from './words.ts';
import type { Words } from './words.ts';

/** How a browser is let in. */
export interface BrowserDoor {
  /** closed: nobody has an account, and no code is shown. `wait`: milliseconds until another code is shown. */
  how(): 'account' | 'code' | 'closed' | { wait: number };
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
  const show = (words: Words, reply: FastifyReply, status: number, problem?: Problem): FastifyReply => {
    const how = browsers.how();
    const body = typeof how === 'string' ? forms[how](words) : waiting(words, how.wait);
    return sendForm(reply, status, {
      words,
      title: words.say('box.title'),
      body,
      problem,
      fix: typeof how === 'string',
    });
  };
  app.get('/sign-in', async (request, reply) =>
    options.signedIn(request) ? reply.redirect('/', 303) : show(wordsFor(request), reply, 200),
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
      return show(wordsFor(request), slow ? reply.header('retry-after', '60') : reply, slow ? 429 : 403, problem);
    }
    return reply
      .setCookie(cookie, session, { httpOnly: true, secure: true, sameSite: 'strict', path: '/', maxAge: cookieAge })
      .header('cache-control', 'no-store')
      .redirect('/', 303);
  });
}

const again = ({ say }: Words): string => `<p><a class="button" href="/sign-in">${escape(say('lookAgain'))}</a></p>`;
const forms = {
  account: ({ say }: Words) => `<form method="post" action="/sign-in">
<label>${escape(say('name'))}<input name="name" autocomplete="username" autocapitalize="none" spellcheck="false" required autofocus></label>
<label>${escape(say('password'))}<input name="password" type="password" autocomplete="current-password" required></label>
<button>${escape(say('signIn'))}</button></form>`,
  code: ({ say }: Words) => `<p>${escape(say('box.code'))}</p>
<form method="post" action="/sign-in">
<label>${escape(say('code'))}<input class="code" name="code" inputmode="numeric" autocomplete="one-time-code" pattern="[0-9 ]{8,9}" maxlength="9" required autofocus></label>
<button>${escape(say('goOn'))}</button></form>`,
  closed: (words: Words) =>
    `<p>${escape(words.say('box.closed'))}</p><p><code>hearth box code</code></p>${again(words)}`,
};
const waiting = (words: Words, ms: number): string => {
  const { unit, n } = waitOf(ms);
  const text = words.say(`box.wait.${unit}`, { n });
  return `<p>${escape(text)}</p>\n${again(words)}`;
};
