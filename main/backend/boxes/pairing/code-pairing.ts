import { createHash, randomInt, scrypt } from 'node:crypto';
import { fingerprintBytes } from './fingerprint.ts';
import {
  proverKeys,
  proverShare,
  randomScalar,
  recordOf,
  toScalar,
  verifierKeys,
  verifierShare,
  withLength,
} from './spake2plus.ts';
import { sameBytes } from './same-bytes.ts';
import type { Agreement, ProverSecret, VerifierRecord } from './spake2plus.ts';

/** Both certificates' fingerprints (64 hexadecimal digits) as each side saw them: whoever stands between has another. */
export interface BothFingerprints {
  box: string;
  app: string;
}
const idProver = 'hearth-app';
const idVerifier = 'hearth-box';

export const pairingContext = ({ box, app }: BothFingerprints): Buffer =>
  Buffer.concat([Buffer.from('hearth-pair-v1'), fingerprintBytes(box), fingerprintBytes(app)]);
const agreementOf = (fingerprints: BothFingerprints): Agreement => ({
  context: pairingContext(fingerprints),
  idProver,
  idVerifier,
});

/** Eight decimal digits, each as likely as any other. */
export const newCode = (): string => String(randomInt(100_000_000)).padStart(8, '0');

/** The app's first share needs the salt already, so it comes from what it sees before: the box's certificate. */
const saltOf = (box: string): Buffer =>
  createHash('sha256').update('hearth-pair-v1 salt').update(fingerprintBytes(box)).digest().subarray(0, 16);

/** The code as numbers; slow on purpose (scrypt N=16384, about 50 ms), off the main thread. */
async function secretOf(code: string, box: string): Promise<ProverSecret> {
  const password = Buffer.concat([code, idProver, idVerifier].map((part) => withLength(Buffer.from(part))));
  const wide = await new Promise<Buffer>((resolve, reject) =>
    scrypt(password, saltOf(box), 80, { N: 16_384, r: 8, p: 1 }, (error, key) =>
      error ? reject(error) : resolve(key),
    ),
  );
  return { w0: toScalar(wide.subarray(0, 40)), w1: toScalar(wide.subarray(40)) };
}
/** What the box keeps of a code. `box`: fingerprint of its certificate. */
export const registerCode = async (code: string, box: string): Promise<VerifierRecord> =>
  recordOf(await secretOf(code, box));

/** The app's side. */
export async function createProver(code: string, fingerprints: BothFingerprints) {
  const secret = await secretOf(code, fingerprints.box);
  const x = randomScalar();
  return {
    share: proverShare(secret.w0, x),
    /** The proof for the box once its own fits; undefined when it knew another code or saw another certificate. */
    answer(theirs: { share: Uint8Array; confirm: Uint8Array }): Buffer | undefined {
      const keys = proverKeys(secret, x, theirs.share, agreementOf(fingerprints));
      return sameBytes(keys.confirmV, theirs.confirm) ? keys.confirmP : undefined;
    },
  };
}
/** The box's side: answers a share at once with its own and its proof. Throws a SpakeError for a share that is none. */
export function answerShare(record: VerifierRecord, shareP: Uint8Array, fingerprints: BothFingerprints) {
  const y = randomScalar();
  const keys = verifierKeys(record, y, shareP, agreementOf(fingerprints));
  return {
    share: verifierShare(record.w0, y),
    confirm: keys.confirmV,
    /** Whether the app knew the code. */
    accepts: (confirm: Uint8Array): boolean => sameBytes(keys.confirmP, confirm),
  };
}
