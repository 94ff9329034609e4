/** The page's own origin: no file://, no port that another program could reach. */
export const appOrigin = 'app://ui';

/** Letters of an address. Ours may name a file of the longest path there is (4096 bytes, in letters that no address changes). */
const longestOwn = 8192;
const longestOutside = 2048;

/** The address, taken apart; undefined for what is none, or could be read in two ways (spaces, controls, backslashes). */
function parsed(url: unknown, longest: number): URL | undefined {
  if (typeof url !== 'string' || url.length > longest || /[\s\p{Cc}\p{Cf}\\]/u.test(url)) return undefined;
  return URL.canParse(url) ? new URL(url) : undefined;
}

const hasLogin = (url: URL): boolean => url.username !== '' || url.password !== '';

/** Whether an address is below app://ui/, with nothing before or after the host. Pure. */
export function isOurs(url: unknown): boolean {
  const at = parsed(url, longestOwn);
  return at !== undefined && at.protocol === 'app:' && at.host === 'ui' && !hasLogin(at);
}

/** Where the window may go: to the one page that there is, in its top frame. Places inside the page are its fragment. Pure. */
export const mayNavigate = (url: unknown, topFrame: boolean): boolean =>
  topFrame && isOurs(url) && ['/', '/index.html'].includes(new URL(String(url)).pathname);

/**
 * What the page may load, whatever its policy says: our files, pictures that it made, and files that it hands to the person.
 * `kind`: Electron's name of it (`mainFrame`, `script`, `image`, ...). Pure.
 */
export function mayLoad(url: unknown, kind: string): boolean {
  if (isOurs(url)) return true;
  if (typeof url !== 'string') return false;
  if (kind === 'image') return url.startsWith('data:image/') || isOurBlob(url);
  return !['mainFrame', 'subFrame', 'script', 'object', 'webSocket'].includes(kind) && isOurBlob(url);
}

/** What may become a file in the person's downloads: what the page made itself. Pure. */
export const maySave = (url: unknown): boolean => isOurs(url) || isOurBlob(url);

/** `blob:app://ui/UUID`: bytes that a page of ours holds. */
const isOurBlob = (url: unknown): boolean => typeof url === 'string' && /^blob:app:\/\/ui\/[0-9a-f-]{36}$/.test(url);

/** What the page may ask the browser for: copying text, and the whole screen with its keys for consoles. */
const permissions: ReadonlySet<string> = new Set(['clipboard-sanitized-write', 'fullscreen', 'keyboardLock']);

/** Whether a permission is given: a few, and only to the top frame of our own page. Pure. */
export const mayAsk = (permission: string, url: unknown, topFrame: boolean): boolean =>
  topFrame && permissions.has(permission) && isOurs(url);

/** Hosts that are this computer: a machine's forwarded ports are opened there, without TLS. */
const thisComputer = /^(localhost|127(\.\d{1,3}){3}|0\.0\.0\.0|\[::1\])$/;

/**
 * The address that the person's browser gets for a link out of the page, as it was understood; undefined for one that it does
 * not get: https, and http to this computer. No names or passwords in it (they make one host look like another), no host with
 * a dot at its end, other letters in the ASCII form that no eye mistakes. Pure.
 */
export function outsideAddress(url: unknown): string | undefined {
  const at = parsed(url, longestOutside);
  if (!at || hasLogin(at) || at.hostname.endsWith('.')) return undefined;
  return at.protocol === 'https:' || (at.protocol === 'http:' && thisComputer.test(at.hostname)) ? at.href : undefined;
}

/** As much of a frame and of a page as says who asks (Electron's WebFrameMain and WebContents). */
interface Frame {
  readonly url: string;
  readonly origin: string;
  readonly parent: unknown;
  readonly detached: boolean;
  isDestroyed(): boolean;
}
export interface Asked {
  readonly senderFrame: Frame | null;
  readonly sender: { readonly mainFrame: Frame; isDestroyed(): boolean };
}

/** Whether a message came from the living top frame of our own page. A frame may be gone or be about to go by now. Pure. */
export function isOurSender({ sender, senderFrame: frame }: Asked): boolean {
  if (sender.isDestroyed() || frame === null || frame.isDestroyed() || frame.detached) return false;
  return frame === sender.mainFrame && frame.parent === null && frame.origin === appOrigin && isOurs(frame.url);
}
