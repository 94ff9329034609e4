import { useMemo } from 'react';
import type { Task } from '../../main/contract/task.ts';
import { tasks, useList } from './resources.ts';

/** All tasks, running first, then the latest. */
export function useTasks(): readonly Task[] {
  const { items } = useList(tasks);
  return useMemo(() => sortTasks(items), [items]);
}

/** One task; undefined until it is known. */
export function useTask(id: string | undefined): Task | undefined {
  const { rows } = useList(tasks);
  return id === undefined ? undefined : rows.get(id);
}

/** The running (or else latest) task about an object. */
export function useTaskOf(object: { kind?: string; namespace?: string; name: string }): Task | undefined {
  const all = useTasks();
  return all.find(
    ({ object: about }) =>
      about?.name === object.name &&
      (object.namespace === undefined || about.namespace === object.namespace) &&
      (object.kind === undefined || about.kind === object.kind),
  );
}

export function sortTasks(items: readonly Task[]): Task[] {
  const rank = (task: Task): number => (task.state === 'running' ? 0 : 1);
  return [...items].sort((a, b) => rank(a) - rank(b) || b.startedAt.localeCompare(a.startedAt));
}
