import { randomUUID } from 'node:crypto';
import type { ListUpdate } from '../../contract/machine.ts';
import { asProblem, ProblemError } from '../../contract/problem.ts';
import type { Task, TaskStep } from '../../contract/task.ts';
import type { Log } from '../log.ts';
import { createLiveList } from '../target/live-list.ts';
import { readTasks, writeTasks } from './persist.ts';
import type { KeptCall } from './persist.ts';

/** What a running task can tell about itself. */
export interface TaskHandle {
  readonly id: string;
  /** Aborted when the user cancels or Hearth stops. */
  readonly signal: AbortSignal;
  /** Progress 0..1, a line of detail, seconds left; `undefined` takes a field away. */
  update(fields: {
    progress?: number | undefined;
    detail?: string | undefined;
    secondsLeft?: number | undefined;
    title?: string;
    /** Whether it may still be stopped. */
    cancellable?: boolean;
  }): void;
  /** Marks the named step running and those before it done; adds it when it is new. */
  step(title: string, detail?: string): void;
  /** Steps that will come, in order; those that are listed already stay where they are. */
  expect(titles: readonly string[]): void;
  /** Ends one step by itself, e.g. one that held already; adds it when it is new. */
  endStep(title: string, state: 'done' | 'skipped' | 'failed', detail?: string): void;
}
export interface TaskSpec {
  type: string;
  title: string;
  object?: Task['object'];
  steps?: string[];
  notice?: Task['notice'];
  /** True unless told. */
  cancellable?: boolean;
}
export interface Tasks {
  /** Runs the work as a task. Nothing is thrown: how it ended stands in the task. `done` resolves with it. */
  start(spec: TaskSpec, work: (task: TaskHandle) => Promise<void>): { id: string; done: Promise<Task> };
  get(id: string): Task | undefined;
  /** Keeps the call that began a task, so that it can be made again; `undefined` forgets it. */
  keepCall(id: string, call: KeptCall | undefined): void;
  callOf(id: string): KeptCall | undefined;
  cancel(id: string): Task;
  dismiss(id: string): void;
  watch(signal: AbortSignal): AsyncIterable<ListUpdate<Task>>;
  /** Cancels what runs and waits for it; ended tasks are on disk then. */
  close(): Promise<void>;
}

const unfinished = (step: TaskStep): boolean => step.state === 'waiting' || step.state === 'running';
/** A step that never ran has no times. */
const ended = (step: TaskStep, state: TaskStep['state'], now: string): TaskStep => ({
  ...step,
  state,
  ...(step.state === 'running' && { endedAt: now }),
});

/** Ended tasks that are kept. */
const keep = 200;
/** Milliseconds until a list that could not be written is tried again. */
const againMs = 5000;

export async function createTasks(options: { file: string; log: Log }): Promise<Tasks> {
  const list = createLiveList<Task>();
  const running = new Map<string, { abort: AbortController; done: Promise<Task>; put(change: Partial<Task>): void }>(); // prettier-ignore
  /** In which order they ended: not by their dates, which a clock that was set back turns round. */
  const endings = new Map<string, number>();
  let order = 0;
  const { tasks: kept, calls } = await readTasks(options.file, options.log);
  for (const task of kept.toSorted((a, b) => (a.endedAt ?? '').localeCompare(b.endedAt ?? '')))
    endings.set(task.id, (order += 1));
  for (const task of kept) list.set(task.id, task);
  list.ready();
  let saving: Promise<void> = Promise.resolve();
  let again: NodeJS.Timeout | undefined;
  const save = (): void => {
    const ended = [...list.values()]
      .filter((task) => task.state !== 'running')
      .sort((a, b) => (endings.get(a.id) ?? 0) - (endings.get(b.id) ?? 0));
    for (const old of ended.splice(0, Math.max(0, ended.length - keep))) {
      list.delete(old.id);
      endings.delete(old.id);
      calls.delete(old.id);
    }
    clearTimeout(again);
    saving = saving.then(async () => {
      if (await writeTasks(options.file, { tasks: [...list.values()], calls }, options.log)) return;
      // A full disk: it goes on by itself once there is room.
      clearTimeout(again);
      again = setTimeout(save, againMs);
      again.unref();
    });
  };
  const notThere = (id: string): ProblemError =>
    new ProblemError({ code: 'not-found', title: 'No such task', detail: `There is no task ${id} (any more).` });

  return {
    start(spec, work) {
      const id = randomUUID();
      const abort = new AbortController();
      let task: Task = {
        id,
        type: spec.type,
        title: spec.title,
        ...(spec.object && { object: spec.object }),
        ...(spec.notice && { notice: spec.notice }),
        state: 'running',
        steps: (spec.steps ?? []).map((title): TaskStep => ({ title, state: 'waiting' })),
        cancellable: spec.cancellable ?? true,
        startedAt: new Date().toISOString(),
      };
      const put = (change: Partial<Record<keyof Task, unknown>>): void => {
        if (task.state !== 'running') return;
        task = Object.fromEntries(Object.entries({ ...task, ...change }).filter(([, v]) => v !== undefined)) as Task;
        list.set(id, task);
      };
      const handle: TaskHandle = {
        id,
        signal: abort.signal,
        update: put,
        step(title, detail) {
          const known = task.steps.some((step) => step.title === title);
          const steps = known ? task.steps : [...task.steps, { title, state: 'waiting' as const }];
          const at = steps.findIndex((step) => step.title === title);
          const now = new Date().toISOString();
          put({
            steps: steps.map((step, n): TaskStep => {
              if (n < at) return unfinished(step) ? ended(step, 'done', now) : step;
              if (n > at) return step;
              const startedAt = step.state === 'running' ? (step.startedAt ?? now) : now;
              return { title, state: 'running', ...(detail && { detail }), startedAt };
            }),
          });
        },
        expect(titles) {
          const fresh = [...new Set(titles)].filter((title) => !task.steps.some((step) => step.title === title));
          put({ steps: [...task.steps, ...fresh.map((title): TaskStep => ({ title, state: 'waiting' }))] });
        },
        endStep(title, state, detail) {
          const known = task.steps.some((step) => step.title === title);
          const steps = known ? task.steps : [...task.steps, { title, state: 'waiting' as const }];
          const now = new Date().toISOString();
          const told = detail ? { detail } : {};
          put({ steps: steps.map((step) => (step.title === title ? { ...ended(step, state, now), ...told } : step)) });
        },
      };
      list.set(id, task);
      save();
      const finish = (error: unknown, failed: boolean): Task => {
        const problem = failed ? asProblem(error) : undefined;
        const state = !failed ? 'done' : abort.signal.aborted || problem?.kind === 'cancelled' ? 'cancelled' : 'failed';
        const last = state === 'done' ? 'done' : 'failed';
        const now = new Date().toISOString();
        put({
          state,
          // A prompt that was dismissed is worth telling; what the person stopped here is not.
          problem: state === 'failed' || (state === 'cancelled' && !abort.signal.aborted) ? problem : undefined,
          progress: state === 'done' ? 1 : task.progress,
          secondsLeft: undefined,
          cancellable: false,
          endedAt: now,
          steps: task.steps.map((s) => {
            if (s.state === 'running') return ended(s, last, now);
            return s.state === 'waiting' ? { ...s, state: state === 'done' ? 'done' : 'skipped' } : s;
          }),
        });
        running.delete(id);
        endings.set(id, (order += 1));
        save();
        if (state === 'failed') options.log.warn({ task: spec.type, title: spec.title, err: error }, 'task failed');
        return task;
      };
      const done = work(handle).then(
        () => finish(undefined, false),
        (error: unknown) => finish(error, true),
      );
      running.set(id, { abort, done, put });
      return { id, done };
    },
    get: (id) => list.get(id),
    keepCall(id, call) {
      const task = list.get(id);
      if (!task) return;
      if (call) calls.set(id, call);
      else calls.delete(id);
      const live = running.get(id);
      if (live) live.put({ again: call !== undefined });
      else list.set(id, { ...task, again: call !== undefined });
      save();
    },
    callOf: (id) => calls.get(id),
    cancel(id) {
      const task = list.get(id);
      if (!task) throw notThere(id);
      if (!task.cancellable && task.state === 'running')
        throw new ProblemError({
          code: 'not-cancellable',
          title: 'This cannot be stopped half-way',
          detail: task.title,
          kind: 'denied',
        });
      running.get(id)?.abort.abort();
      return task;
    },
    dismiss(id) {
      const task = list.get(id);
      if (!task) throw notThere(id);
      if (task.state === 'running')
        throw new ProblemError({ code: 'task-running', title: 'It still runs', detail: task.title, kind: 'denied' });
      list.delete(id);
      endings.delete(id);
      calls.delete(id);
      save();
    },
    watch: (signal) => list.watch(signal),
    async close() {
      const all = [...running.values()];
      for (const each of all) each.abort.abort();
      await Promise.all(all.map((each) => each.done));
      await saving;
      clearTimeout(again);
    },
  };
}
