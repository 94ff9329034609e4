import { createReadStream } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import type { Answer } from './http.ts';
import type { ApiParts } from './ports.ts';

/** As KubeVirt's export proxy names its paths; v1beta1 is what older virtctl ask for. */
const path = /^\/api\/export\.kubevirt\.io\/(?:v1|v1beta1)\/namespaces\/([\w.-]+)\/virtualmachineexports\/([\w.-]+)\/volumes\/([\w.-]+)\/(disk\.(?:img|img\.gz|qcow2|plain\.qcow2))$/; // prettier-ignore
export const isExport = (pathname: string): boolean => path.test(pathname);
const plain = (code: number, message: string): Answer => ({
  code,
  body: `${message}\n`,
  type: 'text/plain; charset=utf-8',
});

/**
 * Hands out one disk of an export to whoever has its token (header or query `x-kubevirt-export-token`). Whole files take
 * ranges, so that a download goes on at its byte; compressed on the way they do not, as in KubeVirt. Undefined once sent.
 */
export async function serveExport(
  { exports, log }: ApiParts,
  pathname: string,
  query: URLSearchParams,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<Answer | undefined> {
  if (!exports) return plain(503, 'exports are not ready yet');
  if (request.method !== 'GET' && request.method !== 'HEAD') return plain(405, 'use GET');
  const [, namespace = '', name = '', volume = '', file = ''] = path.exec(pathname) ?? [];
  const header = request.headers['x-kubevirt-export-token'];
  const token = (typeof header === 'string' ? header : query.get('x-kubevirt-export-token')) ?? '';
  const found = await exports.open({ namespace, name, volume, file, token });
  if ('code' in found) return plain(found.code, found.message);
  const { size, etag } = found;
  const common = { 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' };
  try {
    if (found.gzip) {
      response.writeHead(200, { ...common, 'content-type': 'application/gzip' });
      if (request.method === 'HEAD') response.end();
      else await pipeline(createReadStream(found.path, { highWaterMark: 2 ** 20 }), createGzip({ level: 1 }), response);
      return undefined;
    }
    const range = rangeOf(request, size, etag);
    if (range === 'unsatisfiable')
      return { ...plain(416, 'the range is beyond the end'), headers: { 'content-range': `bytes */${size}` } };
    const { from, to } = range ?? { from: 0, to: size - 1 };
    response.writeHead(range ? 206 : 200, {
      ...common,
      'content-type': 'application/octet-stream',
      'content-length': to - from + 1,
      'accept-ranges': 'bytes',
      etag,
      ...(range ? { 'content-range': `bytes ${from}-${to}/${size}` } : {}),
    });
    if (request.method === 'HEAD' || size === 0) response.end();
    else await pipeline(createReadStream(found.path, { start: from, end: to, highWaterMark: 2 ** 20 }), response);
  } catch (error) {
    // The head is out: all that can be told is that the connection ends.
    log.debug({ err: error }, 'a download of an export ended early');
    response.destroy();
  }
  return undefined;
}

/** One range as curl and browsers send it; none where the file is another than the one that was begun. Pure. */
export function rangeOf(
  { headers }: Pick<IncomingMessage, 'headers'>,
  size: number,
  etag: string,
): { from: number; to: number } | 'unsatisfiable' | undefined {
  const match = /^bytes=(\d{1,15})-(\d{0,15})$/.exec(headers.range ?? '');
  const condition = headers['if-range'];
  if (!match || (condition !== undefined && condition !== etag)) return undefined;
  const from = Number(match[1]);
  const to = match[2] ? Math.min(Number(match[2]), size - 1) : size - 1;
  return from >= size || to < from ? 'unsatisfiable' : { from, to };
}
