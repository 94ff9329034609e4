import { worth } from '../../../../main/contract/labs/score.ts';
import type { LabCheckState, LabRun, LabStepState } from '../../../../main/contract/labs/run.ts';
import { t } from './text.ts';

type Checked = Pick<LabStepState, 'state' | 'checks'>;

export const openStep = (run: Pick<LabRun, 'step' | 'steps'>): LabStepState | undefined =>
  run.steps[Math.min(run.step, run.steps.length - 1)];

/** Everything that this step asked for is true now. One without checks is done when the learner says so. */
export const isSolved = ({ state, checks }: Checked): boolean =>
  state === 'passed' || (checks.length > 0 && checks.every((check) => check.state === 'passed'));

/** Whether the learner may go on without leaving anything out. */
export const mayGoOn = (step: Checked): boolean => step.checks.length === 0 || isSolved(step);

export const passedChecks = (checks: readonly LabCheckState[]): number =>
  checks.filter((check) => check.state === 'passed').length;

/** What one more hint takes away from this step's points. */
export const hintCost = ({ score, hints }: Pick<LabStepState, 'score' | 'hints'>): number =>
  worth(score, hints.length) - worth(score, hints.length + 1);

/** Points that can still be reached here. */
export const stillWorth = ({ score, hints }: Pick<LabStepState, 'score' | 'hints'>): number =>
  worth(score, hints.length);

/** Seconds on the clock. `seenAt`, `now`: milliseconds; between two messages of the backend the page counts on. */
export function secondsAt(run: Pick<LabRun, 'seconds' | 'state'>, seenAt: number, now: number): number {
  if (run.state !== 'running') return run.seconds;
  return run.seconds + Math.max(0, (now - seenAt) / 1000);
}

/** 65 -> "1:05", 3665 -> "1:01:05". */
export function clock(seconds: number): string {
  const s = Math.max(0, Math.floor(seconds));
  const two = (n: number): string => String(n).padStart(2, '0');
  const minutes = Math.floor(s / 60) % 60;
  return s < 3600 ? `${minutes}:${two(s % 60)}` : `${Math.floor(s / 3600)}:${two(minutes)}:${two(s % 60)}`;
}

export interface Loss {
  /** Steps that are open or closed again. */
  steps: LabStepState[];
  /** Points of theirs that were reached. */
  points: number;
  /** ISO 8601: what happened in the machines since then is gone. */
  since: string | undefined;
  /** Whether programs go on where they were; else machines start anew from their disks. */
  memory: boolean;
}
/** What going back to the beginning of a step takes away. */
export function lossOf(run: Pick<LabRun, 'step' | 'steps'>, index: number): Loss {
  const steps = run.steps.slice(index, run.step + 1);
  const { checkpoint } = run.steps[index] ?? {};
  return {
    steps,
    points: steps.reduce((sum, step) => sum + (step.reached ?? 0), 0),
    since: checkpoint?.at,
    memory: checkpoint?.memory ?? false,
  };
}

/** Why one cannot go back to a step; undefined when one can. */
export function whyNoRewind(run: Pick<LabRun, 'state' | 'step' | 'steps'>, index: number): string | undefined {
  const step = run.steps[index];
  if (!step || index > run.step) return t('rewind.notReached');
  if (run.state !== 'running' && run.state !== 'finished') return t('rewind.busy');
  if (!step.checkpoint) return step.noCheckpoint ?? t('rewind.none');
  return undefined;
}

/** What a screen reader is told after a change, most important first; empty when nothing is worth a word. */
export function newsOf(before: LabRun | undefined, now: LabRun | undefined): string {
  if (!before || !now || before.lab !== now.lab) return '';
  if (before.state !== now.state && now.state !== 'running')
    return t(stateNews[now.state], { title: now.title, reached: now.score.reached, of: now.score.of });
  const step = openStep(now);
  if (!step) return '';
  if (before.step !== now.step) return t('news.step', { n: now.step + 1, title: step.title });
  if (before.state !== now.state) return t('news.running');
  const old = openStep(before);
  if (!old) return '';
  const changed = step.checks.filter((check) => old.checks.find(({ id }) => id === check.id)?.state !== check.state);
  if (isSolved(step) && !isSolved(old)) return t('news.solved', { title: step.title });
  const passed = changed.filter((check) => check.state === 'passed');
  if (passed.length > 0) return t('news.passed', { checks: passed.map(({ title }) => title).join('; ') });
  const failed = changed.filter((check) => check.state === 'failed' && wasPassed(old, check));
  if (failed.length > 0) return t('news.failed', { checks: failed.map(({ title, message }) => [title, message].filter(Boolean).join('. ')).join('; ') }); // prettier-ignore
  if (step.hints.length > old.hints.length) return t('news.hint', { hint: step.hints.at(-1) ?? '' });
  return '';
}
const stateNews = {
  starting: 'news.starting',
  rewinding: 'news.rewinding',
  finished: 'news.finished',
  ending: 'news.ending',
  failed: 'news.broken',
} as const;
const wasPassed = (old: LabStepState, check: LabCheckState): boolean =>
  old.checks.some(({ id, state }) => id === check.id && state === 'passed');
