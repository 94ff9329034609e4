import { createHmac, createPrivateKey, createSign, X509Certificate } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { checkKeyPair, makeKeyPair } from '../../../../main/backend/boxes/pairing/certificate.ts';
import {
  answerShare,
  createProver,
  newCode,
  registerCode,
} from '../../../../main/backend/boxes/pairing/code-pairing.ts';
import { fingerprintOfPem, shownFingerprint } from '../../../../main/backend/boxes/pairing/fingerprint.ts';
import { newNonce, provesSecret, secretProof } from '../../../../main/backend/boxes/pairing/secret-pairing.ts';

const box = 'ab'.repeat(32);
const app = 'cd'.repeat(32);
const other = 'ef'.repeat(32);

describe('pairing by code', () => {
  const pair = async (typed: string, shown: string, seenByApp = { box, app }, seenByBox = { box, app }) => {
    const record = await registerCode(shown, seenByBox.box);
    const prover = await createProver(typed, seenByApp);
    const verifier = answerShare(record, prover.share, seenByBox);
    const proof = prover.answer(verifier);
    return { boxProved: proof !== undefined, appProved: proof !== undefined && verifier.accepts(proof) };
  };
  test('the right code proves both sides', async () => {
    expect(await pair('01234567', '01234567')).toEqual({ boxProved: true, appProved: true });
  });
  test.each([
    ['another code', pair('01234567', '01234568')],
    ['another certificate of the box seen by the app', pair('01234567', '01234567', { box: other, app })],
    ['another certificate of the app seen by the box', pair('01234567', '01234567', { box, app }, { box, app: other })],
  ])('%s proves nothing', async (_name, trying) => {
    expect(await trying).toEqual({ boxProved: false, appProved: false });
  });
  test('the box accepts no guessed proof', async () => {
    const record = await registerCode('11112222', box);
    const verifier = answerShare(record, (await createProver('11112222', { box, app })).share, { box, app });
    expect(verifier.accepts(Buffer.alloc(32))).toBe(false);
    expect(verifier.accepts(verifier.confirm)).toBe(false);
    expect(verifier.accepts(Buffer.alloc(0))).toBe(false);
  });
  test('codes have eight digits and differ', () => {
    const codes = Array.from({ length: 50 }, newCode);
    expect(codes.every((code) => /^\d{8}$/.test(code))).toBe(true);
    expect(new Set(codes).size).toBe(50);
  });
});

describe('pairing by the secret of a stick', () => {
  const secret = Buffer.alloc(32, 7).toString('base64url');
  const nonce = newNonce();
  test('the proof is the HMAC that the contract names', () => {
    const expected = createHmac('sha256', Buffer.alloc(32, 7))
      .update(Buffer.concat([Buffer.from('hearth-enrol-v1 app'), nonce, Buffer.from(box + app, 'hex')]))
      .digest('base64url');
    expect(secretProof('app', secret, nonce, { box, app }).toString('base64url')).toBe(expected);
    expect(provesSecret(expected, 'app', secret, nonce, { box, app })).toBe(true);
  });
  test('no other side, secret, try or certificate fits', () => {
    const proof = secretProof('app', secret, nonce, { box, app }).toString('base64url');
    const otherSecret = Buffer.alloc(32, 8).toString('base64url');
    expect(provesSecret(proof, 'box', secret, nonce, { box, app })).toBe(false);
    expect(provesSecret(proof, 'app', otherSecret, nonce, { box, app })).toBe(false);
    expect(provesSecret(proof, 'app', secret, newNonce(), { box, app })).toBe(false);
    expect(provesSecret(proof, 'app', secret, nonce, { box: other, app })).toBe(false);
    expect(provesSecret(proof, 'app', secret, nonce, { box, app: other })).toBe(false);
    expect(provesSecret('', 'app', secret, nonce, { box, app })).toBe(false);
  });
});

describe('certificates', () => {
  test('a pair of its own on P-256, known by its fingerprint', async () => {
    const made = await makeKeyPair('Hearth box hearth');
    const read = new X509Certificate(made.cert);
    expect(read.publicKey.asymmetricKeyDetails?.namedCurve).toBe('prime256v1');
    expect(made.fingerprint).toBe(read.fingerprint256.replaceAll(':', '').toLowerCase());
    expect(fingerprintOfPem(made.cert)).toBe(made.fingerprint);
    expect(createSign('sha256').update('x').sign(createPrivateKey(made.key)).length).toBeGreaterThan(60);
    expect(checkKeyPair(made.cert, made.key)).toEqual(made);
    const another = await makeKeyPair('Hearth box hearth');
    expect(() => checkKeyPair(made.cert, another.key)).toThrow('not the one');
    expect(() => checkKeyPair(made.cert, 'nothing')).toThrow(/DECODER|PEM/i);
  });
  test('sixteen digits of a fingerprint are shown in fours', () => {
    expect(shownFingerprint('0123456789abcdef'.repeat(4))).toBe('0123 4567 89ab cdef');
  });
});
