import { createPrivateKey, X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Log } from '../../kube/context.ts';
import { writeAtomic } from '../../store/files.ts';

export interface Certificates {
  /** PEM of the authority that the kubeconfig trusts. */
  ca: string;
  cert: string;
  key: string;
}

const day = 24 * 3600 * 1000;
const renewBefore = 30 * day;

const read = (file: string): string | undefined => {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
};

/** Good for another month, readable, and of this key. */
const isGood = (cert: string, key: string): boolean => {
  try {
    const parsed = new X509Certificate(cert);
    return Date.parse(parsed.validTo) - Date.now() > renewBefore && parsed.checkPrivateKey(createPrivateKey(key));
  } catch {
    // A broken file is replaced like an expired one.
    return false;
  }
};
const issuedBy = (cert: string, authority: string): boolean => {
  try {
    return new X509Certificate(cert).verify(new X509Certificate(authority).publicKey);
  } catch {
    return false;
  }
};

// Loaded when there is a certificate to make: most starts have one.
const load = async () => (await import('selfsigned')).generate;

const authority = async (): Promise<{ cert: string; key: string }> => {
  const generate = await load();
  const made = await generate([{ name: 'commonName', value: 'Hearth engine CA' }], {
    keyType: 'ec',
    curve: 'P-256',
    algorithm: 'sha256',
    notBeforeDate: new Date(Date.now() - day),
    notAfterDate: new Date(Date.now() + 3650 * day),
    extensions: [
      { name: 'basicConstraints', cA: true, critical: true },
      { name: 'keyUsage', keyCertSign: true, cRLSign: true, digitalSignature: true, critical: true },
    ],
  });
  return { cert: made.cert, key: made.private };
};

const server = async (ca: { cert: string; key: string }): Promise<{ cert: string; key: string }> => {
  const generate = await load();
  const made = await generate([{ name: 'commonName', value: 'Hearth engine' }], {
    keyType: 'ec',
    curve: 'P-256',
    algorithm: 'sha256',
    ca,
    notBeforeDate: new Date(Date.now() - day),
    notAfterDate: new Date(Date.now() + 365 * day),
    extensions: [
      { name: 'basicConstraints', cA: false, critical: true },
      { name: 'keyUsage', digitalSignature: true, critical: true },
      { name: 'extKeyUsage', serverAuth: true },
      {
        name: 'subjectAltName',
        altNames: [
          { type: 7, ip: '127.0.0.1' },
          { type: 7, ip: '::1' },
          { type: 2, value: 'localhost' },
        ],
      },
    ],
  });
  return { cert: made.cert, key: made.private };
};

/**
 * The authority and the server's certificate for 127.0.0.1, ::1 and localhost, kept in `folder` (0600). Whatever ends
 * within a month, cannot be read, or does not fit together is made anew. `known` is the authority that the kubeconfig
 * trusts: as long as one that fits can be had, clients need not learn another.
 */
export const certificates = async (folder: string, log: Log, known?: string): Promise<Certificates> => {
  const file = (name: string) => join(folder, name);
  const [caFile, caKey, cert, key] = ['ca.crt', 'ca.key', 'server.crt', 'server.key'].map((name) => read(file(name)));
  const save = (name: string, pair: { cert: string; key: string }) => {
    writeAtomic(file(`${name}.key`), pair.key, true);
    writeAtomic(file(`${name}.crt`), pair.cert, true);
    return pair;
  };
  const authorities = [caFile, known].filter((pem) => pem !== undefined);
  const served = cert && key && isGood(cert, key) ? { cert, key } : undefined;
  // Without its key an authority can sign nothing more, but what it signed is good.
  const trusted = served && authorities.find((pem) => issuedBy(served.cert, pem));
  if (served && trusted) {
    if (trusted !== caFile) writeAtomic(file('ca.crt'), trusted, true);
    return { ca: trusted, ...served };
  }
  const kept = authorities.find((pem) => caKey && isGood(pem, caKey));
  if (caFile !== undefined || cert !== undefined)
    log.warn({ folder }, `certificates were damaged or near their end and are made anew${kept ? '' : ': copies of the kubeconfig are void'}`); // prettier-ignore
  const ca = save('ca', kept && caKey ? { cert: kept, key: caKey } : await authority());
  return { ca: ca.cert, ...save('server', await server(ca)) };
};
