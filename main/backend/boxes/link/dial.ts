import { isIP } from 'node:net';
import { connect } from 'node:tls';
import type { TLSSocket } from 'node:tls';
import { ProblemError } from '../../../contract/problem.ts';
import { fingerprintOf } from '../pairing/fingerprint.ts';
import { readAddress } from './address.ts';
import { keyChanged, unreachable } from './problems.ts';

/** Where a box is, and what must be true of it. */
export interface Reach {
  address: string;
  /** The only certificate that is spoken to; any, when left out (a look, or before the proof). */
  pin?: string;
  /** Ours: shown where it is given. */
  identity?: { cert: string; key: string };
}
export interface Patience {
  /** Milliseconds until somebody is there; 5000 unless told. Its handshake may take three times that: it may be busy. */
  connectMs?: number;
  signal?: AbortSignal;
}

/**
 * A TLS connection whose other end has the pinned key. No authority is asked: the fingerprint alone counts, and it is
 * compared before a byte is sent. Throws the Problems `box-unreachable`, `box-no-tls`, `box-key-changed`; an AbortError when
 * `signal` ended it.
 */
export async function dial(
  reach: Reach,
  { connectMs = 5000, signal }: Patience = {},
): Promise<{ socket: TLSSocket; fingerprint: string }> {
  signal?.throwIfAborted();
  const { host, port } = readAddress(reach.address);
  const socket = connect({
    host,
    port,
    rejectUnauthorized: false,
    minVersion: 'TLSv1.3',
    ALPNProtocols: ['http/1.1'],
    ...(isIP(host) === 0 && { servername: host }),
    ...(reach.identity && { cert: reach.identity.cert, key: reach.identity.key }),
  });
  socket.on('error', () => undefined); // after the connection stands, whoever reads or writes is told
  try {
    await new Promise<void>((resolve, reject) => {
      const within = (ms: number): NodeJS.Timeout =>
        setTimeout(() => reject(Object.assign(new Error(`no answer within ${ms} ms`), { code: 'ETIMEDOUT' })), ms);
      let timer = within(connectMs);
      socket.once('connect', () => {
        clearTimeout(timer);
        timer = within(3 * connectMs);
      });
      const aborted = (): void => reject(signal?.reason as Error);
      const over = (): void => {
        clearTimeout(timer);
        signal?.removeEventListener('abort', aborted);
      };
      signal?.addEventListener('abort', aborted, { once: true });
      socket.once('secureConnect', () => {
        over();
        resolve();
      });
      socket.once('error', (error) => {
        over();
        reject(error);
      });
      socket.once('close', () => {
        over();
        reject(Object.assign(new Error('the connection was closed'), { code: 'ECONNRESET' }));
      });
    });
    const certificate = socket.getPeerX509Certificate();
    if (!certificate) throw unreachable(reach.address, Object.assign(new Error('no certificate'), { code: 'EPROTO' }));
    const fingerprint = fingerprintOf(certificate.raw);
    if (reach.pin !== undefined && fingerprint !== reach.pin) throw keyChanged(reach.address, reach.pin, fingerprint);
    return { socket, fingerprint };
  } catch (error) {
    socket.destroy();
    signal?.throwIfAborted();
    throw error instanceof ProblemError ? error : unreachable(reach.address, error);
  }
}
