import type { Task } from '../../../main/contract/task.ts';

/** The page of what a task is about, where it has more than the task's card. */
export function taskPlace(
  task: Pick<Task, 'type' | 'object'>,
): { to: string; what: 'run' | 'targets' | 'stick' | 'box' | 'boxes' } | undefined {
  const { object, type } = task;
  if (object?.kind === 'Appliance' && type !== 'appliance-uninstall')
    return { to: `/appliance/${encodeURIComponent(object.name)}/runs`, what: 'run' };
  if (type.startsWith('stick-') || type === 'box-image') return { to: '/boxes/stick', what: 'stick' };
  if (type === 'box-scan') return { to: '/boxes', what: 'boxes' };
  if (object?.kind === 'Box') return { to: `/boxes/${encodeURIComponent(object.name)}`, what: 'box' };
  return type.startsWith('kind-') ? { to: '/targets', what: 'targets' } : undefined;
}
