import { resolve } from 'node:path';
import { changesOf, printOf, readChecked } from '../../backend/sets/changes.ts';
import type { Api } from '../../contract/contract.ts';
import { asProblem, ProblemError } from '../../contract/problem.ts';
import { exit } from '../command.ts';
import { wordsAbout } from '../working.ts';
import type { SetAsked } from './asked.ts';
import { planText, resultText } from './words.ts';

const wanted = (asked: SetAsked, dir: string) => ({
  dir: resolve(dir), prune: asked.prune || asked['prune-disks'], pruneDisks: asked['prune-disks'], ...(asked.name !== undefined && { name: asked.name }),
}); // prettier-ignore

/** Shows what would be done, then does it; with --watch again whenever the folder changes, until Ctrl+C. */
export async function applyFolder(api: Api, asked: SetAsked, dir: string, signal: AbortSignal): Promise<number> {
  if (!asked.watch) return applyOnce(api, asked, dir, signal);
  let seen: string | undefined;
  const look = async (): Promise<void> => {
    try {
      const print = printOf(await readChecked(resolve(dir), signal));
      if (print === seen) return;
      seen = print;
      await applyOnce(api, asked, dir, signal);
    } catch (error) {
      // The next change may mend it.
      if (signal.aborted || !(error instanceof ProblemError)) throw error;
      process.stderr.write(`hearth: ${error.problem.title}: ${error.problem.detail}\n`);
    }
  };
  await look();
  process.stderr.write('Waiting for changes; Ctrl+C ends it.\n');
  for await (const _ of changesOf(resolve(dir), signal)) await look();
  return exit.interrupted;
}

async function applyOnce(api: Api, asked: SetAsked, dir: string, signal: AbortSignal): Promise<number> {
  const input = wanted(asked, dir);
  const plan = await api.sets.plan(input, { signal });
  if (asked['dry-run']) {
    process.stdout.write(asked.json ? `${JSON.stringify(plan)}\n` : planText(plan));
    return plan.findings.length > 0 || plan.objects.some(({ word }) => word === 'refused' || word === 'missing') ? exit.failed : exit.ok; // prettier-ignore
  }
  process.stderr.write(planText(plan));
  if (plan.findings.length > 0) return exit.failed;
  const { taskId } = await api.sets.apply(input, { signal });
  for await (const task of wordsAbout(api.tasks.watch({}, { signal }), taskId)) {
    if (task.state === 'running') continue;
    for await (const { last } of api.sets.watch({}, { signal })) {
      // What could not be looked at as a whole has no result of its own.
      if (!last || last.at < task.startedAt) throw task.problem ? new ProblemError(task.problem) : asEnded();
      process.stdout.write(asked.json ? `${JSON.stringify(last)}\n` : resultText(last));
      return task.state === 'done' ? exit.ok : task.state === 'cancelled' ? exit.interrupted : exit.failed;
    }
  }
  return exit.interrupted;
}

const asEnded = (): ProblemError =>
  new ProblemError(asProblem(new ProblemError({ code: 'hearth-ended', title: 'Hearth ended meanwhile', detail: 'What is done is kept.', fix: 'Give the same command again: it goes on.' }))); // prettier-ignore
