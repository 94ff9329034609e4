import { createServer } from 'node:http';
import type { IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A bucket in memory, as far as restic asks an S3 server for one. Whoever has not the key is let in nowhere. */
export interface S3Double {
  readonly address: string;
  /** By their keys. */
  readonly objects: ReadonlyMap<string, Buffer>;
  /** Answers with 503 from now on, as a server that is overwhelmed. */
  down: boolean;
  close(): Promise<void>;
}

const xml = (text: string): string => `<?xml version="1.0" encoding="UTF-8"?>${text}`;
const errorXml = (code: string, message: string): string => xml(`<Error><Code>${code}</Code><Message>${message}</Message></Error>`); // prettier-ignore

export async function s3Double(bucket: string, keyId: string): Promise<S3Double> {
  const objects = new Map<string, Buffer>();
  const server = createServer((request, response) => {
    void (async () => {
      const url = new URL(request.url ?? '/', 'http://s3');
      const body = await bodyOf(request);
      const answer = (code: number, text: string | Buffer = '', headers: Record<string, string | number> = {}): void =>
        void response.writeHead(code, { 'content-length': Buffer.byteLength(text), ...headers }).end(request.method === 'HEAD' ? undefined : text); // prettier-ignore
      if (double.down) return answer(503, errorXml('SlowDown', 'Reduce your request rate.'));
      if (!(request.headers.authorization ?? '').includes(`Credential=${keyId}/`))
        return answer(
          403,
          errorXml('InvalidAccessKeyId', 'The AWS Access Key Id you provided does not exist in our records.'),
        );
      const [, inBucket = '', ...rest] = decodeURIComponent(url.pathname).split('/');
      const key = rest.join('/');
      if (inBucket !== bucket) return answer(404, errorXml('NoSuchBucket', 'The specified bucket does not exist'));
      if (key === '' && url.searchParams.has('location')) return answer(200, xml('<LocationConstraint/>'));
      if (key === '' && request.method === 'HEAD') return answer(200);
      if (key === '' && request.method === 'GET') return answer(200, listing(objects, bucket, url.searchParams));
      if (request.method === 'PUT') {
        objects.set(key, body);
        return answer(200, '', { etag: '"one"' });
      }
      if (request.method === 'DELETE') {
        objects.delete(key);
        return answer(204);
      }
      const found = objects.get(key);
      if (!found) return answer(404, errorXml('NoSuchKey', 'The specified key does not exist.'));
      const [, from, to] = /^bytes=(\d+)-(\d*)$/.exec(request.headers.range ?? '') ?? [];
      const common = { etag: '"one"', 'last-modified': new Date(0).toUTCString() };
      if (from === undefined) return answer(200, found, common);
      const end = Math.min(to ? Number(to) : found.length - 1, found.length - 1);
      answer(206, found.subarray(Number(from), end + 1), { ...common, 'content-range': `bytes ${from}-${end}/${found.length}` }); // prettier-ignore
    })();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const double: S3Double = {
    address: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    objects,
    down: false,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  return double;
}

/** ListObjectsV2, all at once. */
function listing(objects: ReadonlyMap<string, Buffer>, bucket: string, query: URLSearchParams): string {
  const prefix = query.get('prefix') ?? '';
  const delimiter = query.get('delimiter') ?? '';
  const folders = new Set<string>();
  const found: string[] = [];
  for (const [key, data] of [...objects].sort(([a], [b]) => (a < b ? -1 : 1))) {
    if (!key.startsWith(prefix)) continue;
    const at = delimiter === '' ? -1 : key.indexOf(delimiter, prefix.length);
    if (at >= 0) folders.add(key.slice(0, at + 1));
    else found.push(`<Contents><Key>${key}</Key><LastModified>1970-01-01T00:00:00.000Z</LastModified><ETag>"one"</ETag><Size>${data.length}</Size><StorageClass>STANDARD</StorageClass></Contents>`); // prettier-ignore
  }
  const prefixes = [...folders].map((name) => `<CommonPrefixes><Prefix>${name}</Prefix></CommonPrefixes>`);
  return xml(`<ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Name>${bucket}</Name><Prefix>${prefix}</Prefix><KeyCount>${found.length + prefixes.length}</KeyCount><MaxKeys>1000</MaxKeys><IsTruncated>false</IsTruncated>${found.join('')}${prefixes.join('')}</ListBucketResult>`); // prettier-ignore
}

/** A body as it comes, or in the signed pieces that S3 clients send over plain HTTP (aws-chunked). */
async function bodyOf(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const all = Buffer.concat(chunks);
  if (!String(request.headers['x-amz-content-sha256'] ?? '').startsWith('STREAMING-')) return all;
  const parts: Buffer[] = [];
  for (let at = 0; at < all.length;) {
    const end = all.indexOf('\r\n', at);
    const size = Number.parseInt(all.toString('latin1', at, end), 16);
    if (!size) break;
    parts.push(all.subarray(end + 2, end + 2 + size));
    at = end + 2 + size + 2;
  }
  return Buffer.concat(parts);
}
