import { ProblemError } from '../../contract/problem.ts';
import type { Task } from '../../contract/task.ts';
import { exit } from '../command.ts';
import { wordsAbout } from '../working.ts';
import type { UsbSession } from './session.ts';

/** Milliseconds between two lines about the same step where nobody watches a terminal. */
const quietMs = 5000;

/** Tells a task to its end: lines on stderr, or with `json` one object a line on stdout. Ctrl+C stops it. The exit code; throws its Problem. */
export async function followStick({ tasks }: UsbSession, taskId: string, json: boolean): Promise<number> {
  const ended = new AbortController();
  const stop = (): void => {
    try {
      tasks.cancel(taskId);
      process.stderr.write('\nStopping...\n');
    } catch {
      process.stderr.write('\nIt is finishing and cannot be stopped now.\n');
    }
  };
  for (const name of ['SIGINT', 'SIGTERM'] as const) process.on(name, stop);
  const teller = json ? tellJson() : tellText();
  try {
    for await (const task of wordsAbout(tasks.watch(ended.signal), taskId)) {
      teller(task);
      if (task.state === 'running') continue;
      const { state, problem } = task;
      if (json) print({ event: 'end', ok: state === 'done', state, ...(problem && { problem }) });
      else if (problem) throw new ProblemError(problem);
      return state === 'done' ? exit.ok : state === 'cancelled' ? exit.interrupted : exit.failed;
    }
    throw new Error('the task ended without a word');
  } finally {
    ended.abort();
    for (const name of ['SIGINT', 'SIGTERM'] as const) process.off(name, stop);
  }
}

export const print = (value: object): void => void process.stdout.write(`${JSON.stringify(value)}\n`);

const running = (task: Task): string => task.steps.find(({ state }) => state === 'running')?.title ?? '';

function tellJson(): (task: Task) => void {
  let told = '';
  return (task) => {
    const { progress, detail, secondsLeft } = task;
    const step = running(task);
    const line = JSON.stringify({ event: 'progress', step, progress, detail, secondsLeft });
    if (task.state === 'running' && step && line !== told) process.stdout.write(`${line}\n`);
    told = line;
  };
}

function tellText(): (task: Task) => void {
  const live = process.stderr.isTTY;
  let last = '';
  let at = -Infinity;
  return (task) => {
    const step = running(task);
    if (step && step !== last) process.stderr.write(`${last && live ? '\n' : ''}> ${step}\n`);
    if (step !== last) at = performance.now();
    last = step;
    if (!step || !task.detail) return;
    const left = task.secondsLeft === undefined ? '' : `, ${task.secondsLeft} s left`;
    if (live) process.stderr.write(`\r\u001B[K  ${task.detail}${left}`);
    else if (performance.now() - at > quietMs) {
      process.stderr.write(`  ${task.detail}${left}\n`);
      at = performance.now();
    }
  };
}
