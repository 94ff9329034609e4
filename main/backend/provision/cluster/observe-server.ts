import { X509Certificate } from 'node:crypto';
import { connect } from 'node:net';
import type {
  CaObservation,
  PortObservation,
  ReadyzObservation,
} from '../../../../provisioning/ladder/observations.ts';
import type { Credentials } from '../../target/credentials.ts';
import { rawGet } from './raw.ts';

const timeoutMs = 5_000;

export const observePort = (credentials: Credentials, signal: AbortSignal): Promise<PortObservation> =>
  new Promise((resolve, reject) => {
    const { server } = credentials;
    const socket = connect({
      host: server.hostname.replaceAll(/^\[|\]$/g, ''),
      port: Number(server.port) || (server.protocol === 'https:' ? 443 : 80),
    });
    const end = (seen: PortObservation): void => {
      signal.removeEventListener('abort', stop);
      socket.destroy();
      resolve(seen);
    };
    const stop = (): void => {
      socket.destroy();
      reject(signal.reason as Error);
    };
    signal.addEventListener('abort', stop, { once: true });
    socket.setTimeout(timeoutMs, () => end({ address: server.host, open: false, error: 'ETIMEDOUT' }));
    socket.on('connect', () => end({ address: server.host, open: true }));
    socket.on('error', (error: NodeJS.ErrnoException) => end({ address: server.host, open: false, error: error.code }));
    if (signal.aborted) stop();
  });

const fingerprint = (pem: string | Buffer): string | undefined => {
  try {
    return new X509Certificate(pem).fingerprint256;
  } catch (error) {
    if (error instanceof Error) return undefined;
    throw error;
  }
};

// The authority signed it all the same.
const ours = new Set(['CERT_HAS_EXPIRED', 'CERT_NOT_YET_VALID', 'ERR_TLS_CERT_ALTNAME_INVALID']);

/** k3s tells its authority to anybody at /cacerts; elsewhere the serving certificate must do. */
export async function observeCa(credentials: Credentials, signal: AbortSignal): Promise<CaObservation> {
  const { server, tls } = credentials;
  const dialled = tls.servername ?? server.hostname.replaceAll(/^\[|\]$/g, '');
  const authority = Array.isArray(tls.ca) ? tls.ca[0] : tls.ca;
  const expected = authority === undefined ? '' : (fingerprint(authority) ?? '');
  const answer = await rawGet(credentials, '/cacerts', { signal, timeoutMs, anonymous: true });
  const base = { expected, dialled, now: Date.now() };
  if (answer.status === 0) return { ...base, error: answer.text };
  const told = answer.status === 200 ? fingerprint(answer.text) : undefined;
  const signed = answer.untrusted === undefined || ours.has(answer.untrusted);
  const { certificate } = answer;
  return {
    ...base,
    served: told ?? (signed ? expected : answer.untrusted),
    ...(certificate && {
      certificate: {
        names: (certificate.subjectaltname ?? '')
          .split(', ')
          .map((name) => name.replace(/^(?:DNS|IP Address):/, ''))
          .filter(Boolean),
        notBefore: Date.parse(certificate.valid_from),
        notAfter: Date.parse(certificate.valid_to),
      },
    }),
  };
}

export async function observeReadyz(credentials: Credentials, signal: AbortSignal): Promise<ReadyzObservation> {
  const { status, text } = await rawGet(credentials, '/readyz?verbose', { signal, timeoutMs: 10_000 });
  return { status, text };
}
