import { readFile, realpath, stat } from 'node:fs/promises';
import { extname, join, normalize, sep } from 'node:path';
import { pageHeaders } from '../contract/page-headers.ts';

/** Only what pages are made of is served. */
const types: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.woff2': 'font/woff2',
  '.json': 'application/json',
};

/** Longer paths are nobody's: no file of the build has a tenth of it. */
const longestPath = 1024;

/**
 * Path of the file that a request names; undefined where it points outside the page's folder, at a hidden file, or at what pages
 * are not made of. Decoded once: what is still encoded then is a name that no file has. Pure.
 */
export function pageFile(folder: string, url: string): string | undefined {
  if (!URL.canParse(url)) return undefined;
  const { protocol, host, username, password, pathname } = new URL(url);
  if (protocol !== 'app:' || host !== 'ui' || username !== '' || password !== '') return undefined;
  if (pathname.length > longestPath) return undefined;
  let decoded: string;
  try {
    decoded = decodeURIComponent(pathname);
  } catch {
    return undefined; // not UTF-8: nothing of ours is named so
  }
  // A colon would be a drive or a second stream of a file on Windows.
  if (/[\p{Cc}\\:%]/u.test(decoded) || /(^|\/)\./.test(decoded)) return undefined;
  const path = normalize(join(folder, decoded === '/' ? 'index.html' : decoded));
  return path.startsWith(folder + sep) && types[extname(path)] !== undefined ? path : undefined;
}

const refuse = (status: number, text: string, headers: Record<string, string> = {}): Response =>
  new Response(text, { status, headers: { ...pageHeaders, 'content-type': 'text/plain; charset=utf-8', ...headers } });

/**
 * Answers a request for a file of the page's folder. Links are followed only as far as they stay in the folder. One range of
 * bytes is honoured (RFC 9110, 14.2); other or malformed ones get the whole file, ranges past its end a 416.
 */
export async function servePage(folder: string, request: Request): Promise<Response> {
  if (request.method !== 'GET' && request.method !== 'HEAD')
    return refuse(405, 'Method not allowed', { allow: 'GET, HEAD' });
  const path = pageFile(folder, request.url);
  const bytes = path === undefined ? undefined : await readInside(folder, path);
  if (path === undefined || !bytes) return refuse(404, 'Not found');
  const range = rangeOf(request.headers.get('range'), bytes.length);
  if (range === 'none') return refuse(416, 'Range not satisfiable', { 'content-range': `bytes */${bytes.length}` });
  const part = range ? bytes.subarray(range.first, range.last + 1) : bytes;
  return new Response(request.method === 'HEAD' ? null : new Uint8Array(part), {
    status: range ? 206 : 200,
    headers: {
      ...pageHeaders,
      'content-type': types[extname(path)] ?? '',
      'content-length': String(part.length),
      'accept-ranges': 'bytes',
      ...(range && { 'content-range': `bytes ${range.first}-${range.last}/${bytes.length}` }),
    },
  });
}

/** Bytes of a plain file whose true place is in the folder; undefined for anything else. */
async function readInside(folder: string, path: string): Promise<Buffer | undefined> {
  try {
    const place = await realpath(path);
    if (!place.startsWith((await realpath(folder)) + sep)) return undefined;
    // By functions that can read the app's archive, too.
    return (await stat(place)).isFile() ? await readFile(place) : undefined;
  } catch {
    return undefined; // not there, or not readable
  }
}

/** The range that is asked for; undefined: the whole file; `none`: no byte of it is there. Pure. */
export function rangeOf(
  header: string | null,
  size: number,
): { readonly first: number; readonly last: number } | 'none' | undefined {
  const [, from = '', to = ''] = /^bytes=(\d{0,15})-(\d{0,15})$/.exec(header?.trim() ?? '') ?? [];
  if (from === '' && to === '') return undefined;
  if (from !== '' && to !== '' && Number(to) < Number(from)) return undefined;
  const first = from === '' ? Math.max(0, size - Number(to)) : Number(from);
  const last = from === '' || to === '' ? size - 1 : Math.min(Number(to), size - 1);
  return first > last ? 'none' : { first, last };
}
