import { defaultDataDir } from '../backend/paths.ts';
import type { Api } from '../contract/contract.ts';
import { ProblemError } from '../contract/problem.ts';
import type { Task } from '../contract/task.ts';
import { exit, exitText, readOptionsAndNames, UsageError } from './command.ts';
import type { Command } from './command.ts';
import { followTask, interruptible, runningHearth, workingHearth } from './working.ts';

export const taskCommand: Command = {
  usage: `Usage: hearth task list [--json]
       hearth task stop TASK
       hearth task again TASK

What Hearth does or did that takes longer. TASK is the beginning of an id that \`hearth task list\` prints. A task that failed or
was stopped and has "again" behind it is tried again with what it was begun with, on the target that is in use.

  --json          JSON on stdout (list)
  --data-dir DIR  where everything is kept (default: $HEARTH_DATA_DIR, else the XDG data folder)

${exitText} Ctrl+C ends the waiting, not the task of a Hearth that runs.
`,
  async run([verb = '', ...args]) {
    if (!['list', 'stop', 'again'].includes(verb)) throw new UsageError(`"${verb}" is none of list, stop, again`);
    const { values, names } = readOptionsAndNames(args, {
      json: { type: 'boolean', default: false },
      'data-dir': { type: 'string' },
    });
    const [named, ...more] = names;
    if (more.length > 0 || (verb === 'list') !== (named === undefined))
      throw new UsageError(verb === 'list' ? 'list takes no task' : 'name one task');
    const dataDir = values['data-dir'] ?? defaultDataDir();
    if (verb === 'stop' && !(await runningHearth(dataDir).then((there) => (there?.close(), there))))
      throw new ProblemError({ code: 'not-running', title: 'Hearth does not run', detail: 'So no task of it does.' });
    const { api, close } = await workingHearth(dataDir);
    try {
      return await interruptible(async (signal) => {
        const tasks = await all(api, signal);
        if (named === undefined) {
          if (values.json) process.stdout.write(`${JSON.stringify(tasks)}\n`);
          else for (const task of tasks) process.stdout.write(`${taskLine(task)}\n`);
          return exit.ok;
        }
        const { id } = taskNamed(tasks, named);
        if (verb === 'stop') {
          await api.tasks.cancel({ id });
          return exit.ok;
        }
        const { taskId } = await api.tasks.tryAgain({ id });
        return followTask(api, taskId, signal, { detail: 'The task may not be over.', fix: 'Look with `hearth task list`.' }); // prettier-ignore
      }, 'It goes on in the Hearth that runs.');
    } finally {
      await close();
    }
  },
};

async function all(api: Api, signal: AbortSignal): Promise<Task[]> {
  for await (const update of api.tasks.watch({}, { signal }))
    if (update.type === 'snapshot')
      return update.items.toSorted((one, other) => one.startedAt.localeCompare(other.startedAt));
  return [];
}

/** One line: the shortest id that is still its own would change with the list, so eight characters. Pure. */
export function taskLine(task: Task): string {
  const ended = task.state === 'failed' || task.state === 'cancelled';
  const progress =
    task.state === 'running' && task.progress !== undefined ? ` ${Math.round(task.progress * 100)} %` : '';
  const problem = task.problem ? `: ${task.problem.title}. ${task.problem.detail}` : '';
  return `${task.id.slice(0, 8)}  ${task.state}${progress}  ${task.title}${problem}${ended && task.again ? '  (again)' : ''}`;
}

/** Throws a Problem where none or several begin so. Pure. */
export function taskNamed(tasks: readonly Task[], beginning: string): Task {
  const found = tasks.filter(({ id }) => id.startsWith(beginning));
  const [task] = found;
  if (task && found.length === 1) return task;
  throw new ProblemError({
    code: 'not-found',
    title: found.length === 0 ? 'No such task' : 'Several tasks begin so',
    detail: `${found.length === 0 ? 'None' : found.length} of ${tasks.length} begin with ${beginning}.`,
    fix: 'Take the id that `hearth task list` prints.',
  });
}
