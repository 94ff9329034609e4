import { setTimeout as pause } from 'node:timers/promises';
import { asProblem, ProblemError } from '../../contract/problem.ts';
import type { Task } from '../../contract/task.ts';
import { exit } from '../command.ts';
import { wordsAbout } from '../working.ts';
import type { Session } from './session.ts';

/** Milliseconds the log of a task that ended may take to come to its end. */
const lastLines = 2000;

/** Tells a task as it goes: lines for people on stderr, or one JSON object a line on stdout. Resolves with the exit code. */
export async function follow(session: Session, taskId: string, options: { json: boolean }): Promise<number> {
  const ended = new AbortController();
  const interrupted = (): void => {
    try {
      session.tasks.cancel(taskId);
      process.stderr.write('Stopping after the step at work...\n');
    } catch (error) {
      const { title, detail } = asProblem(error);
      process.stderr.write(`${title}: ${detail}. It goes on; interrupting once more leaves it to itself.\n`);
    }
  };
  process.once('SIGINT', interrupted);
  process.once('SIGTERM', interrupted);
  const log = tellLog(session, taskId, options, ended.signal);
  const told = new Map<string, string>();
  let last: Task | undefined;
  try {
    for await (const task of wordsAbout(session.tasks.watch(ended.signal), taskId)) {
      last = task;
      tellSteps(task, told, options.json);
      if (task.state !== 'running') break;
    }
    // Its last lines are on their way.
    await Promise.race([log, pause(lastLines, undefined, { ref: false })]);
  } finally {
    ended.abort();
    process.off('SIGINT', interrupted);
    process.off('SIGTERM', interrupted);
    await log;
  }
  if (!last || last.state === 'running') throw new Error('the task ended without a word');
  if (options.json) {
    const { state, problem, startedAt, endedAt } = last;
    print({ event: 'end', ok: state === 'done', state, startedAt, endedAt, ...(problem && { problem }) });
    return state === 'done' ? exit.ok : state === 'cancelled' ? exit.interrupted : codeOf(problem?.code);
  }
  if (last.state === 'done') return exit.ok;
  throw new ProblemError(
    last.problem ?? { code: 'cancelled', title: last.title, detail: 'It was stopped.', kind: 'cancelled' },
  );
}

/** What this computer cannot do is told apart from what went wrong. */
const codeOf = (code: string | undefined): number => (code === 'preflight-blocked' ? exit.notPossible : exit.failed);

const print = (value: object): void => {
  process.stdout.write(`${JSON.stringify(value)}\n`);
};

function tellSteps(task: Task, told: Map<string, string>, json: boolean): void {
  for (const { title, state, detail, startedAt, endedAt } of task.steps) {
    if (state === 'waiting' || told.get(title) === state) continue;
    told.set(title, state);
    const seconds = startedAt && endedAt ? (Date.parse(endedAt) - Date.parse(startedAt)) / 1000 : undefined;
    if (json)
      print({ event: 'step', title, state, ...(detail && { detail }), ...(seconds !== undefined && { seconds }) });
    else process.stderr.write(`${marks[state]} ${title}${detail ? `: ${detail}` : ''}${took(seconds)}\n`);
  }
}

const marks = { waiting: ' ', running: '>', done: '+', failed: 'x', skipped: '-' } as const;
const took = (seconds: number | undefined): string => (seconds === undefined ? '' : ` (${seconds.toFixed(1)} s)`);

async function tellLog(session: Session, taskId: string, { json }: { json: boolean }, signal: AbortSignal) {
  try {
    for await (const lines of session.appliances.log({ taskId }, { signal }))
      for (const { at, step, level, text } of lines) {
        if (json) print({ event: 'log', at, level, ...(step && { step }), text });
        else process.stderr.write(`    ${level === 'info' ? '' : `${level}: `}${text}\n`);
      }
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}
