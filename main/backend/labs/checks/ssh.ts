import { ProblemError } from '../../../contract/problem.ts';
import type { Ran } from '../../ssh/run.ts';
import { closedWords } from './endpoints.ts';
import { runningInstance } from './instance.ts';
import { failed, passed } from './look-types.ts';
import type { LookContext, Looker } from './look-types.ts';
import { quoted, textMisfit } from './text-test.ts';

/** A command in a guest: how it ends, and what it prints. */
export const lookOverSsh: Looker<'ssh'> = async (probe, context, signal) => {
  const { ran, why } = await runInGuest(context, probe.machine, probe, signal);
  if (!ran) return failed(why);
  if (ran.exit !== probe.exit) {
    const said = (ran.err.trim() || ran.out.trim()).split('\n').at(-1) ?? '';
    return failed(`On ${probe.machine} the command ended with ${ran.exit ?? 'a signal'} instead of ${probe.exit}${said === '' ? '' : `: ${quoted(said)}`}.`); // prettier-ignore
  }
  const { contains, lacks, matches, equals } = probe;
  const asked = [contains, lacks, matches, equals].some((each) => each !== undefined);
  const misfit = asked ? await textMisfit(ran.out, { contains, lacks, matches, equals }, `What it prints on ${probe.machine}`) : undefined; // prettier-ignore
  return misfit === undefined ? passed : failed(misfit);
};

/**
 * What a command did in a guest, or in words why the guest does not let itself be asked yet. Rejects where waiting is no help
 * (another host key, the key is not taken).
 */
export async function runInGuest(
  context: LookContext,
  machine: string,
  what: { user?: string | undefined; command: string },
  signal: AbortSignal,
): Promise<{ ran: Ran; why?: never } | { ran?: never; why: string }> {
  const { off } = await runningInstance(context, machine, signal);
  if (off !== undefined) return { why: off };
  const run = (): Promise<Ran> => context.ssh.run(machine, what, signal);
  try {
    // A login that was kept may have ended unheard, and what only looks may be asked twice: a new one tells how the guest is.
    return { ran: await run().catch((error: unknown) => (wasLost(error) && !signal.aborted ? run() : Promise.reject(error as Error))) }; // prettier-ignore
  } catch (error) {
    const closed = closedWords(error);
    if (closed !== undefined) return { why: `${machine} does not answer over SSH yet: ${closed}.` };
    if (error instanceof ProblemError && (wasLost(error) || error.problem.code === 'ssh-no-server'))
      return { why: `${error.problem.title}: ${error.problem.detail}` };
    throw error;
  }
}

const wasLost = (error: unknown): boolean => error instanceof ProblemError && error.problem.code === 'ssh-lost';
