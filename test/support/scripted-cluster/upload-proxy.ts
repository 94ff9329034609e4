import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { certificate } from '../cluster-doubles.ts';
import type { Pair } from '../cluster-doubles.ts';

/** CDI's upload proxy: takes one upload a claim, by a token that is good for five minutes from its issue. */
export interface UploadProxy {
  readonly url: string;
  readonly port: number;
  /** `namespace/claim` -> bytes that came. */
  readonly received: Map<string, number>;
  readonly requests: { method: string; path: string; code: number }[];
  /** Its answers to the next uploads, instead of taking them, e.g. 503 while the upload Pod starts. */
  readonly codes: number[];
  /** It reads so many bytes of an upload and no more. */
  holdAfter?: number;
  /** Called when it does. */
  held?: () => void;
  token(namespace: string, claim: string): string;
  /** Tokens issued before are no longer good. */
  expireTokens(): void;
  close(): Promise<void>;
}

export async function uploadProxy(
  signer: Pair,
  byAddress: boolean,
  uploaded: (namespace: string, claim: string) => void,
): Promise<UploadProxy> {
  // By its address it is reached under a name of its own; by port-forward it is still the Service in the cluster.
  const pair = byAddress ? await certificate(signer, 300) : await certificate(signer, 300, 'cdi-uploadproxy');
  const tokens = new Map<string, { claim: string; until: number }>();
  const received = new Map<string, number>();
  const requests: UploadProxy['requests'] = [];
  const codes: number[] = [];
  const server = createServer({ cert: pair.cert, key: pair.key }, (request, response) => {
    const answer = (code: number, text = ''): void => {
      requests.push({ method: request.method ?? '', path: request.url ?? '', code });
      response.writeHead(code, { 'content-type': 'text/plain' }).end(text);
    };
    const [scheme, token = ''] = (request.headers.authorization ?? '').split(' ');
    if (scheme !== 'Bearer' || !token) return answer(400, 'no Authorization header');
    const known = tokens.get(token);
    // Checked once, at the start of a request: an upload that takes longer survives.
    if (!known || known.until < Date.now()) return answer(401, 'invalid token');
    if (!/^\/v1beta1\/upload(-async)?$/.test(request.url ?? '')) return answer(404);
    if (request.method === 'HEAD') return answer(200);
    if (received.has(known.claim)) return answer(409, 'upload already done');
    const code = codes.shift();
    if (code !== undefined) {
      request.resume();
      return answer(code, 'not ready');
    }
    let bytes = 0;
    request.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
      if (proxy.holdAfter !== undefined && bytes >= proxy.holdAfter) {
        request.pause();
        proxy.held?.();
      }
    });
    request.on('end', () => {
      received.set(known.claim, bytes);
      const [namespace = '', claim = ''] = known.claim.split('/');
      uploaded(namespace, claim);
      answer(200);
    });
    // Broken off: CDI starts again from the first byte.
    request.on('error', () => undefined);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const proxy: UploadProxy = {
    url: `https://127.0.0.1:${port}`,
    port,
    received,
    requests,
    codes,
    token(namespace, claim) {
      const token = `${Math.random().toString(36).slice(2)}.${Date.now()}`;
      tokens.set(token, { claim: `${namespace}/${claim}`, until: Date.now() + 5 * 60_000 });
      return token;
    },
    expireTokens: () => tokens.clear(),
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  return proxy;
}
