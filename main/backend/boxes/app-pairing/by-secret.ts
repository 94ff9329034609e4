import { z } from 'zod';
import type { PairedBySecret } from '../../../contract/box/doors.ts';
import { randomIdSchema } from '../../../contract/box/words.ts';
import { ProblemError } from '../../../contract/problem.ts';
import type { Enrolments } from '../book/enrolments.ts';
import type { AppIdentity } from '../book/identity.ts';
import type { Reach } from '../link/dial.ts';
import { nameSchema } from '../link/plain-words.ts';
import { isLost, strange } from '../link/problems.ts';
import { askJson, Refused } from '../link/request.ts';
import { pause } from '../../target/live-list.ts';
import { newNonce, provesSecret, secretProof } from '../pairing/secret-pairing.ts';

const answerSchema = z.object({
  boxId: randomIdSchema,
  name: nameSchema(63),
  proof: z.string().max(200),
}) satisfies z.ZodType<PairedBySecret>;

/** Milliseconds until a box is asked again whose answer was lost. */
const retryMs = 700;
/** Secrets that are tried: a box answers twenty times a minute only. */
const mostTries = 12;

/**
 * Tries the secret of every written stick that is not expired, newest first. A proof is bound to both certificates and to
 * this try, so a box that has none of them learns nothing. `secret` is the one that fits; it is still to be forgotten. Throws the Problems `no-enrolment` and `box-not-proven`, what
 * the box says to a secret that it does not take (`enrolment-...`), and those of the connection.
 */
export async function pairBySecret(
  reach: Reach & { pin: string },
  identity: AppIdentity,
  enrolments: Enrolments,
): Promise<{ boxId: string; name: string; secret: string }> {
  const all = await enrolments.good();
  if (all.length === 0) throw noEnrolment();
  let refused: Refused | undefined;
  for (const { secret } of all.slice(0, mostTries)) {
    const fingerprints = { box: reach.pin, app: identity.fingerprint };
    const nonce = newNonce();
    const proof = secretProof('app', secret, nonce, fingerprints).toString('base64url');
    let value: unknown;
    try {
      const json = { app: identity.name, nonce: nonce.toString('base64url'), proof };
      const ask = () => askJson({ ...reach, identity }, { method: 'POST', path: '/box/pair/secret', json });
      // The box may have taken us, and its answer was lost: it says it again to the same key.
      ({ value } = await ask().catch((error: unknown) => {
        if (error instanceof Refused || !isLost(error)) throw error;
        return pause(retryMs).then(ask);
      }));
    } catch (error) {
      if (!(error instanceof Refused) || error.status >= 500) throw error;
      if (refused === undefined || error.problem.code !== 'enrolment-wrong') refused = error;
      // Not this stick's: another one's secret may fit. Told to wait, or closed, none will.
      if (error.status === 429 || error.status === 404) break;
      continue;
    }
    const checked = answerSchema.safeParse(value);
    if (!checked.success) throw strange(reach.address, 'Its answer to the secret is not understood.');
    if (!provesSecret(checked.data.proof, 'box', secret, nonce, fingerprints)) throw notProven(reach.address);
    return { boxId: checked.data.boxId, name: checked.data.name, secret };
  }
  throw refused ?? noEnrolment();
}

const noEnrolment = (): ProblemError =>
  new ProblemError({
    code: 'no-enrolment',
    title: 'No written stick waits for its box',
    detail: 'There is no secret here that is unused and not expired.',
    cause: 'The stick was written by another Hearth, without a secret, or too long ago.',
    fix: 'Type the eight digits that the screen of the box shows.',
    kind: 'denied',
  });

/** It took our proof and could not give its own: it does not have the secret. */
export const notProven = (address: string): ProblemError =>
  new ProblemError({
    code: 'box-not-proven',
    title: 'What answers there could not prove that it is the box',
    detail: `${address} accepted, and its own proof is wrong. It was not paired.`,
    cause: 'Somebody stands between this computer and the box, or the box has an error.',
    fix: 'Use a cable or another network, compare the fingerprint on its screen, and try again.',
    kind: 'denied',
  });
