import { contract } from '../../contract/contract.ts';
import type { RequestContext, Router } from '../../contract/procedure.ts';
import { ProblemError } from '../../contract/problem.ts';
import type { Tasks } from './tasks.ts';

export interface AgainParts {
  tasks: Tasks;
  /** The one that calls go to now. */
  target: () => { id: string };
  /** A call as the page makes it: with its rights, told to the history. */
  call: (procedure: string, input: unknown, context: RequestContext) => unknown;
}

/**
 * Makes the call again that began a task which failed or was stopped. Throws a Problem where that cannot be, and whatever the
 * call itself throws; then the task may be tried once more.
 */
export async function tryAgain({ tasks, target, call }: AgainParts, id: string, context: RequestContext): Promise<{ taskId: string }> {
  const task = tasks.get(id);
  if (!task) throw new ProblemError({ code: 'not-found', title: 'No such task', detail: `There is no task ${id} (any more).` });
  if (task.state === 'running' || task.state === 'done')
    throw new ProblemError({ code: 'task-not-failed', title: 'There is nothing to try again', detail: `${task.title}: it ${task.state === 'done' ? 'is done' : 'still runs'}.`, kind: 'denied' });
  const kept = tasks.callOf(id);
  if (!kept)
    throw new ProblemError({
      code: 'not-repeatable', title: 'This cannot be tried again from the list', detail: `${task.title}: what it was begun with is not kept, or it was tried again already.`,
      fix: 'Do it again where it was begun.', kind: 'denied',
    });
  if (kept.target.id !== target().id)
    throw new ProblemError({ code: 'other-target', title: `It belongs to ${kept.target.name}`, detail: `${task.title} was begun on another target than the one in use.`, fix: `Switch to ${kept.target.name}; then try again.`, kind: 'denied' });
  // Written by an older Hearth perhaps: what counts is what the call takes now.
  const input = schemaOf(kept.procedure)?.safeParse(kept.input);
  if (!input?.success)
    throw new ProblemError({ code: 'not-repeatable', title: 'This cannot be tried again from the list', detail: `${task.title} was begun by an older version of Hearth.`, fix: 'Do it again where it was begun.', kind: 'denied' });
  // Taken out first: two clicks are one try.
  tasks.keepCall(id, undefined);
  try {
    return (await call(kept.procedure, input.data, context)) as { taskId: string };
  } catch (error) {
    tasks.keepCall(id, kept);
    throw error;
  }
} // prettier-ignore

function schemaOf(procedure: string): { safeParse(value: unknown): { success: boolean; data?: unknown } } | undefined {
  let at: Router | { input?: unknown } | undefined = contract;
  for (const name of procedure.split('.')) {
    const next: unknown = at && Object.hasOwn(at, name) ? (at as Record<string, unknown>)[name] : undefined;
    at = typeof next === 'object' && next !== null ? (next as Router) : undefined;
  }
  return at?.input as ReturnType<typeof schemaOf>;
}
