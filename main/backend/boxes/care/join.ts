import { ProblemError } from '../../../contract/problem.ts';
import type { TaskHandle } from '../../tasks/tasks.ts';
import type { Link } from '../link/link.ts';
import { act, joinTicket, nodeNameOf } from './calls.ts';
import { followBoxTask } from './follow-task.ts';

export const joinSteps = ['Get a ticket', 'Join'];
const limit = 45 * 60_000;

/**
 * Makes a box a node of another one's cluster. The ticket goes from box to box through here, within the two pinned
 * connections only. Throws the Problems of either box, `join-itself`, `join-same-name`.
 */
export async function joinBox(link: Link, to: Link, task: TaskHandle): Promise<void> {
  const me = link.seen.value.row;
  const other = to.seen.value.row;
  task.step(joinSteps[0] ?? '');
  const { server, token, k3s } = await joinTicket(to.reach());
  task.step(joinSteps[1] ?? '', `${me.name} to ${other.name}`);
  const { taskId } = await act(link.reach(), { do: 'join', server, token, nodeName: nodeNameOf(me.name), k3s });
  task.update({ cancellable: false });
  if (taskId !== undefined) await followBoxTask(link, taskId, task, limit);
}

/** What can be told before anything is asked. */
export function refuseJoin(link: Link, to: Link): void {
  const me = link.seen.value.row;
  const other = to.seen.value.row;
  if (me.id === other.id)
    throw new ProblemError({
      code: 'join-itself',
      title: 'A box cannot join itself',
      detail: `${me.name} was chosen twice.`,
      fix: 'Choose the box whose cluster it shall join.',
      kind: 'denied',
    });
  if (me.name === other.name)
    throw new ProblemError({
      code: 'join-same-name',
      title: 'Both boxes have the same name',
      detail: `Both are called ${me.name}, and a node's name has to be its own.`,
      fix: 'Give one of them another name first, on its page.',
      kind: 'denied',
    });
}
