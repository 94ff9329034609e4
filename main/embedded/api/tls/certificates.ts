import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
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

/** Good for another month, and readable. */
const isFresh = (pem: string): boolean => {
  try {
    return Date.parse(new X509Certificate(pem).validTo) - Date.now() > renewBefore;
  } catch {
    // A broken file is replaced like an expired one.
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
 * within a month, cannot be read, or does not fit together is made anew.
 */
export const certificates = async (folder: string): Promise<Certificates> => {
  const file = (name: string) => join(folder, name);
  const kept = (name: string) => {
    const [cert, key] = [read(file(`${name}.crt`)), read(file(`${name}.key`))];
    return cert && key && isFresh(cert) ? { cert, key } : undefined;
  };
  const save = (name: string, pair: { cert: string; key: string }) => {
    writeAtomic(file(`${name}.key`), pair.key, true);
    writeAtomic(file(`${name}.crt`), pair.cert, true);
    return pair;
  };
  const ca = kept('ca') ?? save('ca', await authority());
  const known = kept('server');
  const fits = known && new X509Certificate(known.cert).verify(new X509Certificate(ca.cert).publicKey);
  const { cert, key } = known && fits ? known : save('server', await server(ca));
  return { ca: ca.cert, cert, key };
};
