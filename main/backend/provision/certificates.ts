import { X509Certificate } from 'node:crypto';
import { connect } from 'node:tls';
import type { Appliance } from '../../contract/appliance.ts';
import { readCredentials } from '../target/credentials.ts';

type Row = Appliance['certificates'][number];
const day = 86_400_000;

/** Until when the certificates hold: the one the API server shows now, our client certificate, and their authority. */
export async function certificates(kubeconfig: string, now = Date.now()): Promise<Row[]> {
  const { server, tls } = await readCredentials(kubeconfig);
  const served = await servedCertificate(server);
  const pem = (value: unknown): string | Buffer | undefined =>
    typeof value === 'string' || Buffer.isBuffer(value) ? value : undefined;
  const rows: [string, string | Buffer | undefined][] = [
    ['API server', served],
    ['Your access (kubeconfig)', pem(tls.cert)],
    ['Certificate authority', pem(tls.ca)],
  ];
  return rows.flatMap(([name, bytes]) => (bytes ? [row(name, bytes, now)] : []));
}

function row(name: string, bytes: string | Buffer, now: number): Row {
  const end = Date.parse(new X509Certificate(bytes).validTo);
  return { name, notAfter: new Date(end).toISOString(), days: Math.floor((end - now) / day) };
}

/** DER of what is shown at the other end; undefined when nobody answers. Nothing is sent, so it need not be trusted. */
function servedCertificate(server: URL): Promise<Buffer | undefined> {
  return new Promise((resolve) => {
    const socket = connect({
      host: server.hostname.replaceAll(/^\[|\]$/g, ''),
      port: Number(server.port || 443),
      rejectUnauthorized: false,
      timeout: 5000,
    });
    const done = (certificate: Buffer | undefined): void => {
      socket.destroy();
      resolve(certificate);
    };
    socket.on('secureConnect', () => done(socket.getPeerX509Certificate()?.raw));
    socket.on('timeout', () => done(undefined));
    // Not answering is a state of its own, which the ladder tells.
    socket.on('error', () => done(undefined));
  });
}
