import type { Problem } from '../../../../main/contract/problem.ts';

const wanted = new Set(['root-password-needed', 'root-wrong-password', 'root-no-agent']);

/** Whether a password given here helps. */
export const passwordWanted = (problem: Problem | undefined): problem is Problem =>
  problem !== undefined && wanted.has(problem.code);
