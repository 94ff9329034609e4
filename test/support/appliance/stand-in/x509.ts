import { createPublicKey, generateKeyPairSync, randomBytes, sign } from 'node:crypto';

/** A certificate and its key, PEM. */
export interface Pair {
  readonly cert: string;
  readonly key: string;
}
export interface CertificateSpec {
  /** Common name, and organisation where there is one. */
  readonly name: string;
  readonly organisation?: string;
  /** Who signs; itself where nobody is told. */
  readonly issuer?: Pair & { readonly name: string };
  readonly authority?: boolean;
  /** DNS names and addresses of a server; a client has none. */
  readonly names?: readonly string[];
  readonly from: Date;
  readonly to: Date;
}

// DER by hand (ITU-T X.690; RFC 5280): a library for this is a second of start-up in an emulated guest.
const tlv = (tag: number, ...parts: Uint8Array[]): Buffer => {
  const body = Buffer.concat(parts);
  const { length } = body;
  const head = length < 128 ? [length] : length < 256 ? [0x81, length] : [0x82, length >> 8, length & 255];
  return Buffer.concat([Buffer.from([tag, ...head]), body]);
};
const sequence = (...parts: Uint8Array[]): Buffer => tlv(0x30, ...parts);
const oid = (text: string): Buffer => {
  const [first = 0, second = 0, ...rest] = text.split('.').map(Number);
  const bytes = rest.flatMap((value) => {
    const digits = [value & 127];
    for (let left = value >> 7; left > 0; left >>= 7) digits.unshift((left & 127) | 128);
    return digits;
  });
  return tlv(0x06, Buffer.from([first * 40 + second, ...bytes]));
};
const name = (commonName: string, organisation?: string): Buffer => {
  const part = (id: string, value: string): Buffer => tlv(0x31, sequence(oid(id), tlv(0x0c, Buffer.from(value))));
  return sequence(...(organisation ? [part('2.5.4.10', organisation)] : []), part('2.5.4.3', commonName));
};
const time = (date: Date): Buffer => tlv(0x18, Buffer.from(date.toISOString().replaceAll(/[-:T]|\.\d+/g, '')));
const extension = (id: string, critical: boolean, value: Buffer): Buffer =>
  sequence(oid(id), ...(critical ? [tlv(0x01, Buffer.from([255]))] : []), tlv(0x04, value));
const address = (text: string): Buffer =>
  text.includes(':')
    ? Buffer.from(text === '::1' ? [...Buffer.alloc(15), 1] : Buffer.alloc(16))
    : Buffer.from(text.split('.').map(Number));
const isAddress = (text: string): boolean => /^[\d.]+$/.test(text) || text.includes(':');
const pem = (label: string, der: Buffer): string =>
  `-----BEGIN ${label}-----\n${(der.toString('base64').match(/.{1,64}/g) ?? []).join('\n')}\n-----END ${label}-----\n`;
const ecdsaWithSha256 = sequence(oid('1.2.840.10045.4.3.2'));

/** A P-256 certificate. */
export function issue(spec: CertificateSpec): Pair {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const key = privateKey.export({ type: 'sec1', format: 'pem' }).toString();
  const usage = spec.authority ? [0x03, 0x02, 0x02, 0xa4] : [0x03, 0x02, 0x05, 0xa0];
  const { names = [] } = spec;
  const extensions = [
    extension('2.5.29.15', true, Buffer.from(usage)),
    ...(spec.authority
      ? [extension('2.5.29.19', true, sequence(tlv(0x01, Buffer.from([255]))))]
      : [extension('2.5.29.37', false, sequence(oid(names.length > 0 ? '1.3.6.1.5.5.7.3.1' : '1.3.6.1.5.5.7.3.2')))]),
    ...(names.length > 0
      ? [extension('2.5.29.17', false, sequence(...names.map((each) => (isAddress(each) ? tlv(0x87, address(each)) : tlv(0x82, Buffer.from(each))))))]
      : []),
  ];
  const body = sequence(
    tlv(0xa0, tlv(0x02, Buffer.from([2]))),
    tlv(0x02, Buffer.concat([Buffer.from([0x40]), randomBytes(8)])),
    ecdsaWithSha256,
    name(spec.issuer?.name ?? spec.name),
    sequence(time(spec.from), time(spec.to)),
    name(spec.name, spec.organisation),
    createPublicKey(publicKey.export({ type: 'spki', format: 'pem' })).export({ type: 'spki', format: 'der' }),
    tlv(0xa3, sequence(...extensions)),
  );
  const signature = sign('sha256', body, spec.issuer?.key ?? key);
  return { cert: pem('CERTIFICATE', sequence(body, ecdsaWithSha256, tlv(0x03, Buffer.from([0]), signature))), key };
} // prettier-ignore
