import type { TaskStep } from '../../../../contract/task.ts';
import { monotonic } from '../../../../contract/monotonic.ts';

/** Where long work of the agent is; `fraction` 0..1. */
export interface UpkeepProgress {
  fraction: number;
  words: string;
  steps: TaskStep[];
}
export type OnProgress = (progress: UpkeepProgress) => void;

/** Tells the steps of a work with their shares of its time; bytes within a step come at most ten times a second. */
export function stepTeller(
  plan: readonly { title: string; share: number }[],
  onProgress: OnProgress,
): { begin(index: number): void; within(done: number, total: number): void; end(): void } {
  const whole = plan.reduce((sum, { share }) => sum + share, 0);
  const steps: TaskStep[] = plan.map(({ title }) => ({ title, state: 'waiting' }));
  let at = -1;
  let told = 0;
  const before = (index: number): number => plan.slice(0, index).reduce((sum, { share }) => sum + share, 0);
  const tell = (part: number): void => {
    const share = plan[at]?.share ?? 0;
    onProgress({
      fraction: Math.min(1, (before(at) + share * part) / whole),
      words: plan[at]?.title ?? 'Done',
      steps: steps.map((step) => ({ ...step })),
    });
  };
  const close = (): void => {
    const step = steps[at];
    if (step) steps[at] = { ...step, state: 'done', endedAt: new Date().toISOString() };
  };
  return {
    begin(index) {
      close();
      at = index;
      const step = steps[index];
      if (step) steps[index] = { ...step, state: 'running', startedAt: new Date().toISOString() };
      tell(0);
    },
    within(done, total) {
      if (monotonic() - told < 100 && done < total) return;
      told = monotonic();
      tell(total === 0 ? 1 : done / total);
    },
    end() {
      close();
      at = plan.length;
      tell(0);
    },
  };
}
