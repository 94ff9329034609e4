import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openBoxes } from '../../../main/backend/boxes/open.ts';
import type { BoxesOptions } from '../../../main/backend/boxes/open.ts';
import type { NewTarget } from '../../../main/backend/targets/registry.ts';
import { dataPaths } from '../../../main/backend/paths.ts';
import { createTasks } from '../../../main/backend/tasks/tasks.ts';
import type { BoxRow } from '../../../main/contract/box/boxes.ts';
import type { Task } from '../../../main/contract/task.ts';
import { silent } from '../store.ts';

/** The app's side of boxes in a data directory of its own, with a clock that hurries and no multicast. */
export async function openApp(change: Partial<BoxesOptions> & { root?: string } = {}) {
  const root = change.root ?? (await mkdtemp(join(tmpdir(), 'hearth-boxes-')));
  const paths = dataPaths(root);
  const tasks = await createTasks({ file: paths.tasks, log: silent });
  const targets = new Map<string, NewTarget>();
  const boxes = await openBoxes({
    paths,
    tasks,
    targets: {
      put: async (target) => void targets.set(target.id, target),
      remove: async (id) => void targets.delete(id),
    },
    version: '0.1.0',
    log: silent,
    finding: { mdns: false },
    pace: { first: 40, longest: 200, idle: 1000 },
    ...change,
  });
  const { handlers } = boxes;
  const context = { signal: new AbortController().signal };
  return {
    root,
    paths,
    boxes,
    tasks,
    targets,
    handlers,
    context,
    /** The row of a box once it is as wanted. */
    async row(id: string, wanted: (row: BoxRow) => boolean, ms = 8000): Promise<BoxRow> {
      let last: BoxRow | undefined;
      const over = AbortSignal.timeout(ms);
      for await (const { row } of handlers.state({ id }, { signal: over })) {
        last = row;
        if (wanted(row)) return row;
      }
      throw new Error(`not within ${ms} ms: ${JSON.stringify(last)}`);
    },
    async ended(taskId: string, ms = 10_000): Promise<Task> {
      const over = AbortSignal.timeout(ms);
      for await (const _update of tasks.watch(over)) {
        const task = tasks.get(taskId);
        if (task && task.state !== 'running') return task;
      }
      throw new Error(`the task goes on: ${JSON.stringify(tasks.get(taskId))}`);
    },
    async close(keep = false) {
      await boxes.close();
      await tasks.close();
      if (!keep) await rm(root, { recursive: true, force: true });
    },
  };
}
