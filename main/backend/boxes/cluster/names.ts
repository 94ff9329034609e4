import { connect } from 'node:tls';
import { ProblemError } from '../../../contract/problem.ts';

/** What the API server's certificate says about the address it is dialled at. */
export type Named =
  | { fits: true }
  /** It has another name for itself, under which the same authority vouches for it. */
  | { fits: false; serverName: string }
  /** Nobody answers now. */
  | { fits: undefined; why: string };

/**
 * Asks the API server for its certificate, which must be of `ca`. Throws the Problem `box-cluster-foreign` when it is
 * another's, and `box-cluster-unnamed` when there is no name to call it by.
 */
export async function serverNames(server: URL, ca: Buffer, timeoutMs = 5000): Promise<Named> {
  const own = await greet(server, ca, undefined, timeoutMs);
  if (own.ok) return { fits: true };
  if (own.code === 'ERR_TLS_CERT_ALTNAME_INVALID') {
    const names = [...(own.names ?? '').matchAll(/DNS:([A-Za-z0-9.-]{1,253})/g)].map(([, name = '']) => name);
    const serverName = names.find((name) => name === 'kubernetes') ?? names.find((name) => name !== 'localhost');
    if (serverName !== undefined && (await greet(server, ca, serverName, timeoutMs)).ok)
      return { fits: false, serverName };
    throw unnamed(server, own.names ?? '');
  }
  if (/CERT|SIGNATURE|ISSUER|SELF_SIGNED/.test(own.code)) throw foreign(server, own.message);
  return { fits: undefined, why: own.message };
}

type Greeting = { ok: true } | { ok: false; code: string; message: string; names?: string };
function greet(server: URL, ca: Buffer, name: string | undefined, timeoutMs: number): Promise<Greeting> {
  return new Promise((resolve) => {
    const socket = connect({
      host: server.hostname.replaceAll(/^\[|\]$/g, ''),
      port: Number(server.port || 443),
      ca,
      ...(name !== undefined && { servername: name }),
    });
    const end = (greeting: Greeting): void => {
      clearTimeout(timer);
      socket.destroy();
      resolve(greeting);
    };
    const timer = setTimeout(() => end({ ok: false, code: 'ETIMEDOUT', message: 'it does not answer' }), timeoutMs);
    socket.once('secureConnect', () => end({ ok: true }));
    socket.once('error', (error: NodeJS.ErrnoException & { cert?: { subjectaltname?: string } }) => {
      const names = error.cert?.subjectaltname;
      end({ ok: false, code: error.code ?? '', message: error.message, ...(names !== undefined && { names }) });
    });
  });
}

const foreign = (server: URL, detail: string): ProblemError =>
  new ProblemError({
    code: 'box-cluster-foreign',
    title: 'Another cluster answers at the address of the box',
    detail: `${server.host}: ${detail}`,
    cause: 'Its certificate is not of the authority that the box handed over.',
    fix: 'Check that nothing else (another box, a forwarded port) has this address, then take the cluster over again.',
    kind: 'denied',
  });
const unnamed = (server: URL, names: string): ProblemError =>
  new ProblemError({
    code: 'box-cluster-unnamed',
    title: 'The cluster of the box does not know its new address',
    detail: `Its certificate is for ${names.slice(0, 300) || 'no name'}, and it is dialled at ${server.host}.`,
    cause: 'The address of the box changed after its cluster was set up.',
    fix: 'Restart the box: it makes a certificate for the address it has then. Or give it a fixed address.',
  });
