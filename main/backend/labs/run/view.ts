import type { LabFile, LabStep } from '../../../contract/labs/file.ts';
import type { LabCheckState, LabRun, LabStepState } from '../../../contract/labs/run.ts';
import { worth } from '../../../contract/labs/score.ts';
import { labNamespace } from '../../../contract/labs/words.ts';
import { actionLines } from '../actions/words.ts';
import { fill, fillText } from '../file/fill.ts';
import type { Values } from '../file/fill.ts';
import { cleanMarkdown } from '../markdown.ts';
import type { RunRecord, StepRecord } from './record.ts';

/** Everything that a page shows of a run. */
export interface RunParts {
  lab: LabFile;
  record: RunRecord;
  target: string;
  taskId: string | undefined;
  /** Seconds of work, those since the last write among them. */
  seconds: number;
  values: Values;
  /** Of the open step. */
  checks: readonly LabCheckState[];
  machines: LabRun['machines'];
  faults: LabRun['faults'];
}

/** A run as pages see it. Pure. */
export function runView(parts: RunParts): LabRun {
  const { lab, record, values } = parts;
  const prose = (text: string): string => cleanMarkdown(fillText(text, values)).text;
  const ended = record.state === 'finished';
  return {
    lab: lab.metadata.name,
    title: lab.metadata.title,
    target: parts.target,
    state: record.state,
    ...(record.problem && { problem: record.problem }),
    ...(parts.taskId !== undefined && { taskId: parts.taskId }),
    startedAt: record.startedAt,
    ...(record.finishedAt !== undefined && { finishedAt: record.finishedAt }),
    seconds: Math.floor(parts.seconds),
    step: record.step,
    steps: lab.steps.map((step, at) => stepView(step, record.steps[at], parts, prose)),
    score: scoreOf(lab, record),
    machines: parts.machines,
    faults: parts.faults,
    ...(ended && lab.ending !== undefined && { ending: prose(lab.ending) }),
  };
}

/** Points that were reached, of those that there are. Pure. */
export const scoreOf = (lab: LabFile, record: RunRecord): LabRun['score'] => ({
  reached: record.steps.reduce((sum, { reached = 0 }) => sum + reached, 0),
  of: lab.steps.reduce((sum, { score }) => sum + score, 0),
});

/** Points that a step brings when it is passed now: none where a script did it. Pure. */
export const reachedOf = (step: LabStep, { hints, solved }: StepRecord): number =>
  solved ? 0 : worth(step.score, hints);

/** What is to come stays closed: its title is told, and nothing of what it asks. */
function stepView(step: LabStep, kept: StepRecord | undefined, parts: RunParts, prose: (text: string) => string): LabStepState {
  const { values, record } = parts;
  const state = kept?.state ?? 'closed';
  const base = { id: step.id, title: fillText(step.title, values), state, score: step.score };
  const hidden = { ...base, text: '', blocks: [], hints: [], hintsLeft: step.hints.length, checks: [] };
  if (state === 'closed' || !kept) return hidden;
  const shown = kept.hints;
  const open = record.steps[record.step] === kept;
  return {
    ...base,
    text: prose(step.text),
    blocks: step.blocks.map(({ id, title, kind, actions }) => ({
      id,
      title,
      kind,
      lines: actions.flatMap((action) => actionLines(fill(action, values), labNamespace(parts.lab.metadata.name))),
    })),
    hints: step.hints.slice(0, shown).map(prose),
    hintsLeft: step.hints.length - shown,
    checks: step.checks.map((check) => {
      const now = open ? parts.checks.find(({ id }) => id === check.id) : undefined;
      const told: LabCheckState = now ?? { id: check.id, title: check.title, state: state === 'passed' ? 'passed' : 'waiting' };
      return { ...told, title: fillText(check.title, values), ...(told.message !== undefined && { message: prose(check.message) }) };
    }),
    ...(kept.reached !== undefined && { reached: kept.reached }),
    ...(kept.checkpoint && { checkpoint: kept.checkpoint }),
    ...(kept.noCheckpoint !== undefined && { noCheckpoint: kept.noCheckpoint }),
  };
} // prettier-ignore
