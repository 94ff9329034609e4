import type { FastifyInstance, FastifyReply } from 'fastify';
import { pageHeaders } from '../../contract/page-headers.ts';
import type { Problem } from '../../contract/problem.ts';
import { ownPage, withCode } from './pages.ts';
import type { Words } from './words.ts';

/** A form of one's own page: without `same-origin` a browser would not say where it comes from. */
const formHeaders: Readonly<Record<string, string>> = {
  ...pageHeaders,
  'content-security-policy': `${pageHeaders['content-security-policy']}`.replace(
    "form-action 'none'",
    "form-action 'self'",
  ),
  'referrer-policy': 'same-origin',
};

/** Takes what forms without script send, as a record of texts; nothing else is a form. */
export function takeForms(app: FastifyInstance): void {
  app.addContentTypeParser('application/x-www-form-urlencoded', { parseAs: 'string', bodyLimit: 4096 }, (_request, body, done) =>
    done(null, Object.fromEntries(new URLSearchParams(String(body)))),
  ); // prettier-ignore
}
/** A field of a form, at most 200 characters unless told; empty where it is missing. */
export function fieldOf(body: unknown, name: string, most = 200): string {
  const value = (body as Record<string, unknown> | null | undefined)?.[name];
  return (typeof value === 'string' ? value : '').slice(0, most);
}

export interface FormPage {
  words: Words;
  title: string;
  /** HTML that is written in the sources; what comes from outside is escaped by whoever puts it in. */
  body: string;
  problem?: Problem | undefined;
  /** Says what to do about the problem, too. */
  fix?: boolean;
}
/** A page of its own before the pages: a heading, what went wrong, a form. No script. */
export const sendForm = (reply: FastifyReply, status: number, page: FormPage): FastifyReply =>
  reply
    .headers(formHeaders)
    .code(status)
    .header('cache-control', 'no-store')
    .header('vary', 'accept-language')
    .type('text/html; charset=utf-8')
    .send(formPage(page));

/** What the backend reports: English, and marked so, where the language has no words for it. */
const told = ({ reported }: Words, sentence: string): string => {
  const own = reported(sentence);
  return own === undefined ? `<span lang="en">${withCode(sentence)}</span>` : withCode(own);
};

const formPage = ({ words, title, body, problem, fix = true }: FormPage): string =>
  ownPage(
    words,
    title,
    `${problem ? `<div role="alert"><p><strong>${told(words, problem.title)}</strong></p><p>${told(words, problem.detail)}${problem.fix && fix ? ` ${told(words, problem.fix)}` : ''}</p></div>` : ''}
${body}`,
  );
