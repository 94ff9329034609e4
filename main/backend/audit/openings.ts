import { randomUUID } from 'node:crypto';
import { asProblem } from '../../contract/problem.ts';
import type { AuditEntry } from '../../contract/audit.ts';
import { resultOf } from './audit.ts';
import type { Audit } from './audit.ts';
import type { Performed } from './record.ts';
import { describe } from './words.ts';
import { monotonic } from '../../contract/monotonic.ts';

/** Milliseconds in which the same opening is told once: pages open a console again whenever their connection was lost. */
const againMs = 10 * 60_000;
/** Openings that are remembered at once; the oldest goes when there are more. */
const most = 1000;

/** Writes into the history that somebody opened a console, or was refused one. */
export function createOpenings(
  audit: Pick<Audit, 'add'>,
  now: () => number = monotonic,
): (by: Pick<AuditEntry, 'who' | 'carrier' | 'target'>, call: Performed, run: () => unknown) => Promise<unknown> {
  const told = new Map<string, number>();
  const isNew = (key: string): boolean => {
    const before = told.get(key);
    if (before !== undefined && now() - before < againMs) return false;
    told.delete(key);
    told.set(key, now());
    for (const oldest of told.keys()) {
      if (told.size <= most) break;
      told.delete(oldest);
    }
    return true;
  };
  return async (by, { procedure, input }, run) => {
    const at = new Date().toISOString();
    const begun = now();
    const { what, object } = describe(procedure, input);
    const note = (problem?: ReturnType<typeof asProblem>): void => {
      const result = problem ? resultOf(problem) : 'ok';
      if (!isNew(JSON.stringify([by.who, by.target, procedure, object, result]))) return;
      audit.add({
        id: randomUUID(),
        at,
        ...by,
        procedure,
        what,
        ...(object && { object }),
        result,
        ...(problem && { problem: { code: problem.code, title: problem.title } }),
        duration: now() - begun,
      });
    };
    try {
      const pipe = await run();
      note();
      return pipe;
    } catch (error) {
      const problem = asProblem(error);
      // Whoever left before it was open has seen nothing.
      if (problem.kind !== 'cancelled') note(problem);
      throw error;
    }
  };
}
