import type { LabCheckState } from '../../../contract/labs/run.ts';
import { ProblemError } from '../../../contract/problem.ts';
import type { Problem } from '../../../contract/problem.ts';

const denied = (code: string, title: string, detail: string, fix?: string): ProblemError =>
  new ProblemError({ code, title, detail, ...(fix && { fix }), kind: 'denied' });

export const busy = (lab: string): ProblemError =>
  denied('lab-busy', 'The lab is busy', `Something is being done in ${lab} just now.`, 'Wait for it, or stop it.');
export const gone = (lab: string): ProblemError =>
  denied('lab-not-running', 'The lab does not run', `${lab} is not running on this target.`, 'Start it first.');
export const notOpen = (step: string): ProblemError =>
  denied('lab-step-not-open', 'This step is not open', `The learner is not at the step "${step}".`);
export const noBlock = (block: string): ProblemError =>
  denied('lab-block-not-found', 'There is no such button', `The open step has no block "${block}" (any more).`);
export const noMachine = (machine: string): ProblemError =>
  denied('lab-machine-not-found', 'There is no such machine', `The lab has no machine "${machine}".`);
export const anotherRuns = (title: string): ProblemError =>
  denied('lab-another-runs', 'Another lab runs here', `On this target "${title}" is running, and one at a time can.`, 'End it first.'); // prettier-ignore
export const notPassed = (checks: readonly LabCheckState[]): ProblemError => {
  const { problem } = denied('lab-step-not-passed', 'The step is not done yet', `Still missing: ${checks.map(({ title }) => title).join('; ')}.`, 'Do what is missing, or skip the step: it brings no points then.'); // prettier-ignore
  return new ProblemError({ ...problem, output: checks.map(({ title, told, state }) => `${title}: ${told ?? state}`) });
};
/** A run that Hearth's end (or a person) cut in the middle of something: it can be gone on with, or ended. */
export const cutOff = (title: string): Problem =>
  new ProblemError({ code: 'lab-cut-off', title: `"${title}" was cut off`, detail: 'It was being started, changed or ended when that was stopped.', fix: 'Start it again to go on, or end it to take everything away.' }).problem; // prettier-ignore
