import { createServer as createHttps } from 'node:https';
import { createServer as createHttp } from 'node:http';
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { generate } from 'selfsigned';
import { stringify } from 'yaml';

const day = 24 * 3600 * 1000;

export interface Pair {
  cert: string;
  key: string;
}
/** A certificate authority of its own. */
export async function authority(name: string): Promise<Pair> {
  const made = await generate([{ name: 'commonName', value: name }], {
    keyType: 'ec',
    curve: 'P-256',
    algorithm: 'sha256',
    notBeforeDate: new Date(Date.now() - 400 * day),
    notAfterDate: new Date(Date.now() + 400 * day),
    extensions: [
      { name: 'basicConstraints', cA: true, critical: true },
      { name: 'keyUsage', keyCertSign: true, cRLSign: true, critical: true },
    ],
  });
  return { cert: made.cert, key: made.private };
}
/** A certificate by it; `days` may lie in the past. */
export async function certificate(ca: Pair, days: number, host = '127.0.0.1', ...more: string[]): Promise<Pair> {
  const made = await generate([{ name: 'commonName', value: 'somebody' }], {
    keyType: 'ec',
    curve: 'P-256',
    algorithm: 'sha256',
    ca,
    notBeforeDate: new Date(Date.now() - 300 * day),
    notAfterDate: new Date(Date.now() + days * day),
    extensions: [
      {
        name: 'subjectAltName',
        altNames:
          host === '127.0.0.1'
            ? [{ type: 7, ip: host }]
            : [host, ...more].map((value) => ({ type: 2 as const, value })),
      },
    ],
  });
  return { cert: made.cert, key: made.private };
}

export interface Double {
  readonly url: string;
  readonly requests: string[];
  close(): Promise<void>;
}
/** A small program that stands in for an API server: it answers as `answer` says, and nothing else. */
export async function standIn(
  answer: (path: string, request: IncomingMessage) => { code?: number; body?: unknown } | 'silence',
  tls?: Pair,
  /** Authority of client certificates: they are asked for, and the answer judges. */
  clients?: Pair,
): Promise<Double> {
  const requests: string[] = [];
  const listen: RequestListener = (request: IncomingMessage, response: ServerResponse) => {
    const path = (request.url ?? '').split('?')[0] ?? '';
    requests.push(path);
    const given = answer(path, request);
    if (given === 'silence') return;
    const body = typeof given.body === 'string' ? given.body : JSON.stringify(given.body ?? {});
    response.writeHead(given.code ?? 200, { 'content-type': 'application/json' }).end(body);
  };
  const server = tls
    ? createHttps(
        { ...tls, ...(clients && { ca: clients.cert, requestCert: true, rejectUnauthorized: false }) },
        listen,
      )
    : createHttp(listen);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `${tls ? 'https' : 'http'}://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** A kubeconfig of one context. */
export const kubeconfigOf = (
  server: string,
  cluster: object = {},
  user: object = { token: 't' },
  namespace?: string,
): string =>
  stringify({
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': 'here',
    contexts: [{ name: 'here', context: { cluster: 'c', user: 'u', ...(namespace && { namespace }) } }],
    clusters: [{ name: 'c', cluster: { server, ...cluster } }],
    users: [{ name: 'u', user }],
  });
export const base64 = (text: string): string => Buffer.from(text).toString('base64');
