import { asProblem, ProblemError } from '../../../contract/problem.ts';
import type { TaskHandle } from '../../tasks/tasks.ts';
import { runActions } from '../actions/actions.ts';
import type { Show } from '../actions/context.ts';
import { typeText } from '../actions/type.ts';
import type { SerialMark } from '../../consoles/serial.ts';
import { cutOff, gone, noBlock, noMachine, notOpen, notPassed } from './refusals.ts';
import type { Runner } from './runner.ts';
import { reachedOf, scoreOf } from './view.ts';

// What a learner (or a script in place of one) does with a run.

/** Index of the open step. Throws `lab-not-running`, `lab-step-not-open`. */
function openStep(run: Runner, id: string): number {
  if (run.record.state !== 'running') throw gone(run.name);
  if (run.step()?.id !== id || run.step()?.state !== 'open') throw notOpen(id);
  return run.record.step;
}

/** Shows one more hint; nothing happens when all are shown. */
export async function showHint(run: Runner, step: string): Promise<void> {
  const at = openStep(run, step);
  const all = run.fileStep()?.hints.length ?? 0;
  const shown = run.step()?.hints ?? 0;
  if (shown < all) await run.keepStep(at, { hints: shown + 1 });
}

export async function checkNow(run: Runner, step: string): Promise<void> {
  openStep(run, step);
  await run.checksNow();
}

/** Goes on. A step that is not passed is left only by skipping it. `finished` is told the result after the last one. */
export async function nextStep(run: Runner, step: string, skip: boolean, finished: () => Promise<void>): Promise<void> {
  const at = openStep(run, step);
  const file = run.fileStep();
  if (!file) throw gone(run.name);
  if (!skip) {
    const missing = (await run.checksNow()).filter(({ state }) => state !== 'passed');
    if (missing.length > 0) throw notPassed(missing);
    openStep(run, step); // somebody may have gone on meanwhile
  }
  const last = at + 1 >= run.lab.steps.length;
  const state = skip ? 'skipped' : 'passed';
  const kept = run.step();
  const reached = skip || !kept ? 0 : reachedOf(file, kept);
  if (!last) {
    const work = run.work({ type: 'lab-step', title: `${run.lab.metadata.title}: ${run.lab.steps[at + 1]?.title ?? ''}` }, async (task) => {
      run.restChecks();
      await run.keepStep(at, { state, reached }, { step: at + 1 });
      try {
        await enterStep(run, task);
      } catch (error) {
        // The learner can go on all the same, and is told what is not as its author meant it.
        await run.keepStep(at + 1, { state: 'open' }, { problem: asProblem(error) });
        throw error;
      }
    }); // prettier-ignore
    void work.done;
    return;
  }
  run.restChecks();
  await run.keepStep(at, { state, reached }, { state: 'finished', finishedAt: new Date().toISOString() });
  await finished();
}

/** Opens the step that the record names: what is to be done before, where the serial consoles are now, a checkpoint. Throws Problems. */
export async function enterStep(run: Runner, task: TaskHandle): Promise<void> {
  const at = run.record.step;
  const file = run.fileStep();
  if (!file) return;
  await runActions(file.before, run.actions(), task);
  await run.keepStep(at, { marks: await marksOf(run) });
  task.step('Checkpoint');
  await keepCheckpoint(run, at, task.signal);
  await run.keepStep(at, { state: 'open' });
}

async function marksOf(run: Runner): Promise<Record<string, SerialMark>> {
  const marks = await Promise.all(
    run.lab.machines.map(async ({ name }): Promise<[string, SerialMark][]> => {
      try {
        return [[name, await run.eyes.mark(name)]];
      } catch (error) {
        run.log.debug({ machine: name, err: error }, 'a serial console could not be marked');
        return []; // a machine that was deleted has no console
      }
    }),
  );
  return Object.fromEntries(marks.flat());
}

async function keepCheckpoint(run: Runner, at: number, signal: AbortSignal): Promise<void> {
  const file = run.lab.steps[at];
  if (!file) return;
  const place = { target: run.workspace.target, lab: run.name };
  const taken = await run.doors.checkpoints.take(place, file.id, signal);
  if ('noCheckpoint' in taken) {
    const { checkpoint: _older, ...rest } = run.record.steps[at] ?? {};
    await run.keep({ steps: run.record.steps.with(at, { ...(rest as Runner['record']['steps'][number]), noCheckpoint: taken.noCheckpoint }) }); // prettier-ignore
    return;
  }
  const { at: when, memory, seconds } = taken.checkpoint;
  const steps = run.record.steps.map((each, index) => {
    if (index === at) {
      const { noCheckpoint: _no, ...rest } = each;
      return { ...rest, checkpoint: { at: when, memory, seconds } };
    }
    if (!taken.dropped.includes(each.id)) return each;
    const { checkpoint: _gone, ...rest } = each;
    return { ...rest, noCheckpoint: 'It went for want of space.' };
  });
  await run.keep({ steps });
}

/** Presses a button of the instructions. */
export function pressBlock(run: Runner, step: string, id: string): { taskId: string } {
  openStep(run, step);
  const block = run.fileStep()?.blocks.find((each) => each.id === id);
  if (!block) throw noBlock(id);
  const { taskId } = run.work({ type: 'lab-act', title: block.title }, (task) => runActions(block.actions, run.actions(), task)); // prettier-ignore
  return { taskId };
}

export async function typeInto(run: Runner, machine: string, text: string, into: 'serial' | 'screen', signal: AbortSignal): Promise<void> {
  if (run.record.state !== 'running' && run.record.state !== 'finished') throw gone(run.name);
  if (!run.view.value?.machines.some(({ name }) => name === machine)) throw noMachine(machine);
  await typeText(run, { machine, text, into }, signal);
} // prettier-ignore

/** Solves the open step by its script, and looks at its checks. It brings no points. */
export function solveStep(run: Runner, step: string, show?: Show): { taskId: string; done: Promise<unknown> } {
  const at = openStep(run, step);
  const file = run.fileStep();
  if (!file) throw gone(run.name);
  return run.work({ type: 'lab-solve', title: `Solving "${file.title}"` }, async (task) => {
    await run.keepStep(at, { solved: true });
    await runActions(file.solution, { ...run.actions(), ...(show && { show }) }, task);
    await run.checksNow();
  });
}

/** Everything as it was at the beginning of a step. */
export function rewindTo(run: Runner, step: string): { taskId: string; done: Promise<unknown> } {
  if (run.record.state !== 'running' && run.record.state !== 'finished' && run.record.state !== 'failed') throw gone(run.name); // prettier-ignore
  const at = run.lab.steps.findIndex(({ id }) => id === step);
  const kept = run.record.steps[at];
  if (!kept || kept.state === 'closed') throw notOpen(step);
  if (!kept.checkpoint) throw new ProblemError({ code: 'no-checkpoint', title: 'There is no checkpoint of this step', detail: kept.noCheckpoint ?? 'Nothing was kept at its beginning.', fix: 'Go back to another step, or end the lab and start it anew.', kind: 'denied' }); // prettier-ignore
  return run.work({ type: 'lab-rewind', title: `Back to "${run.lab.steps[at]?.title ?? step}"` }, async (task) => {
    run.restChecks();
    await run.keep({ state: 'rewinding' });
    try {
      const place = { target: run.workspace.target, lab: run.name };
      const notes = await run.doors.checkpoints.back(place, step, task.signal, (done, what) => task.update({ progress: done, detail: what })); // prettier-ignore
      if (notes.length > 0) task.update({ detail: notes.join(' ') });
    } catch (error) {
      // Half of it may be done: the same again goes on.
      await run.keep({
        state: 'failed',
        problem: task.signal.aborted ? cutOff(run.lab.metadata.title) : asProblem(error),
      });
      throw error;
    }
    await run.eyes.ssh.forget();
    const { finishedAt: _over, problem: _trouble, ...rest } = run.record;
    run.record = rest;
    const marks = await marksOf(run);
    // What was shown stays shown: going back does not give points back that a hint has cost.
    const steps = run.record.steps.map((each, index) => {
      if (index < at) return each;
      const { reached: _reached, ...old } = each;
      return index === at ? { ...old, state: 'open' as const, marks } : { ...old, state: 'closed' as const };
    });
    await run.keep({ state: 'running', step: at, steps });
  });
}

/** What was reached in a run that is finished. */
export const resultOf = (run: Runner) => {
  const { reached, of } = scoreOf(run.lab, run.record);
  return { score: reached, of, seconds: Math.floor(run.record.seconds), at: run.record.finishedAt ?? '' };
};
