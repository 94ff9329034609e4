import { request } from 'node:https';
import { request as plainRequest } from 'node:http';
import type { PeerCertificate, TLSSocket } from 'node:tls';
import type { Credentials } from '../../target/credentials.ts';

export interface RawAnswer {
  /** 0: no answer; then `text` is the error. */
  readonly status: number;
  readonly text: string;
  readonly certificate?: PeerCertificate;
  /** Whether the server's certificate is by the authority in the kubeconfig; the reason when not. */
  readonly untrusted?: string;
}

const mostBytes = 256 * 1024;

/**
 * One GET whose answer is wanted whatever its code. `anonymous`: without our credentials and to whomever answers, for
 * looking at a server that may not be ours.
 */
export async function rawGet(
  credentials: Credentials,
  path: string,
  options: { signal: AbortSignal; timeoutMs: number; anonymous?: boolean },
): Promise<RawAnswer> {
  const { server } = credentials;
  const secure = server.protocol === 'https:';
  const headers = options.anonymous ? {} : await credentials.headers();
  const { tls } = credentials;
  const trust = options.anonymous ? { ...(tls.ca && { ca: tls.ca }), rejectUnauthorized: false } : tls;
  return new Promise((resolve, reject) => {
    let answer: RawAnswer = { status: 0, text: 'no answer' };
    const call = (secure ? request : plainRequest)(
      {
        host: server.hostname.replaceAll(/^\[|\]$/g, ''),
        port: server.port || (secure ? 443 : 80),
        path: `${server.pathname.replace(/\/$/, '')}${path}`,
        headers,
        agent: false,
        signal: options.signal,
        ...(secure && trust),
      },
      (response) => {
        const socket = response.socket as Partial<TLSSocket>;
        const certificate = socket.getPeerCertificate?.();
        const doubt = socket.authorized === false ? String(socket.authorizationError) : undefined;
        const chunks: Buffer[] = [];
        let size = 0;
        response.on('data', (chunk: Buffer) => {
          if (size < mostBytes) chunks.push(chunk);
          size += chunk.length;
        });
        response.on('error', (error) => resolve({ status: 0, text: error.message }));
        response.on('end', () => {
          answer = {
            status: response.statusCode ?? 0,
            text: Buffer.concat(chunks).toString('utf8'),
            ...(certificate && { certificate }),
            ...(doubt && { untrusted: doubt }),
          };
          resolve(answer);
        });
      },
    );
    const timer = setTimeout(() => call.destroy(new Error('no answer in time')), options.timeoutMs);
    call.on('close', () => clearTimeout(timer));
    call.on('error', (error) => {
      if (options.signal.aborted) reject(options.signal.reason as Error);
      else resolve({ status: 0, text: error.message });
    });
    call.end();
  });
}
