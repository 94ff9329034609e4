import type { LabRun, LabStepState } from '../../contract/labs/run.ts';
import { exit, readOptions } from '../command.ts';
import { ended, labArgument, openLab, runWhen, withLabs } from './session.ts';
import type { LabSession } from './session.ts';

/** Milliseconds that the checks of a step may take to turn green after its script: a guest may have to boot, without KVM. */
const greenMs = 180_000;

type Tell = (text: string) => boolean;

/** Starts a lab, solves every step by its script and shows that its checks can tell the difference. */
export async function solveLab(args: string[]): Promise<number> {
  const { argument, rest } = labArgument(args);
  const values = readOptions(rest, { 'data-dir': { type: 'string' }, keep: { type: 'boolean', default: false } });
  return withLabs(values['data-dir'], undefined, async (session) => {
    const { api } = session;
    const { name, restore } = await openLab(session, argument);
    const began = performance.now();
    const tell: Tell = (text) => process.stdout.write(`${((performance.now() - began) / 1000).toFixed(1).padStart(7)} s  ${text}\n`); // prettier-ignore
    try {
      const { row } = await api.labs.preview({ lab: name });
      for (const { what, remedy } of row.missing)
        tell(`not possible here: ${[what, remedy].filter(Boolean).join(' ')}`);
      if (row.missing.length > 0) return exit.notPossible;
      return await solveAll(session, name, tell, values.keep);
    } finally {
      if (!values.keep) await restore();
    }
  });
}

async function solveAll(session: LabSession, name: string, tell: Tell, keep: boolean): Promise<number> {
  const { api, done } = session;
  const { taskId } = await api.labs.start({ lab: name });
  try {
    await done(Promise.resolve({ taskId }));
    const { steps } = await runWhen(session, name, ({ state }) => state === 'running');
    tell(`${name} runs: ${steps.length} steps`);
    for (const { id } of steps) if (!(await solved(session, name, id, tell))) return exit.failed;
    await runWhen(session, name, ({ state }) => state === 'finished');
    tell('finished');
    return exit.ok;
  } finally {
    // Also after Ctrl+C: what a test began, it takes away.
    if (!keep && (await ended({ ...session, signal: new AbortController().signal }, name))) tell('ended');
  }
}

const openStep = ({ steps, step }: LabRun): LabStepState | undefined => steps[step];
/** A check that nobody looked at yet says nothing. */
const looked = (step: LabStepState): boolean => step.checks.every(({ state }) => state !== 'waiting');
const green = (step: LabStepState): boolean => step.checks.every(({ state }) => state === 'passed');

async function solved(session: LabSession, lab: string, step: string, tell: Tell): Promise<boolean> {
  const { api, done } = session;
  const before = openStep(await runWhen(session, lab, (run) => openStep(run)?.id === step && openStep(run)?.state === 'open' && run.taskId === undefined && looked(openStep(run) as LabStepState)));
  if (!before) return false;
  if (before.checks.length > 0 && green(before)) {
    tell(`${step}: all its checks are green before anybody did anything`);
    return false;
  }
  await done(api.labs.solve({ lab, step }));
  const signal = AbortSignal.any([session.signal, AbortSignal.timeout(greenMs)]);
  const after = await runWhen({ ...session, signal }, lab, (run) => green(openStep(run) as LabStepState)).catch(() => undefined);
  if (!after) {
    const now = openStep(await runWhen(session, lab, () => true));
    tell(`${step}: still red after its solution`);
    for (const { title, state, told } of now?.checks ?? []) if (state !== 'passed') tell(`  ${title}: ${told ?? state}`);
    return false;
  }
  tell(`${step}: ${before.checks.length === 0 ? 'nothing to check' : `${before.checks.filter(({ state }) => state !== 'passed').length} of ${before.checks.length} red before, all green after`}`);
  await api.labs.next({ lab, step });
  return true;
} // prettier-ignore
