import { describe, expect, it } from 'vitest';
import type { Api } from '../../../main/contract/contract.ts';
import type { ListUpdate } from '../../../main/contract/machine.ts';
import type { Task } from '../../../main/contract/task.ts';
import { taskDone } from '../../../renderer/lib/tasks.ts';

const task = (id: string, fields: Partial<Task>): Task => ({ id, type: 'snapshot', title: 'Snapshot', state: 'running', steps: [], cancellable: true, startedAt: '2026-01-01T00:00:00Z', ...fields }); // prettier-ignore
const told = (...updates: ListUpdate<Task>[]): Pick<Api, 'tasks'> =>
  ({
    tasks: {
      async *watch() {
        yield* updates;
      },
    },
  }) as unknown as Pick<Api, 'tasks'>;
const snapshot = (...items: Task[]): ListUpdate<Task> => ({ type: 'snapshot', items });
const delta = (...upserted: Task[]): ListUpdate<Task> => ({ type: 'delta', upserted, removed: [] });

describe('the end of a task', () => {
  it('is waited for, whatever others do meanwhile', async () => {
    let ended = false;
    const api = told(
      snapshot(task('a', {}), task('b', { state: 'failed' })),
      delta(task('b', { state: 'done' })),
      delta(task('a', { state: 'done' })),
    );
    await taskDone(api, 'a').then(() => (ended = true));
    expect(ended).toBe(true);
    await expect(taskDone(told(snapshot(task('b', { state: 'done' }))), 'a')).rejects.toMatchObject({ problem: { code: 'disconnected' } }); // prettier-ignore
  });
  it('is its problem where it failed, and "cancelled" where it was called off', async () => {
    const problem = { code: 'no-room', title: 'No room', detail: 'The disk is full.', kind: 'failed' as const };
    await expect(taskDone(told(snapshot(task('a', { state: 'failed', problem }))), 'a')).rejects.toMatchObject({ problem }); // prettier-ignore
    await expect(taskDone(told(delta(task('a', { state: 'cancelled' }))), 'a')).rejects.toMatchObject({ problem: { kind: 'cancelled' } }); // prettier-ignore
  });
});
