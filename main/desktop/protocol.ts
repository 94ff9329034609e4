import { readFile } from 'node:fs/promises';
import { extname, join, normalize, sep } from 'node:path';
import { protocol } from 'electron';
import { pageHeaders } from '../contract/page-headers.ts';

/** The page's own origin: no file://, no port that another program could reach. */
export const appOrigin = 'app://ui';

const types: Record<string, string> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.woff2': 'font/woff2',
  '.json': 'application/json',
};

/** Before `ready`: app:// is a secure, standard origin. */
export function registerAppScheme(): void {
  protocol.registerSchemesAsPrivileged([
    { scheme: 'app', privileges: { standard: true, secure: true, supportFetchAPI: true } },
  ]);
}

/** Path of the file that a request names, or undefined where it points outside the page's folder. */
export function pageFile(folder: string, url: string): string | undefined {
  const { host, pathname } = new URL(url);
  if (host !== 'ui') return undefined;
  let decoded: string;
  try {
    decoded = decodeURIComponent(pathname);
  } catch {
    return undefined; // not UTF-8: nothing of ours is named so
  }
  if (decoded.includes('\0') || decoded.includes('\\')) return undefined;
  const path = normalize(join(folder, decoded === '/' ? 'index.html' : decoded));
  return path.startsWith(folder + sep) ? path : undefined;
}

/** Serves out/renderer under app://ui/. */
export function handleAppProtocol(): void {
  const folder = join(import.meta.dirname, '../renderer');
  protocol.handle('app', async (request) => {
    const path = pageFile(folder, request.url);
    if (!path) return new Response('Not found', { status: 404 });
    try {
      const headers = { ...pageHeaders, 'content-type': types[extname(path)] ?? 'application/octet-stream' };
      return new Response(new Uint8Array(await readFile(path)), { headers });
    } catch {
      return new Response('Not found', { status: 404 });
    }
  });
}
