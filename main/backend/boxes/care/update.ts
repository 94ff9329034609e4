import { createReadStream } from 'node:fs';
import { Transform } from 'node:stream';
import type { BoxState } from '../../../contract/box/state.ts';
import { ProblemError } from '../../../contract/problem.ts';
import type { TaskHandle } from '../../tasks/tasks.ts';
import { pause } from '../../target/live-list.ts';
import type { Link } from '../link/link.ts';
import { askJson } from '../link/request.ts';
import { act } from './calls.ts';
import type { KnownImage } from '../sticks/images.ts';
import { lookAtTask } from './follow-task.ts';
import { monotonic } from '../../../contract/monotonic.ts';

export const updateSteps = ['Send the image', 'Write it beside the running version', 'Restart into it', 'See whether it holds']; // prettier-ignore

/** Milliseconds: without a byte going out; until a sent image is checked; from the restart to the verdict. */
const stall = 60_000;
const checking = 15 * 60_000;
const verdict = 40 * 60_000;

/** Sends an image to a box, has it installed and follows the restart to its end. Throws `update-fell-back` and the box's Problems. */
export async function updateBox(
  link: Link,
  image: Pick<KnownImage, 'path' | 'facts'>,
  anyway: boolean,
  task: TaskHandle,
): Promise<void> {
  task.step(updateSteps[0] ?? '');
  await send(link, { file: image.path, size: image.facts.size }, task);
  task.step(updateSteps[1] ?? '');
  // What was begun on the box goes on there, whatever happens here.
  task.update({ cancellable: false, progress: undefined, detail: undefined, secondsLeft: undefined });
  const before = link.seen.value.state;
  const { taskId } = await act(link.reach(), { do: 'update', anyway });
  await follow(link, image.facts, before, taskId, task);
}

async function send(link: Link, image: { file: string; size: number }, task: TaskHandle): Promise<void> {
  const over = new AbortController();
  const signal = AbortSignal.any([task.signal, over.signal]);
  const begun = monotonic();
  let sent = 0;
  let timer = setTimeout(() => over.abort(), stall);
  const count = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      sent += chunk.length;
      clearTimeout(timer);
      if (sent < image.size) timer = setTimeout(() => over.abort(), stall);
      const rate = sent / Math.max(0.001, (monotonic() - begun) / 1000);
      task.update({
        progress: sent / image.size,
        detail: `${mib(sent)} of ${mib(image.size)} MiB, ${mib(rate)} MiB/s`,
        secondsLeft: Math.round((image.size - sent) / rate),
      });
      done(null, chunk);
    },
  });
  const file = createReadStream(image.file, { highWaterMark: 1024 * 1024, signal });
  file.on('error', (error) => count.destroy(error));
  try {
    const stream = { from: file.pipe(count), length: image.size };
    await askJson(link.reach(), { method: 'PUT', path: '/box/update', stream, timeoutMs: checking, signal });
  } catch (error) {
    task.signal.throwIfAborted();
    if (over.signal.aborted) throw stalled(sent);
    throw error;
  } finally {
    clearTimeout(timer);
    file.destroy();
  }
}
const mib = (bytes: number): number => Math.round(bytes / 1024 / 1024);

async function follow(
  link: Link,
  { version }: KnownImage['facts'],
  before: BoxState | undefined,
  taskId: string | undefined,
  task: TaskHandle,
): Promise<void> {
  const formerly = JSON.stringify([before?.update?.failed, before?.problem]);
  let away = false;
  let trial = false;
  for (const end = monotonic() + verdict; monotonic() < end; await pause(1000, task.signal)) {
    task.signal.throwIfAborted();
    const { row, state } = link.seen.value;
    if (row.problem && (row.state === 'changed' || row.state === 'revoked')) throw new ProblemError(row.problem);
    if (row.state !== 'online' || !state) {
      if (row.state === 'offline' && !away) task.step(updateSteps[2] ?? '', 'It does not answer meanwhile.');
      away ||= row.state === 'offline';
      continue;
    }
    const { update, busy, problem } = state;
    if (update?.trial?.version === version) {
      trial = true;
      task.step(updateSteps[3] ?? '', update.trial.words);
      continue;
    }
    if (busy) {
      task.update({ detail: busy.words, progress: state.progress?.fraction });
      continue;
    }
    const { failed } = update ?? {};
    if (failed?.version === version && JSON.stringify(failed) !== JSON.stringify(before?.update?.failed)) throw fellBack(state.name, failed);
    const fresh = away || trial || before?.update?.running !== version;
    if (update?.running === version && fresh) return;
    if (problem && JSON.stringify([failed, problem]) !== formerly) throw new ProblemError(problem);
    const there = taskId === undefined ? undefined : await lookAtTask(link, taskId);
    if (there?.problem) throw new ProblemError(there.problem);
  }
  throw unknown(version);
} // prettier-ignore

type Failed = NonNullable<NonNullable<BoxState['update']>['failed']>;
const fellBack = (name: string, { version, problem }: Failed): ProblemError =>
  new ProblemError({
    code: 'update-fell-back',
    title: `${name} went back to its former version`,
    detail: `${version} did not hold: ${problem.title}. ${problem.detail}`,
    cause: problem.cause ?? 'The new version did not prove healthy in time.',
    fix: problem.fix ?? 'The box runs as before. Save its logs and look for a newer version.',
    ...(problem.output && { output: problem.output }),
  });
const stalled = (sent: number): ProblemError =>
  new ProblemError({
    code: 'update-stalled',
    title: 'The box does not take the image',
    detail: `Nothing went out for ${stall / 1000} s, after ${mib(sent)} MiB.`,
    cause: 'The network is cut, or the disk of the box is full or failing.',
    fix: 'Look at its health, then send it again. The box runs on as before.',
  });
const unknown = (version: string): ProblemError =>
  new ProblemError({
    code: 'update-unknown',
    title: 'The box did not tell whether the update holds',
    detail: `It was restarting into ${version} and did not come back in ${verdict / 60_000} minutes.`,
    cause: 'It hangs while it starts, or it has another address now. By itself it goes back to the former version.',
    fix: 'Look at its screen; switch it off and on once.',
  });
