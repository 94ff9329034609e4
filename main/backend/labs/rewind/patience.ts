import { ProblemError } from '../../../contract/problem.ts';

/**
 * Work that waits for the target, at most so long (ms). Throws what the work throws; `late` where it was cut off for the
 * time. The target may do it all the same, later.
 */
export async function patiently<T>(
  ms: number,
  signal: AbortSignal,
  work: (signal: AbortSignal) => Promise<T>,
  late: () => Error,
): Promise<T> {
  const end = AbortSignal.timeout(ms);
  try {
    return await work(AbortSignal.any([signal, end]));
  } catch (error) {
    const cut = error instanceof Error && (error.name === 'AbortError' || error.name === 'TimeoutError');
    throw cut && end.aborted && !signal.aborted ? late() : error;
  }
}

export const notInTime = (what: string, ms: number): ProblemError =>
  new ProblemError({
    code: 'rewind-late',
    title: 'The target takes too long',
    detail: `${what} within ${Math.round(ms / 1000)} s.`,
    fix: 'Look at the machine and at what the target says about it, then go back to the step once more.',
  });
