import { createHmac, randomBytes } from 'node:crypto';
import type { BothFingerprints } from './code-pairing.ts';
import { fingerprintBytes } from './fingerprint.ts';
import { sameBytes } from './same-bytes.ts';

/** Of each try: 32 random bytes of the app. */
export const nonceLength = 32;
export const newNonce = (): Buffer => randomBytes(nonceLength);

/**
 * The proof of one side that it has the stick's secret, bound to both certificates and to this try. `secret`: 43 letters of
 * base64url.
 */
export const secretProof = (
  side: 'app' | 'box',
  secret: string,
  nonce: Uint8Array,
  { box, app }: BothFingerprints,
): Buffer =>
  createHmac('sha256', Buffer.from(secret, 'base64url'))
    .update(`hearth-enrol-v1 ${side}`)
    .update(nonce)
    .update(fingerprintBytes(box))
    .update(fingerprintBytes(app))
    .digest();

/** Whether a proof (base64url) of that side is right. Takes as long for a wrong one. */
export const provesSecret = (proof: string, ...of: Parameters<typeof secretProof>): boolean =>
  sameBytes(Buffer.from(proof, 'base64url'), secretProof(...of));
