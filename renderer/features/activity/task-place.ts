import type { Task } from '../../../main/contract/task.ts';

/** The page of what a task is about, where it has more than the task's card. */
export function taskPlace(task: Pick<Task, 'type' | 'object'>): { to: string; what: 'run' | 'targets' } | undefined {
  const { object, type } = task;
  if (object?.kind === 'Appliance' && type !== 'appliance-uninstall')
    return { to: `/appliance/${encodeURIComponent(object.name)}/runs`, what: 'run' };
  return type.startsWith('kind-') ? { to: '/targets', what: 'targets' } : undefined;
}
