import { z } from 'zod';
import { taskSchema } from '../../contract/task.ts';
import type { Task } from '../../contract/task.ts';
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
          problem: {
            code: 'interrupted',
            title: 'Interrupted',
            detail: 'Hearth ended while this ran.',
            fix: 'Start it again; downloads go on from where they were.',
            kind: 'failed',
          },
        },
  );
}

export async function writeTasks(file: string, tasks: Task[], log: Log): Promise<void> {
  try {
    await writeJson(file, { version: 1, tasks });
  } catch (error) {
    log.warn({ file, err: error }, 'the list of tasks could not be written');
  }
}
