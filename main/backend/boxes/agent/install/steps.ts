import type { TaskStep } from '../../../../contract/task.ts';
import { monotonic } from '../../../../contract/monotonic.ts';

export interface InstallProgress {
  /** 0..1; never goes back. */
  fraction: number;
  steps: TaskStep[];
  /** Title of the step that runs, with how far it is. */
  words: string;
}
/** A step of an installation; `weight` is about its seconds. */
export interface StepPlan {
  id: string;
  title: string;
  weight: number;
}
export interface Steps {
  /** Begins a step; those before it are done. */
  begin(id: string): void;
  /** How far the running step is, in bytes. */
  at(done: number, total: number): void;
  /** The running step failed. */
  fail(detail: string): void;
  done(): void;
  /** Title of the running step. */
  readonly title: string;
}

const mib = (bytes: number): string => `${Math.round(bytes / 1024 ** 2)}`;

export function createSteps(plan: readonly StepPlan[], tell: (progress: InstallProgress) => void): Steps {
  const steps: TaskStep[] = plan.map(({ title }) => ({ title, state: 'waiting' }));
  const total = plan.reduce((sum, { weight }) => sum + weight, 0) || 1;
  const before = (index: number): number => plan.slice(0, index).reduce((sum, { weight }) => sum + weight, 0) / total;
  let running = -1;
  let fraction = 0;
  let told = 0;
  const now = (): string => new Date().toISOString();
  const say = (reached: number): void => {
    fraction = Math.max(fraction, reached);
    const step = steps[running];
    const words = step ? [step.title, step.detail].filter(Boolean).join(': ') : '';
    tell({ fraction, steps: steps.map((each) => ({ ...each })), words });
  };
  const end = (state: TaskStep['state']): void => {
    const step = steps[running];
    if (step) steps[running] = { ...step, state, endedAt: now() };
  };
  return {
    get title() {
      return steps[running]?.title ?? '';
    },
    begin(id) {
      end('done');
      running = plan.findIndex((each) => each.id === id);
      const step = steps[running];
      if (!step) throw new Error(`no step ${id}`);
      steps[running] = { ...step, state: 'running', startedAt: now() };
      told = 0;
      say(before(running));
    },
    at(done, all) {
      const step = steps[running];
      const weight = plan[running]?.weight ?? 0;
      // Once a second is enough for any reader: the screen is drawn anew for it, by a processor that is busy with the bytes.
      if (!step || (monotonic() - told < 1000 && done < all)) return;
      told = monotonic();
      steps[running] = { ...step, detail: `${mib(done)} of ${mib(all)} MiB` };
      say(before(running) + (Math.min(1, done / Math.max(1, all)) * weight) / total);
    },
    fail(detail) {
      const step = steps[running];
      if (step) steps[running] = { ...step, detail };
      end('failed');
      say(fraction);
    },
    done() {
      end('done');
      say(1);
    },
  };
}
