import { createHash, X509Certificate } from 'node:crypto';

/** SHA-256 of a certificate's DER form, 64 lower-case hexadecimal digits. */
export const fingerprintOf = (der: Uint8Array): string => createHash('sha256').update(der).digest('hex');
export const fingerprintOfPem = (pem: string): string => fingerprintOf(new X509Certificate(pem).raw);

/** The 32 bytes of a fingerprint. Throws for anything else. */
export function fingerprintBytes(fingerprint: string): Buffer {
  if (!/^[0-9a-f]{64}$/.test(fingerprint)) throw new TypeError('not a fingerprint of a certificate');
  return Buffer.from(fingerprint, 'hex');
}

/** The digits that a person compares, in groups of four. */
export const shownFingerprint = (fingerprint: string, digits = 16): string =>
  (fingerprint.slice(0, digits).match(/.{1,4}/g) ?? []).join(' ');
