import type { LabRun } from '../../contract/labs/run.ts';
import type { MarkKind } from '../../contract/recordings.ts';

/** What of a lab's run somebody will look for in a recording: what is new in `after`. Pure. */
export function labMarks(
  before: LabRun | undefined,
  after: LabRun | undefined,
  taskTitle: (id: string) => string | undefined,
): { kind: MarkKind; text: string }[] {
  if (!after) return before ? [{ kind: 'note', text: `"${before.title}" ended` }] : [];
  const marks: { kind: MarkKind; text: string }[] = [];
  const work = after.taskId !== before?.taskId && after.taskId !== undefined ? taskTitle(after.taskId) : undefined;
  if (work !== undefined) marks.push({ kind: after.state === 'rewinding' ? 'back' : 'action', text: work });
  for (const [index, step] of after.steps.entries()) {
    const old = before?.steps[index];
    const passed = step.checks.length > 0 && step.checks.every(({ state }) => state === 'passed');
    const passedBefore = old !== undefined && old.checks.length > 0 && old.checks.every(({ state }) => state === 'passed');
    if (before && step.state === 'open' && passed && !passedBefore) marks.push({ kind: 'passed', text: `Passed: ${step.title}` });
    if (before && step.state === 'skipped' && old?.state !== 'skipped') marks.push({ kind: 'skipped', text: `Skipped: ${step.title}` });
    if (step.state === 'open' && old?.state !== 'open') marks.push({ kind: 'opened', text: `${index + 1}. ${step.title}` });
  }
  if (before && after.state === 'finished' && before.state !== 'finished') marks.push({ kind: 'note', text: `"${after.title}" is done` });
  return marks;
} // prettier-ignore
