import { z } from 'zod';
import { taskSchema } from '../../contract/task.ts';
import type { Task, TaskStep } from '../../contract/task.ts';
import type { Log } from '../log.ts';
import { readJson, writeJson } from '../json-file.ts';

/** The call that began a task, for another try. */
const kept = z.object({
  procedure: z.string(),
  input: z.unknown(),
  target: z.object({ id: z.string(), name: z.string() }),
});
export type KeptCall = z.infer<typeof kept>;
const fileSchema = z.object({
  version: z.literal(1),
  tasks: z.array(taskSchema),
  calls: z.record(z.string(), kept).default({}),
});
export interface KeptTasks {
  tasks: Task[];
  /** By the task's id. */
  calls: Map<string, KeptCall>;
}

/** Tasks and calls of the last run. Those that ran when it ended are marked as interrupted. */
export async function readTasks(file: string, log: Log): Promise<KeptTasks> {
  const content = await readJson(file, fileSchema, log);
  const tasks = (content?.tasks ?? []).map((task): Task =>
    task.state !== 'running'
      ? task
      : {
          ...task,
          state: 'failed',
          cancellable: false,
          endedAt: new Date().toISOString(),
          steps: task.steps.map(ended),
          problem: {
            code: 'interrupted',
            title: 'Interrupted',
            detail: 'Hearth ended while this ran. What it had asked for before may have come about all the same.',
            fix: 'Look whether it is there already; if not, start it again. Downloads go on from where they were.',
            kind: 'failed',
          },
        },
  );
  return { tasks, calls: new Map(Object.entries(content?.calls ?? {})) };
}

/** False where it could not be written; the log tells why. */
export async function writeTasks(file: string, { tasks, calls }: KeptTasks, log: Log): Promise<boolean> {
  try {
    await writeJson(file, { version: 1, tasks, calls: Object.fromEntries(calls) });
    return true;
  } catch (error) {
    log.warn({ file, err: error }, 'the list of tasks could not be written');
    return false;
  }
}

const ended = (step: TaskStep): TaskStep =>
  step.state === 'running' ? { ...step, state: 'failed' } : step.state === 'waiting' ? { ...step, state: 'skipped' } : step; // prettier-ignore
