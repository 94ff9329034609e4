import { ProblemError } from '../../../contract/problem.ts';
import type { Task } from '../../../contract/task.ts';
import { pause } from '../../target/live-list.ts';
import type { TaskHandle } from '../../tasks/tasks.ts';
import type { Link } from '../link/link.ts';
import { Refused } from '../link/request.ts';
import { boxTask } from './calls.ts';
import { monotonic } from '../../../contract/monotonic.ts';

/** What a Task of the box says while the box can be asked; undefined when it is away, or does not remember it. */
export async function lookAtTask(link: Link, id: string): Promise<Task | undefined> {
  try {
    return await boxTask(link.reach(), id);
  } catch (error) {
    if (error instanceof Refused && error.status === 403) throw error;
    if (error instanceof ProblemError) return undefined; // it restarts, or is older: its state tells then
    throw error;
  }
}

/** Tells a Task of the box as one of ours, to its end. `limitMs`: how long it may take. Throws what it ended with. */
export async function followBoxTask(link: Link, id: string, task: TaskHandle, limitMs: number): Promise<void> {
  let silent = 0;
  for (const end = monotonic() + limitMs; monotonic() < end;) {
    task.signal.throwIfAborted();
    const there = await lookAtTask(link, id);
    if (there) {
      silent = 0;
      const step = there.steps.find(({ state }) => state === 'running')?.title;
      if (step !== undefined) task.step(step, there.detail);
      task.update({ progress: there.progress, detail: there.detail, secondsLeft: there.secondsLeft });
      if (there.state === 'done') return;
      if (there.problem) throw new ProblemError(there.problem);
      if (there.state !== 'running') throw ended(there.title);
    } else if ((silent += 1) > 90) throw lost(link);
    await pause(1000, task.signal);
  }
  throw lost(link);
}

const ended = (title: string): ProblemError =>
  new ProblemError({
    code: 'box-task-ended',
    title: 'It was stopped on the box',
    detail: title,
    kind: 'cancelled',
  });
const lost = (link: Link): ProblemError =>
  new ProblemError({
    code: 'box-lost',
    title: 'The box did not tell how it ended',
    detail: `${link.seen.value.row.name} does not answer any more, or still works on it.`,
    fix: 'Look at the page of the box once it answers again.',
  });
