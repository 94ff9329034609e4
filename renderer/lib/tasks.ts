import en from '../../assets/locales/en/client.json' with { type: 'json' };
import { useMemo } from 'react';
import type { Api } from '../../main/contract/contract.ts';
import { ProblemError } from '../../main/contract/problem.ts';
import type { Task } from '../../main/contract/task.ts';
import { tasks, useList } from './resources.ts';
import { texts } from './text.ts';

const t = texts('client', en);

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

/** Resolves when a task is done. Throws its Problem; `cancelled` when it was called off; the connection's own error when that breaks. */
export async function taskDone(api: Pick<Api, 'tasks'>, id: string): Promise<void> {
  for await (const update of api.tasks.watch({})) {
    const told = update.type === 'snapshot' ? update.items : update.type === 'delta' ? update.upserted : [];
    const task = told.find((each) => each.id === id);
    if (task?.state === 'done') return;
    if (task?.problem) throw new ProblemError(task.problem);
    if (task?.state === 'cancelled') throw new ProblemError({ code: 'cancelled', title: t('calledOff'), detail: task.title, kind: 'cancelled' }); // prettier-ignore
  }
  throw new ProblemError({ code: 'disconnected', title: t('gone'), detail: t('gone.text') }); // prettier-ignore
}

export function sortTasks(items: readonly Task[]): Task[] {
  const rank = (task: Task): number => (task.state === 'running' ? 0 : 1);
  return [...items].sort((a, b) => rank(a) - rank(b) || b.startedAt.localeCompare(a.startedAt));
}
