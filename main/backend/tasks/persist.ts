import { z } from 'zod';
import { taskSchema } from '../../contract/task.ts';
import type { Task, TaskStep } from '../../contract/task.ts';
import type { Log } from '../log.ts';
import { readJson, writeJson } from '../json-file.ts';

const fileSchema = z.object({ version: z.literal(1), tasks: z.array(taskSchema) });

/** Tasks of the last run. Those that ran when it ended are marked as interrupted. */
export async function readTasks(file: string, log: Log): Promise<Task[]> {
  const content = await readJson(file, fileSchema, log);
  return (content?.tasks ?? []).map((task) =>
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
}

/** False where it could not be written; the log tells why. */
export async function writeTasks(file: string, tasks: Task[], log: Log): Promise<boolean> {
  try {
    await writeJson(file, { version: 1, tasks });
    return true;
  } catch (error) {
    log.warn({ file, err: error }, 'the list of tasks could not be written');
    return false;
  }
}

const ended = (step: TaskStep): TaskStep =>
  step.state === 'running' ? { ...step, state: 'failed' } : step.state === 'waiting' ? { ...step, state: 'skipped' } : step; // prettier-ignore
