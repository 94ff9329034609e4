import { createPrivateKey, X509Certificate } from 'node:crypto';
import { isIP } from 'node:net';
import { fingerprintOf } from './fingerprint.ts';

const day = 24 * 3600 * 1000;
export interface KeyPair {
  /** PEM. */
  cert: string;
  /** PEM, PKCS #8. */
  key: string;
  /** SHA-256 of the certificate, 64 hexadecimal digits. */
  fingerprint: string;
}

/**
 * A key on P-256 with its self-signed certificate, good as server and as client. It is known by its fingerprint, so its name
 * and its end (20 years; from long ago, because a box's clock may be wrong at first) hardly matter. `names`: host names and
 * addresses that it is said to be good for.
 */
export async function makeKeyPair(commonName: string, names: readonly string[] = ['hearth-box']): Promise<KeyPair> {
  const { generate } = await import('selfsigned');
  const made = await generate([{ name: 'commonName', value: commonName.slice(0, 64) }], {
    keyType: 'ec',
    curve: 'P-256',
    algorithm: 'sha256',
    notBeforeDate: new Date(Date.UTC(2020, 0, 1)),
    notAfterDate: new Date(Date.now() + 20 * 365 * day),
    extensions: [
      { name: 'basicConstraints', cA: false, critical: true },
      { name: 'keyUsage', digitalSignature: true, critical: true },
      { name: 'extKeyUsage', serverAuth: true, clientAuth: true },
      {
        name: 'subjectAltName',
        altNames: names.map((name) => (isIP(name) ? { type: 7, ip: name } : { type: 2, value: name })),
      },
    ],
  });
  return { cert: made.cert, key: made.private, fingerprint: fingerprintOf(new X509Certificate(made.cert).raw) };
}

/** The pair with its fingerprint; throws when either cannot be read or they do not belong together. */
export function checkKeyPair(cert: string, key: string): KeyPair {
  const read = new X509Certificate(cert);
  if (!read.checkPrivateKey(createPrivateKey(key))) throw new Error('the key is not the one of the certificate');
  return { cert, key, fingerprint: fingerprintOf(read.raw) };
}
