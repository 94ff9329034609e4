import type { TaskStep } from '../../main/contract/task.ts';
import { duration } from '../lib/format.ts';

/** Each step with the time it took, or has taken so far. Milliseconds since 1970. */
export function timedSteps(steps: readonly TaskStep[], now: number): TaskStep[] {
  return steps.map((step) => {
    if (step.startedAt === undefined || step.state === 'waiting' || step.state === 'skipped') return step;
    const end = step.endedAt === undefined ? now : Date.parse(step.endedAt);
    const seconds = (end - Date.parse(step.startedAt)) / 1000;
    // Of what took no time worth telling nothing is told.
    const time = seconds < 1 ? '' : duration(seconds);
    if (!step.detail && !time) return step;
    return { ...step, detail: [step.detail, time].filter(Boolean).join(' · ') };
  });
}
/** Of many steps, those long done and those far off are put together: what moves stays in sight, and what is below them. */
export function foldSteps(steps: readonly TaskStep[]): { before: TaskStep[]; shown: TaskStep[]; after: TaskStep[] } {
  const over = steps.findIndex((step) => step.state !== 'done' && step.state !== 'skipped');
  const past = over < 0 ? steps.length : over;
  const cut = steps.length > most ? Math.max(0, past - kept) : 0;
  const waiting = steps.findIndex((step, index) => index > past && step.state === 'waiting');
  const end = steps.length > most && waiting >= 0 ? waiting + ahead : steps.length;
  return { before: steps.slice(0, cut), shown: steps.slice(cut, end), after: steps.slice(end) };
}
const most = 12;
const kept = 4;
const ahead = 4;
