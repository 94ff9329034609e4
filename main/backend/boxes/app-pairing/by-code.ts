import { z } from 'zod';
import type { CodeShare, PairedByCode } from '../../../contract/box/doors.ts';
import { randomIdSchema } from '../../../contract/box/words.ts';
import { ProblemError } from '../../../contract/problem.ts';
import type { AppIdentity } from '../book/identity.ts';
import type { Reach } from '../link/dial.ts';
import { nameSchema } from '../link/plain-words.ts';
import { followState } from '../link/follow.ts';
import { isLost, strange } from '../link/problems.ts';
import { askJson } from '../link/request.ts';
import { pause } from '../../target/live-list.ts';
import { createProver } from '../pairing/code-pairing.ts';
import { SpakeError } from '../pairing/spake2plus.ts';

const base64 = z
  .string()
  .max(200)
  .regex(/^[A-Za-z0-9_-]+$/);
const shareSchema = z.object({
  attempt: base64,
  share: base64,
  confirm: base64,
}) satisfies z.ZodType<CodeShare>;
const pairedSchema = z.object({ boxId: randomIdSchema, name: nameSchema(63) }) satisfies z.ZodType<PairedByCode>; // prettier-ignore

/** Milliseconds until a box is asked whose answer was lost. */
const retryMs = 700;

/**
 * SPAKE2+ as the prover, bound to both certificates: whoever stands between, or only listens, gets no second guess at the
 * code. The box proves itself first. Throws the Problems `wrong-code`, those of the box (closed, wait) and of the connection.
 */
export async function pairByCode(
  reach: Reach & { pin: string },
  identity: AppIdentity,
  code: string,
): Promise<{ boxId: string; name: string }> {
  const to = { ...reach, identity };
  const prover = await createProver(code, { box: reach.pin, app: identity.fingerprint });
  const begin = { app: identity.name, share: prover.share.toString('base64url') };
  const first = shareSchema.safeParse(
    (await askJson(to, { method: 'POST', path: '/box/pair/code', json: begin })).value,
  );
  if (!first.success) throw strange(reach.address, 'Its answer to the code is not understood.');
  const { attempt, share, confirm } = first.data;
  const answer = answerOf(prover, share, confirm);
  if (!answer) throw wrongCode(reach.address);
  const json = { attempt, confirm: answer.toString('base64url') };
  let value: unknown;
  try {
    ({ value } = await askJson(to, { method: 'POST', path: '/box/pair/code/confirm', json }));
  } catch (error) {
    // The box has proven itself already; only what it said to our proof was lost.
    const taken = isLost(error) ? await whoTrustsUs(to) : undefined;
    if (!taken) throw error;
    return taken;
  }
  const last = pairedSchema.safeParse(value);
  if (!last.success) throw strange(reach.address, 'Its answer to the proof is not understood.');
  return last.data;
}

/** The box behind the pinned key when it shows its state to us, as it does to paired apps only. */
async function whoTrustsUs(to: Reach & { pin: string }): Promise<{ boxId: string; name: string } | undefined> {
  const over = new AbortController();
  let seen: { boxId: string; name: string } | undefined;
  await pause(retryMs);
  await followState({
    reach: to,
    signal: over.signal,
    onState({ boxId, name }) {
      seen = { boxId, name };
      over.abort();
    },
  }).catch(() => undefined); // why the answer did not come is told instead
  return seen;
} // prettier-ignore

function answerOf(prover: Awaited<ReturnType<typeof createProver>>, share: string, confirm: string): Buffer | undefined {
  try {
    return prover.answer({ share: Buffer.from(share, 'base64url'), confirm: Buffer.from(confirm, 'base64url') });
  } catch (error) {
    if (error instanceof SpakeError) return undefined; // no honest box sends such a share
    throw error;
  }
} // prettier-ignore

const wrongCode = (address: string): ProblemError =>
  new ProblemError({
    code: 'wrong-code',
    title: 'This is not the code of this box',
    detail: `What answers at ${address} knows another code. Nothing was told to it.`,
    cause: 'A digit is wrong, the code changed meanwhile (it does every ten minutes), or it is another box.',
    fix: 'Type the eight digits that its screen shows now. After five wrong ones it makes a new code.',
    kind: 'denied',
    fields: { code: 'Not the code it shows.' },
  });
