import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { longestPassword, shortestPassword } from '../../contract/roles.ts';
import { asProblem } from '../../contract/problem.ts';
import type { Problem } from '../../contract/problem.ts';
import { fieldOf, sendForm, takeForms } from './form-page.ts';
import { escape, withCode } from './pages.ts';
import { wordsFor } from './words.ts';
import type { Words } from './words.ts';

/** What the browser has to keep. */
interface Entered {
  session: string;
  device: string;
}
interface From {
  address: string;
  device: string | undefined;
  session: string | undefined;
}
/** How a browser is let in; see main/backend/access/sign-in.ts. All throw Problems. */
export interface LanDoor {
  /** Nobody has a password yet. */
  open(): boolean;
  enter(given: { name: string; password: string }, from: From): Promise<Entered>;
  setUp(given: { code: string; name: string; password: string }, from: From): Promise<Entered>;
}
export interface LanCookies {
  session: string;
  /** By which a browser that signed in before is known again: strangers do not make it wait. */
  device: string;
}

/** Seconds. */
const sessionAge = 7 * 86_400;
const deviceAge = 400 * 86_400;
const strict = { httpOnly: true, secure: true, sameSite: 'strict', path: '/' } as const;

/** `/sign-in` and `/setup`: forms without script; what they send becomes a session. */
export function registerLanSignIn(
  app: FastifyInstance,
  options: { cookies: LanCookies; door: LanDoor; signedIn: (request: FastifyRequest) => boolean },
): void {
  const { door, cookies } = options;
  takeForms(app);
  const from = (request: FastifyRequest): From => ({
    address: request.socket.remoteAddress ?? '',
    device: request.cookies[cookies.device],
    session: request.cookies[cookies.session],
  });
  const letIn = (reply: FastifyReply, { session, device }: Entered): FastifyReply =>
    reply
      .setCookie(cookies.session, session, { ...strict, maxAge: sessionAge })
      .setCookie(cookies.device, device, { ...strict, maxAge: deviceAge })
      .header('cache-control', 'no-store')
      .redirect('/', 303);
  const refused = (reply: FastifyReply, problem: Problem): number => {
    if (problem.code !== 'too-often') return problem.kind === 'denied' || problem.code === 'invalid-input' ? 403 : 500;
    const seconds = /(\d+) seconds?/.exec(problem.detail)?.[1] ?? '1';
    reply.header('retry-after', seconds);
    return 429;
  };
  const showSignIn = (words: Words, reply: FastifyReply, status: number, name: string, problem?: Problem, said = ''): FastifyReply =>
    sendForm(reply, status, { words, title: words.say('lan.title'), body: said + signInForm(words, name), problem }); // prettier-ignore
  const showSetup = (
    words: Words,
    reply: FastifyReply,
    status: number,
    code: string,
    name: string,
    problem?: Problem,
  ): FastifyReply =>
    sendForm(reply, status, { words, title: words.say('setup.title'), body: setupForm(words, code, name, problem), problem }); // prettier-ignore

  app.get('/sign-in', async (request, reply) => {
    if (door.open()) return reply.redirect('/setup', 303);
    if (options.signedIn(request)) return reply.redirect('/', 303);
    // A script of an open page only looks whether it is signed out, before it loads itself anew.
    const looks = request.headers['sec-fetch-dest'] === 'empty';
    const words = wordsFor(request);
    if (looks || request.cookies[cookies.session] === undefined) return showSignIn(words, reply, 200, '');
    // A session that is over is of no use any more.
    reply.clearCookie(cookies.session, strict);
    return showSignIn(words, reply, 200, '', undefined, `<p>${escape(words.say('lan.over'))}</p>\n`);
  });
  app.post('/sign-in', async (request, reply) => {
    const name = fieldOf(request.body, 'name', 80).trim();
    // Longer than any password may be: not cut to one that fits.
    const password = fieldOf(request.body, 'password', 4 * longestPassword);
    try {
      return letIn(reply, await door.enter({ name, password }, from(request)));
    } catch (error) {
      const problem = asProblem(error);
      return showSignIn(wordsFor(request), reply, refused(reply, problem), name, problem);
    }
  });
  app.get<{ Querystring: { code?: unknown } }>('/setup', async (request, reply) => {
    if (!door.open()) return reply.redirect('/sign-in', 303);
    const { code } = request.query;
    return showSetup(wordsFor(request), reply, 200, typeof code === 'string' ? code.slice(0, 40) : '', '');
  });
  app.post('/setup', async (request, reply) => {
    if (!door.open()) return reply.redirect('/sign-in', 303);
    const text = (name: string): string => fieldOf(request.body, name, 4 * longestPassword);
    const [code, name] = [text('code').slice(0, 40), text('name').trim().slice(0, 80)];
    try {
      if (text('password') !== text('again')) throw different;
      return letIn(reply, await door.setUp({ code, name, password: text('password') }, from(request)));
    } catch (error) {
      const problem = error === different ? different : asProblem(error);
      return showSetup(wordsFor(request), reply, refused(reply, problem), code, name, problem);
    }
  });
}

/** Told in English, as all that is reported; the page has words for it. */
export const different: Problem = {
  code: 'invalid-input',
  title: 'The two passwords are different',
  detail: 'What you typed the second time is not what you typed first.',
  fix: 'Type both again.',
  kind: 'failed',
};

const nameField = ({ say }: Words, name: string, focus: boolean): string =>
  `<label>${escape(say('name'))}<input name="name" value="${escape(name)}" autocomplete="username" autocapitalize="none" spellcheck="false" maxlength="40" required${focus ? ' autofocus' : ''}></label>`;
/** Without an action it goes to the address of this very page: with it goes the page that one was sent here from (behind the #). */
const signInForm = (words: Words, name: string): string => `<form method="post">
${nameField(words, name, name === '')}
<label>${escape(words.say('password'))}<input name="password" type="password" autocomplete="current-password" required${name === '' ? '' : ' autofocus'}></label>
<button>${escape(words.say('signIn'))}</button></form>`;
/** The keyboard begins at what is missing, or was wrong. */
function setupForm(words: Words, code: string, name: string, problem?: Problem): string {
  const { say } = words;
  const begin = code === '' || problem?.code === 'code-wrong' ? 'code' : name === '' || problem?.fields?.['name'] !== undefined ? 'name' : 'password'; // prettier-ignore
  const focus = (field: string): string => (field === begin ? ' autofocus' : '');
  return `<p>${withCode(say('setup.text'))}</p>
<form method="post" action="/setup">
<label>${escape(say('code'))}<input class="code" name="code" value="${escape(code)}" autocomplete="one-time-code" autocapitalize="characters" spellcheck="false" maxlength="40" required${focus('code')}></label>
${nameField(words, name, begin === 'name')}
<label>${escape(say('setup.password', { least: shortestPassword }))}<input name="password" type="password" autocomplete="new-password" minlength="${shortestPassword}" required${focus('password')}></label>
<label>${escape(say('setup.again'))}<input name="again" type="password" autocomplete="new-password" required></label>
<button>${escape(say('goOn'))}</button></form>`;
}
