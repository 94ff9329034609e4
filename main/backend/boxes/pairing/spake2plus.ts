import { createHash, createHmac, hkdfSync, randomBytes } from 'node:crypto';
import { p256 } from '@noble/curves/nist.js';

/**
 * SPAKE2+ of RFC 9383 with P-256, SHA-256, HKDF and HMAC: two sides prove to each other that they know the same code, and
 * whoever listens or plays one of the sides learns nothing but whether one guess was right.
 */
const { Point } = p256;
type P = InstanceType<typeof Point>;
const order = Point.Fn.ORDER;
/** RFC 9383, section 4: nobody knows their discrete logarithms. */
const M = Point.fromHex('02886e2f97ace46e55ba9dd7242579f2993b64e16ef3dcab95afd497333d8fa12f');
const N = Point.fromHex('03d8bbd6c639c62937b04d997f38c3770719c629d7014d49a24b4f98baa1292b49');

/** What both sides must agree on, else no proof fits. */
export interface Agreement {
  context: Uint8Array;
  idProver: string;
  idVerifier: string;
}
export interface ProverSecret {
  w0: bigint;
  w1: bigint;
}
/** What the verifier keeps: `L` = w1 times the generator, uncompressed. */
export interface VerifierRecord {
  w0: bigint;
  L: Uint8Array;
}
/** `confirmP`, `confirmV`: what each side shows the other. `shared`: the key both have afterwards. */
export interface Keys {
  main: Buffer;
  confirmP: Buffer;
  confirmV: Buffer;
  shared: Buffer;
}

/** The other side sent what no honest one sends: not a point of the curve, or one that cancels the code out. */
export class SpakeError extends Error {}

/** Uniform in 1 .. order - 1. */
export function randomScalar(): bigint {
  for (;;) {
    const scalar = BigInt(`0x${randomBytes(32).toString('hex')}`);
    if (scalar > 0n && scalar < order) return scalar;
  }
}

/** A wide random number as a scalar; never zero. */
export function toScalar(wide: Uint8Array): bigint {
  const scalar = BigInt(`0x${Buffer.from(wide).toString('hex')}`) % order;
  if (scalar === 0n) throw new SpakeError('the code gives no usable number');
  return scalar;
}

const bytes = (point: P): Buffer => Buffer.from(point.toBytes(false));
/** Only uncompressed points on the curve; the curve's cofactor is 1, so nothing else has to be asked of them. */
function point(share: Uint8Array): P {
  if (share.length !== 65 || share[0] !== 4) throw new SpakeError('a share is not an uncompressed point');
  try {
    const read = Point.fromBytes(Uint8Array.from(share));
    read.assertValidity();
    return read;
  } catch (error) {
    throw new SpakeError('a share is not on the curve', { cause: error });
  }
}
const times = (base: P, scalar: bigint): P => {
  if (base.is0()) throw new SpakeError('a share cancels the code out');
  return base.multiply(scalar);
};

export const recordOf = ({ w0, w1 }: ProverSecret): VerifierRecord => ({ w0, L: bytes(Point.BASE.multiply(w1)) });
export const proverShare = (w0: bigint, x: bigint): Buffer => bytes(Point.BASE.multiply(x).add(M.multiply(w0)));
export const verifierShare = (w0: bigint, y: bigint): Buffer => bytes(Point.BASE.multiply(y).add(N.multiply(w0)));

/** Throws a SpakeError for a share that is none. */
export function proverKeys(secret: ProverSecret, x: bigint, shareV: Uint8Array, agreement: Agreement): Keys {
  const base = point(shareV).subtract(N.multiply(secret.w0));
  return schedule(agreement, secret.w0, proverShare(secret.w0, x), shareV, times(base, x), times(base, secret.w1));
}

/** Throws a SpakeError for a share that is none. */
export function verifierKeys(record: VerifierRecord, y: bigint, shareP: Uint8Array, agreement: Agreement): Keys {
  const base = point(shareP).subtract(M.multiply(record.w0));
  return schedule(agreement, record.w0, shareP, verifierShare(record.w0, y), times(base, y), times(point(record.L), y));
}

/** RFC 9383, sections 3.3 and 3.4. */
function schedule(agreement: Agreement, w0: bigint, shareP: Uint8Array, shareV: Uint8Array, Z: P, V: P): Keys {
  const hash = createHash('sha256');
  const parts = [
    agreement.context,
    Buffer.from(agreement.idProver),
    Buffer.from(agreement.idVerifier),
    bytes(M),
    bytes(N),
    shareP,
    shareV,
    bytes(Z),
    bytes(V),
    Buffer.from(w0.toString(16).padStart(64, '0'), 'hex'),
  ];
  for (const part of parts) hash.update(withLength(part));
  const main = hash.digest();
  const derive = (info: string, length: number): Buffer =>
    Buffer.from(hkdfSync('sha256', main, Buffer.alloc(0), info, length));
  const confirmation = derive('ConfirmationKeys', 64);
  const mac = (key: Uint8Array, of: Uint8Array): Buffer => createHmac('sha256', key).update(of).digest();
  return {
    main,
    confirmP: mac(confirmation.subarray(0, 32), shareV),
    confirmV: mac(confirmation.subarray(32), shareP),
    shared: derive('SharedKey', 32),
  };
}

/** Length in 8 bytes, little end first, then the bytes. */
export function withLength(part: Uint8Array): Buffer {
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(part.length));
  return Buffer.concat([length, part]);
}
