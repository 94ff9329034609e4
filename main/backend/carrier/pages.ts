import type { Words } from './words.ts';

export const escape = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
/** Text with `commands` in it, as HTML. */
export const withCode = (text: string): string => escape(text).replaceAll(/`([^`]+)`/g, '<code>$1</code>');

/** The colours of the pages behind it (renderer/styles/tokens.css): this one has no bundle to take them from. */
const style = `:root { color-scheme: light dark }
* { box-sizing: border-box }
body { margin: 0; min-height: 100dvh; display: grid; grid-template-columns: minmax(0, 1fr); place-items: center; padding: 1.5rem; font: 14px/1.5 system-ui, sans-serif;
  color: light-dark(#221e1a, #efe9e2); background: light-dark(#f7f5f2, #141210) }
main { width: 100%; max-width: 25rem; padding: 1.75rem; border: 1px solid light-dark(#e5e0da, #322d29); border-radius: 12px;
  background: light-dark(#ffffff, #1c1917) }
.brand { display: flex; align-items: center; gap: .5rem; margin: 0 0 1rem; font-weight: 600 }
.brand svg { width: 1.25rem; height: 1.25rem; fill: light-dark(#bd4413, #f17a45) }
h1 { margin: 0 0 .75rem; font-size: 1.25rem; line-height: 1.3 }
p { margin: 0 0 1rem; color: light-dark(#5b544c, #b8aea3); text-wrap: pretty }
form { display: grid; grid-template-columns: minmax(0, 1fr); gap: 1rem }
label { display: grid; grid-template-columns: minmax(0, 1fr); gap: .375rem }
input { width: 100%; min-width: 0; height: 2.25rem; padding: 0 .625rem; border: 1px solid light-dark(#918980, #756c63); border-radius: 6px; font: inherit; color: inherit;
  background: light-dark(#ffffff, #141210) }
.code { height: 2.75rem; font: 600 1.25rem ui-monospace, monospace; letter-spacing: .12em }
button, .button { display: inline-block; justify-self: start; padding: .375rem .875rem; border: 1px solid transparent; border-radius: 6px; font: inherit; font-weight: 500;
  text-decoration: none; cursor: pointer; color: light-dark(#ffffff, #1d0d05); background: light-dark(#bd4413, #f17a45) }
:focus-visible { outline: 2px solid light-dark(#1f6bb8, #8cc4ff); outline-offset: 2px }
code { padding: .15rem .4rem; border-radius: 4px; font: 13px/1.5 ui-monospace, monospace; color: light-dark(#221e1a, #efe9e2); background: light-dark(#f1eeea, #2b2724) }
[role=alert] { margin-bottom: 1rem; padding: .625rem .875rem; border-left: 3px solid light-dark(#bf2222, #ff7b72); border-radius: 6px;
  background: light-dark(#fce9e8, #3b1a18) }
[role=alert] p { margin: 0 } [role=alert] strong { color: light-dark(#221e1a, #efe9e2) }`;
const flame =
  '<svg viewBox="0 0 32 32" aria-hidden="true"><path d="M16.8 2c1.2 7.2-9 12-9 20a8.8 8.8 0 0 0 17.6.5c0-4.4-2.2-7-3.7-9-.5 2.2-1.5 3.7-3.2 4.3 1-5.5.1-11.6-1.7-15.8Z"/></svg>';

/** A page of its own before the pages, without script. `body`: HTML. */
export const ownPage = ({ language }: Words, title: string, body: string): string => `<!doctype html>
<html lang="${language}"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>${escape(title)}</title>
<style>${style}</style></head><body><main><p class="brand">${flame}Hearth</p><h1>${escape(title)}</h1>
${body}</main></body></html>
`;
/** For people who have no session (or no pages built): what helps is a command. */
const plainPage = (words: Words, title: string, paragraphs: readonly string[], command: string): string =>
  ownPage(words, title, [...paragraphs.map((text) => escape(text)), `<code>${escape(command)}</code>`].map((text) => `<p>${text}</p>`).join('\n')); // prettier-ignore

const newAddress = 'npx hearth open';
export const signedOutPage = (words: Words): string =>
  plainPage(words, words.say('lan.title'), [words.say('address.text'), words.say('address.how')], newAddress);
export const wrongCodePage = (words: Words): string =>
  plainPage(words, words.say('used.title'), [words.say('used.text')], newAddress);
export const slowDownPage = (words: Words): string =>
  plainPage(words, words.say('slow.title'), [words.say('slow.text')], newAddress);
export const notBuiltPage = (words: Words): string =>
  plainPage(words, words.say('unbuilt.title'), [words.say('unbuilt.text')], 'npm run build');
