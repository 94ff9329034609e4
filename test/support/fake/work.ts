import { asProblem } from '../../../main/contract/problem.ts';
import type { Problem } from '../../../main/contract/problem.ts';
import type { Task, TaskStep } from '../../../main/contract/task.ts';
import { pause } from './live.ts';
import type { FakeList } from './live.ts';

export interface StepScript {
  title: string;
  seconds: number;
  lines?: string[];
}
interface Options {
  onEnd?: (state: Task['state']) => void;
  /** Seconds times this. */
  pace?: number;
  /** Fails at this step (from 0). */
  failAt?: number | undefined;
  problem?: Problem;
  cancellable?: boolean;
  onLine?: (step: string, text: string, level: 'info' | 'error') => void;
  /** What is told of a running step, by its share 0..1. */
  detail?: (step: number, share: number) => string | undefined;
}
let count = 0;

/** A task that goes through its steps in real time; gives its id at once. */
export function work(
  tasks: FakeList<Task>,
  task: Pick<Task, 'type' | 'title' | 'object'>,
  script: readonly StepScript[],
  options: Options = {},
): string {
  const id = `task-${++count}-${task.type}`;
  const startedAt = new Date().toISOString();
  const pace = (options.pace ?? 1) * 1000;
  const total = script.reduce((sum, step) => sum + step.seconds, 0);
  const steps: TaskStep[] = script.map(({ title }) => ({ title, state: 'waiting' }));
  const show = (more: Partial<Task>): void =>
    tasks.put({
      ...task,
      id,
      startedAt,
      steps: steps.map((step) => ({ ...step })),
      cancellable: options.cancellable ?? true,
      state: 'running',
      ...more,
    });
  const stopped = (): boolean => tasks.rows.get(id)?.state !== 'running';
  const run = async (): Promise<Task['state']> => {
    let done = 0;
    for (const [index, step] of script.entries()) {
      steps[index] = { title: step.title, state: 'running', startedAt: new Date().toISOString() };
      const parts = Math.max(1, Math.round(step.seconds * 5));
      for (let part = 0; part < parts; part++) {
        const detail = options.detail?.(index, part / parts);
        show({
          progress: (done + (step.seconds * part) / parts) / total,
          secondsLeft: Math.max(0, total - done - (step.seconds * part) / parts),
          ...(detail === undefined ? {} : { detail }),
        });
        const line = step.lines?.[Math.floor((part / parts) * step.lines.length)];
        const before = step.lines?.[Math.floor(((part - 1) / parts) * step.lines.length)];
        if (line !== undefined && (part === 0 || line !== before)) options.onLine?.(step.title, line, 'info');
        await pause((step.seconds / parts) * pace);
        if (stopped()) return 'cancelled';
        if (options.failAt === index && part >= parts - 1) {
          steps[index] = { ...steps[index], title: step.title, state: 'failed', endedAt: new Date().toISOString() };
          options.onLine?.(step.title, options.problem?.detail ?? 'failed', 'error');
          const problem = options.problem;
          show({ state: 'failed', endedAt: new Date().toISOString(), ...(problem ? { problem } : {}) });
          return 'failed';
        }
      }
      done += step.seconds;
      steps[index] = { ...steps[index], title: step.title, state: 'done', endedAt: new Date().toISOString() };
    }
    show({ state: 'done', progress: 1, endedAt: new Date().toISOString() });
    return 'done';
  };
  show({ progress: 0 });
  run().then(
    (state) => options.onEnd?.(state),
    (error: unknown) => show({ state: 'failed', problem: asProblem(error) }),
  );
  return id;
}
