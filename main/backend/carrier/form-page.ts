import type { FastifyInstance, FastifyReply } from 'fastify';
import { pageHeaders } from '../../contract/page-headers.ts';
import type { Problem } from '../../contract/problem.ts';
import { escape } from './pages.ts';

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
    .type('text/html; charset=utf-8')
    .send(formPage(page));

/** The colours of the pages behind it (renderer/styles/tokens.css): this one has no bundle to take them from. */
const style = `:root { color-scheme: light dark }
* { box-sizing: border-box }
body { margin: 0; min-height: 100dvh; display: grid; place-items: center; padding: 1.5rem; font: 14px/1.5 system-ui, sans-serif;
  color: light-dark(#221e1a, #efe9e2); background: light-dark(#f7f5f2, #141210) }
main { width: 100%; max-width: 25rem; padding: 1.75rem; border: 1px solid light-dark(#e5e0da, #322d29); border-radius: 12px;
  background: light-dark(#ffffff, #1c1917) }
.brand { display: flex; align-items: center; gap: .5rem; margin: 0 0 1rem; font-weight: 600 }
.brand svg { width: 1.25rem; height: 1.25rem; fill: light-dark(#bd4413, #f17a45) }
h1 { margin: 0 0 .75rem; font-size: 1.25rem; line-height: 1.3 }
p { margin: 0 0 1rem; color: light-dark(#5b544c, #b8aea3); text-wrap: pretty }
form { display: grid; gap: 1rem }
label { display: grid; gap: .375rem }
input { height: 2.25rem; padding: 0 .625rem; border: 1px solid light-dark(#918980, #756c63); border-radius: 6px; font: inherit; color: inherit;
  background: light-dark(#ffffff, #141210) }
.code { height: 2.75rem; font: 600 1.25rem ui-monospace, monospace; letter-spacing: .12em }
button, .button { display: inline-block; justify-self: start; padding: .375rem .875rem; border: 0; border-radius: 6px; font: inherit; font-weight: 500;
  text-decoration: none; cursor: pointer; color: light-dark(#ffffff, #1d0d05); background: light-dark(#bd4413, #f17a45) }
:focus-visible { outline: 2px solid light-dark(#1f6bb8, #8cc4ff); outline-offset: 2px }
code { padding: .15rem .4rem; border-radius: 4px; font: 13px/1.5 ui-monospace, monospace; color: light-dark(#221e1a, #efe9e2); background: light-dark(#f1eeea, #2b2724) }
[role=alert] { margin-bottom: 1rem; padding: .625rem .875rem; border-left: 3px solid light-dark(#bf2222, #ff7b72); border-radius: 6px;
  background: light-dark(#fce9e8, #3b1a18) }
[role=alert] p { margin: 0 } [role=alert] strong { color: light-dark(#221e1a, #efe9e2) }`;
const flame =
  '<svg viewBox="0 0 32 32" aria-hidden="true"><path d="M16.8 2c1.2 7.2-9 12-9 20a8.8 8.8 0 0 0 17.6.5c0-4.4-2.2-7-3.7-9-.5 2.2-1.5 3.7-3.2 4.3 1-5.5.1-11.6-1.7-15.8Z"/></svg>';

const formPage = ({ title, body, problem, fix = true }: FormPage): string => `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>${escape(title)}</title>
<style>${style}</style></head><body><main><p class="brand">${flame}Hearth</p><h1>${escape(title)}</h1>
${problem ? `<div role="alert"><p><strong>${escape(problem.title)}</strong></p><p>${escape(problem.detail)}${problem.fix && fix ? ` ${escape(problem.fix)}` : ''}</p></div>` : ''}
${body}</main></body></html>
`;
