/** Chromium has no app:// of ours; in it the same pages are below this address, which no network is asked for. */
const inside = 'https://ui.hearth.invalid';

/** An address of the shell as Chromium has it. */
export const forChromium = (url: string): string => url.replace(/^(blob:)?app:\/\/ui(?=$|[/?#])/, `$1${inside}`);

/** An address of Chromium as the shell knows it. */
export const forShell = (url: string): string =>
  url.replace(/^(blob:)?https:\/\/ui\.hearth\.invalid(?=$|[/?#])/, '$1app://ui');

/** The origin of an address, serialised as Chromium does it for a standard scheme. */
export function originOf(url: string): string {
  const [origin = 'null'] = /^app:\/\/[^/?#]+/.exec(url) ?? [];
  return origin === 'null' && URL.canParse(url) ? new URL(url).origin : origin;
}
