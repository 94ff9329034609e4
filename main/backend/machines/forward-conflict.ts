import { ProblemError } from '../../contract/problem.ts';
import { programHolder, serviceHolder } from '../networks/port-holder.ts';
import { kinds } from '../target/kinds.ts';
import type { OpenTarget } from '../target/target.ts';
import type { Forward } from './forward.ts';

/** A port of the host leads to one place only. Throws `port-taken` with who has it, where that can be told. */
export async function refuseTaken(
  target: OpenTarget,
  { hostPort, protocol }: Forward,
  field = 'hostPort',
): Promise<void> {
  if (hostPort === undefined) return;
  const service = serviceHolder(await target.client.list(kinds.services), hostPort, protocol);
  const here = target.state.value.capabilities.some(({ id, supported }) => id === 'localFiles' && supported);
  const holder = service ?? (here ? await programHolder(hostPort, protocol) : undefined);
  if (holder === undefined) return;
  throw new ProblemError({
    code: 'port-taken',
    title: `Port ${hostPort} is taken`,
    detail: `${protocol} port ${hostPort} is in use by ${holder}.`,
    fix: 'Choose another port, or leave it empty for a free one.',
    fields: { [field]: `In use by ${holder}.` },
  });
}

/** The same for all forwards of a new machine: the field that is named is the wizard's. */
export async function refuseAnyTaken(target: OpenTarget, forwards: readonly Forward[]): Promise<void> {
  for (const [at, forward] of forwards.entries()) await refuseTaken(target, forward, `network.forwards.${at}.hostPort`);
}
