export const escape = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');

export const pageStyle = `body { font: 16px/1.5 system-ui, sans-serif; max-width: 34rem; margin: 15vh auto; padding: 0 1.5rem; color: #1d2126; background: #f6f5f2 }
code { font: 14px/1.5 ui-monospace, monospace; background: #e6e4de; padding: .15rem .4rem; border-radius: 4px }
@media (prefers-color-scheme: dark) { body { color: #e8e6e1; background: #17191c } code { background: #2a2e33 } }
`;

/** A plain page without script, for people who have no session (or no pages built). */
export const plainPage = (title: string, paragraphs: readonly string[], command?: string): string => `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>${escape(title)}</title>
<style>
${pageStyle}</style></head><body><main><h1>${escape(title)}</h1>
${paragraphs.map((text) => `<p>${escape(text)}</p>`).join('\n')}
${command ? `<p><code>${escape(command)}</code></p>` : ''}</main></body></html>
`;

export const signedOutPage = plainPage(
  'Sign in to Hearth',
  [
    'This page needs a sign-in address. It works once, and only you on this computer can get one.',
    'In a terminal on this computer, ask for it:',
  ],
  'npx hearth open',
);
export const wrongCodePage = plainPage(
  'This sign-in address is no longer good',
  ['Each address works once and for fifteen minutes. Get a new one in a terminal on this computer:'],
  'npx hearth open',
);
export const slowDownPage = plainPage(
  'Too many wrong sign-ins',
  ['Wait a minute, then use a fresh address:'],
  'npx hearth open',
);
export const notBuiltPage = plainPage('The pages are not built', ['In the folder of Hearth, run:'], 'npm run build');
