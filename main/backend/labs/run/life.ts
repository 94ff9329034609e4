import { asProblem } from '../../../contract/problem.ts';
import type { TaskHandle } from '../../tasks/tasks.ts';
import { buildLab } from '../start/build.ts';
import { clearLab } from '../start/end.ts';
import { buildFacts } from '../start/facts.ts';
import { readyImages } from '../start/images.ts';
import { machinesRun, makeObjects, readyNamespace } from '../start/make.ts';
import { refuseUnsafe } from '../safety/safety.ts';
import { acting } from '../../target/acting.ts';
import { placedObject } from '../start/build.ts';
import { scopeOf } from '../file/objects.ts';
import { fill } from '../file/fill.ts';
import { busy, cutOff } from './refusals.ts';
import { enterStep } from './learner.ts';
import type { Runner } from './runner.ts';

const parts = { images: 'Images', objects: 'Networks, machines and objects', machines: 'Start the machines' } as const;

/** Starts a lab, or goes on with a start that did not end. What is there already is left as it is. */
export function startRun(run: Runner): { taskId: string } {
  const { title } = run.lab.metadata;
  const running = run.record.state === 'running' || run.record.state === 'finished';
  const { taskId } = run.work({ type: 'lab-start', title: `Starting "${title}"`, steps: Object.values(parts) }, async (task) => {
    try {
      await make(run, task);
      if (running) return;
      if (run.step()?.state !== 'open') await enterStep(run, task);
      await run.keep({ state: 'running' });
    } catch (error) {
      const problem = task.signal.aborted ? stopped : asProblem(error);
      await run.keep({ state: running ? run.record.state : 'failed', problem });
      throw error;
    }
  }); // prettier-ignore
  return { taskId };
}

async function make(run: Runner, task: TaskHandle): Promise<void> {
  const { lab, workspace, tasks, record } = run;
  const { target } = workspace;
  const fresh = record.steps.every(({ state }) => state === 'closed');
  const { problem: _former, ...rest } = record;
  run.record = rest;
  if (record.state === 'failed') await run.keep({ state: 'starting' });
  task.step(parts.images);
  run.key = await run.eyes.ssh.publicKey();
  await readyNamespace(target, lab, task.signal);
  await readyImages(lab, { workspace, tasks, folder: record.folder }, task);
  task.step(parts.objects);
  const early = run.early();
  for (const object of lab.objects) refuseUnsafe(placedObject(lab, fill(object, early)), scopeOf(lab));
  const facts = await buildFacts(lab, target, { values: early, key: run.key });
  const objects = buildLab(lab, facts);
  await acting.getStore()?.foresee?.(target.client, objects);
  const made = await makeObjects(target, objects, task);
  task.endStep(parts.objects, made === 0 ? 'skipped' : 'done', made === 0 ? 'all there' : `${made} made`);
  task.step(parts.machines);
  const wanted = fresh ? lab.machines.filter(({ start }) => start).map(({ name }) => name) : [];
  await machinesRun(target, run.namespace, wanted, task);
  for (const { name } of lab.machines) await run.eyes.listen(name, run.over);
} // prettier-ignore

const stopped = { code: 'lab-start-stopped', title: 'The start was stopped', detail: 'What was made so far is still there.', fix: 'Start it again to go on, or end it to take everything away.', kind: 'cancelled' } as const; // prettier-ignore

/** Ends a lab, whatever it does just now: everything of it goes, and nothing else. `over` is told when it is gone. */
export async function endRun(run: Runner, over: () => Promise<void>): Promise<{ taskId: string }> {
  if (run.record.state === 'ending' && run.busy) throw busy(run.name);
  await run.interrupt();
  const { taskId } = run.work({ type: 'lab-end', title: `Ending "${run.lab.metadata.title}"`, steps: ['Forget checkpoints', 'Take everything away'], cancellable: false }, async (task) => {
    run.restChecks();
    try {
      await run.keep({ state: 'ending' });
      const { target } = run.workspace;
      task.step('Forget checkpoints');
      // What the target keeps of them goes with the namespace in any case.
      await run.doors.checkpoints.drop({ target, lab: run.name }).catch((error: unknown) => run.log.warn({ err: error, lab: run.name }, 'checkpoints were not dropped one by one')); // prettier-ignore
      task.step('Take everything away');
      await clearLab(target, run.name, task);
    } catch (error) {
      await run.keep({ state: 'failed', problem: task.signal.aborted ? cutOff(run.lab.metadata.title) : asProblem(error) });
      throw error;
    }
    await over();
  }); // prettier-ignore
  return { taskId };
}
