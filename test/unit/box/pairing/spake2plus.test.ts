import { describe, expect, test } from 'vitest';
import {
  proverKeys,
  proverShare,
  recordOf,
  SpakeError,
  verifierKeys,
  verifierShare,
} from '../../../../main/backend/boxes/pairing/spake2plus.ts';

/** RFC 9383, appendix C: SPAKE2+-P256-SHA256-HKDF-SHA256-HMAC-SHA256. */
const vector = {
  w0: 'bb8e1bbcf3c48f62c08db243652ae55d3e5586053fca77102994f23ad95491b3',
  w1: '7e945f34d78785b8a3ef44d0df5a1a97d6b3b460409a345ca7830387a74b1dba',
  L: '04eb7c9db3d9a9eb1f8adab81b5794c1f13ae3e225efbe91ea487425854c7fc00f00bfedcbd09b2400142d40a14f2064ef31dfaa903b91d1faea7093d835966efd',
  x: 'd1232c8e8693d02368976c174e2088851b8365d0d79a9eee709c6a05a2fad539',
  shareP:
    '04ef3bd051bf78a2234ec0df197f7828060fe9856503579bb1733009042c15c0c1de127727f418b5966afadfdd95a6e4591d171056b333dab97a79c7193e341727',
  y: '717a72348a182085109c8d3917d6c43d59b224dc6a7fc4f0483232fa6516d8b3',
  shareV:
    '04c0f65da0d11927bdf5d560c69e1d7d939a05b0e88291887d679fcadea75810fb5cc1ca7494db39e82ff2f50665255d76173e09986ab46742c798a9a68437b048',
  main: '4c59e1ccf2cfb961aa31bd9434478a1089b56cd11542f53d3576fb6c2a438a29',
  confirmP: '926cc713504b9b4d76c9162ded04b5493e89109f6d89462cd33adc46fda27527',
  confirmV: '9747bcc4f8fe9f63defee53ac9b07876d907d55047e6ff2def2e7529089d3e68',
  shared: '0c5f8ccd1413423a54f6c1fb26ff01534a87f893779c6e68666d772bfd91f3e7',
};
const number = (hex: string): bigint => BigInt(`0x${hex}`);
const secret = { w0: number(vector.w0), w1: number(vector.w1) };
const agreement = {
  context: Buffer.from('SPAKE2+-P256-SHA256-HKDF-SHA256-HMAC-SHA256 Test Vectors'),
  idProver: 'client',
  idVerifier: 'server',
};
const hex = (keys: object): Record<string, string> =>
  Object.fromEntries(Object.entries(keys).map(([name, value]) => [name, (value as Buffer).toString('hex')]));
const { main, confirmP, confirmV, shared } = vector;

describe('SPAKE2+ gives what RFC 9383 says', () => {
  test('record and shares', () => {
    expect(Buffer.from(recordOf(secret).L).toString('hex')).toBe(vector.L);
    expect(proverShare(secret.w0, number(vector.x)).toString('hex')).toBe(vector.shareP);
    expect(verifierShare(secret.w0, number(vector.y)).toString('hex')).toBe(vector.shareV);
  });
  test('keys of the prover', () => {
    const keys = proverKeys(secret, number(vector.x), Buffer.from(vector.shareV, 'hex'), agreement);
    expect(hex(keys)).toEqual({ main, confirmP, confirmV, shared });
  });
  test('keys of the verifier', () => {
    const keys = verifierKeys(recordOf(secret), number(vector.y), Buffer.from(vector.shareP, 'hex'), agreement);
    expect(hex(keys)).toEqual({ main, confirmP, confirmV, shared });
  });
});

describe('a share that is none is refused', () => {
  const offCurve = Buffer.from(vector.shareP, 'hex');
  offCurve[64] = (offCurve[64] ?? 0) ^ 1;
  // w0 times M: what is left after taking the code out is the point at infinity.
  const cancelling = proverShare(secret.w0, 1n);
  const infinity = Buffer.from([0]);
  test.each([
    ['off the curve', offCurve],
    ['the point at infinity', infinity],
    ['nothing', Buffer.alloc(0)],
    ['all zero', Buffer.alloc(65)],
    ['compressed', Buffer.concat([Buffer.from([2]), Buffer.from(vector.shareP, 'hex').subarray(1, 33)])],
    ['a coordinate beyond the field', Buffer.concat([Buffer.from([4]), Buffer.alloc(64, 0xff)])],
  ])('%s', (_name, share) => {
    expect(() => verifierKeys(recordOf(secret), number(vector.y), share, agreement)).toThrow(SpakeError);
    expect(() => proverKeys(secret, number(vector.x), share, agreement)).toThrow(SpakeError);
  });
  test('one that leaves nothing once the code is taken out', async () => {
    const { p256 } = await import('@noble/curves/nist.js');
    const one = p256.Point.fromBytes(Uint8Array.from(cancelling)).subtract(p256.Point.BASE);
    expect(() => verifierKeys(recordOf(secret), number(vector.y), Buffer.from(one.toBytes(false)), agreement)).toThrow(
      'cancels',
    );
  });
});
