import { z } from 'zod';
import { diskProblem } from './disk-problem.ts';

/** Every failure a person meets: what happened, the likely cause, what to do. `code` is stable, kebab-case and tested. */
// Pure, so that a page that needs only the error class does not carry zod.
export const problemSchema = /* @__PURE__ */ (() =>
  z.object({
    code: z.string().regex(/^[a-z0-9-]+$/),
    title: z.string(),
    /** What happened, in plain words. */
    detail: z.string(),
    /** Likely cause. */
    cause: z.string().optional(),
    /** What to do about it. */
    fix: z.string().optional(),
    /** The command or request behind it, for people who want to look closer. */
    command: z.string().optional(),
    /** Last lines it printed. */
    output: z.array(z.string()).optional(),
    /** Field path -> message, for forms. */
    fields: z.record(z.string(), z.string()).optional(),
    /** failed: it did not work; denied: not allowed; cancelled: someone stopped it. Three different things. */
    kind: z.enum(['failed', 'denied', 'cancelled']).default('failed'),
  }))();
export type Problem = z.infer<typeof problemSchema>;

/** The error that carries a Problem across any boundary. */
export class ProblemError extends Error {
  readonly problem: Problem;
  constructor(problem: Omit<Problem, 'kind'> & { kind?: Problem['kind'] }, options?: ErrorOptions) {
    super(`${problem.title}: ${problem.detail}`, options);
    this.name = 'ProblemError';
    this.problem = { kind: 'failed', ...problem };
  }
}

/** Any thrown value as a Problem; an unexpected error keeps its message and is marked `unexpected`. */
export function asProblem(error: unknown): Problem {
  if (error instanceof ProblemError) return error.problem;
  if (error instanceof Error && error.name === 'AbortError')
    return { code: 'cancelled', title: 'Cancelled', detail: 'This was stopped before it finished.', kind: 'cancelled' };
  const disk = diskProblem(error);
  if (disk) return disk;
  return {
    code: 'unexpected',
    title: 'Something went wrong',
    detail: error instanceof Error ? error.message : String(error),
    fix: 'Try again. If it keeps happening, the log has the details (Settings, Logs).',
    kind: 'failed',
  };
}
