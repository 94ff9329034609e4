import { classHelloSchema, joinedSchema, joinShareSchema } from '../../../contract/class-seat.ts';
import type { ClassHello, JoinedClass } from '../../../contract/class-seat.ts';
import { ProblemError } from '../../../contract/problem.ts';
import type { AppIdentity } from '../../boxes/book/identity.ts';
import type { Reach } from '../../boxes/link/dial.ts';
import { strange } from '../../boxes/link/problems.ts';
import { askJson } from '../../boxes/link/request.ts';
import { createProver } from '../../boxes/pairing/code-pairing.ts';
import { SpakeError } from '../../boxes/pairing/spake2plus.ts';
import { denied } from '../problems.ts';

/** Bytes of any answer. */
const limit = 16 * 1024;

/** Who says there is a class, and with which certificate; nothing of it is proven. */
export async function lookAtClass(reach: Reach, signal?: AbortSignal): Promise<{ hello: ClassHello; fingerprint: string }> {
  const { value, fingerprint } = await askJson(reach, { path: '/class/hello', limit, ...(signal && { signal }) });
  const checked = classHelloSchema.safeParse(value);
  if (!checked.success) throw strange(reach.address, 'It does not say that there is a class.');
  return { hello: checked.data, fingerprint };
} // prettier-ignore

/**
 * Joins by the code as the prover, bound to both certificates; the class proves itself first. Throws the Problems of the
 * connection, of the class, and `class-wrong-code`.
 */
export async function joinByCode(
  reach: Reach & { pin: string },
  identity: AppIdentity,
  wish: { code: string; name: string },
): Promise<JoinedClass> {
  const to = { ...reach, identity };
  const prover = await createProver(wish.code, { box: reach.pin, app: identity.fingerprint });
  const json = { name: wish.name, share: prover.share.toString('base64url') };
  const { value: answered } = await askJson(to, { method: 'POST', path: '/class/join', json, limit });
  const first = joinShareSchema.safeParse(answered);
  if (!first.success) throw strange(reach.address, 'Its answer to the code is not understood.');
  const { attempt, share, confirm } = first.data;
  const proof = proofOf(() => prover.answer({ share: Buffer.from(share, 'base64url'), confirm: Buffer.from(confirm, 'base64url') })); // prettier-ignore
  if (!proof) throw wrongCode();
  const { value } = await askJson(to, { method: 'POST', path: '/class/join/confirm', json: { attempt, confirm: proof.toString('base64url') }, limit }); // prettier-ignore
  const joined = joinedSchema.safeParse(value);
  if (!joined.success) throw strange(reach.address, 'Its answer to the proof is not understood.');
  return joined.data;
}

function proofOf(work: () => Buffer | undefined): Buffer | undefined {
  try {
    return work();
  } catch (error) {
    if (error instanceof SpakeError) return undefined; // no honest class sends such a share
    throw error;
  }
}

const wrongCode = (): ProblemError =>
  new ProblemError({
    ...denied('class-wrong-code', 'This is not the code of the class', 'What answers there knows another one. Nothing was told to it.', 'Type the eight digits that the teacher shows now.').problem,
    fields: { code: 'Not the code of the class.' },
  }); // prettier-ignore
