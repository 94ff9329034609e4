import { once } from 'node:events';
import { followLog, readLog } from '../../backend/pods/logs.ts';
import type { OpenTarget } from '../../backend/target/target.ts';
import { ProblemError } from '../../contract/problem.ts';
import { exit } from '../command.ts';
import { containerOf } from './find.ts';
import { oneName } from './asked.ts';
import type { Asked } from './asked.ts';

/** The log of a container, and with --follow each line as it comes. */
export async function podLog(target: OpenTarget, asked: Asked, signal: AbortSignal): Promise<number> {
  const of = await containerOf(target, oneName(asked), asked, signal);
  const wish = { ...of, previous: asked.previous, timestamps: false, tail: asked.tail };
  if (!asked.follow) {
    process.stdout.write((await readLog(target, wish)).text);
    return exit.ok;
  }
  const pipe = await followLog(target, wish, signal);
  try {
    for await (const chunk of pipe.readable) if (!process.stdout.write(chunk)) await once(process.stdout, 'drain');
  } catch (error) {
    if (signal.aborted) return exit.interrupted;
    // The container has ended: so has its log.
    if (!(error instanceof ProblemError) || error.problem.code !== 'log-ended') throw error;
  } finally {
    pipe.close();
  }
  return signal.aborted ? exit.interrupted : exit.ok;
}
