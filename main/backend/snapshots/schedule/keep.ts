import type { KubeObject } from '../../../contract/kube.ts';
import { asProblem } from '../../../contract/problem.ts';
import type { Task } from '../../../contract/task.ts';
import type { Log } from '../../log.ts';
import { binLabel } from '../../bin/kept.ts';
import { keyOf, kinds } from '../../target/kinds.ts';
import { pause } from '../../target/live-list.ts';
import { pickText } from '../../target/pick.ts';
import type { OpenTarget } from '../../target/target.ts';
import type { Tasks } from '../../tasks/tasks.ts';
import { due } from './due.ts';
import type { Due } from './due.ts';
import { runSchedule } from './run.ts';
import { scheduleAnnotation, scheduleStateAnnotation, writtenSchedule } from './written.ts';
import type { ScheduleState } from './written.ts';

/** Milliseconds between two looks at the clock: short, so that a computer that slept or a clock that was set is noticed. */
const lookMs = 20_000;

export interface Schedules {
  /** Begins nothing any more; what runs is ended with the tasks. */
  halt(): void;
  stop(): Promise<void>;
}

/**
 * Takes the scheduled snapshots of a target's machines while it is open and answers, one after another. `marked` is told
 * whether there are schedules at all whenever that changes: a target that has some is opened with Hearth.
 */
export function startSchedules(
  parts: { target: OpenTarget; tasks: Tasks; marked: (some: boolean) => Promise<void> },
  log: Log,
): Schedules {
  const over = new AbortController();
  const running = keepSchedules(parts, log, over.signal).catch((error: unknown) =>
    log.error({ err: error }, 'schedules of snapshots are not kept'),
  );
  return {
    halt: () => over.abort(),
    async stop() {
      over.abort();
      await running;
    },
  };
}

async function keepSchedules(
  { target, tasks, marked }: Parameters<typeof startSchedules>[0],
  log: Log,
  signal: AbortSignal,
): Promise<void> {
  const scheduled = new Map<string, KubeObject>();
  /** Machine -> the run that was tried here, where that cannot be written down: it is not tried again each time. */
  const tried = new Map<string, number>();
  let wake = (): void => undefined;
  const stop = (): void => wake();
  signal.addEventListener('abort', stop);
  const machines = target.cache.use(kinds.virtualMachines, undefined, {
    changed(key, vm) {
      if (vm?.metadata.annotations?.[scheduleAnnotation] !== undefined) scheduled.set(key, vm);
      else if (!scheduled.delete(key)) return;
      wake();
    },
  });
  let some: boolean | undefined;
  try {
    await machines.whenSynced(signal).catch((error: unknown) => {
      if (!signal.aborted) log.info({ err: error }, 'schedules wait for the target');
    });
    while (!signal.aborted) {
      const changed = new AbortController();
      wake = () => changed.abort();
      if (machines.synced && some !== scheduled.size > 0) {
        some = scheduled.size > 0;
        await marked(some).catch((error: unknown) => log.warn({ err: error }, 'it is not written down that there are schedules')); // prettier-ignore
      }
      if (target.state.value.state === 'ready')
        for (const vm of scheduled.values()) {
          if (signal.aborted) return;
          await look(target, tasks, vm, tried, log, signal);
        }
      if (signal.aborted) return;
      await pause(lookMs, changed.signal);
    }
  } finally {
    signal.removeEventListener('abort', stop);
    machines.release();
  }
}

/** Does what one machine's schedule asks for now. What cannot be done is told by its task, and stands at the machine. */
async function look(
  target: OpenTarget,
  tasks: Tasks,
  vm: KubeObject,
  tried: Map<string, number>,
  log: Log,
  signal: AbortSignal,
): Promise<void> {
  const now = Date.now();
  // Something else works on its disks, or it is leaving: that ends by itself.
  if (vm.metadata.labels?.[binLabel] ?? vm.metadata.annotations?.[binLabel]) return;
  if (pickText(vm, 'status', 'snapshotInProgress') ?? pickText(vm, 'status', 'restoreInProgress')) return;
  if (!due(vm, [], now)) return;
  try {
    const present = await target.client.list(kinds.virtualMachineSnapshots, vm.metadata.namespace).catch((error: unknown) => {
      log.info({ err: error }, 'snapshots cannot be listed');
      return []; // the run says so, loudly
    }); // prettier-ignore
    const found = due(vm, present, now);
    const { uid = '' } = vm.metadata;
    if (!found || (found.type === 'run' && tried.get(uid) === found.slot)) return;
    if (found.type === 'anew') return await countAnew(target, vm, found.at);
    tried.set(uid, found.slot);
    const ended = await runSchedule(target, tasks, vm, found);
    // Hearth ends: it is made up for at the next start.
    if (!signal.aborted) await record(target, vm, stateAfter(vm, found, ended));
  } catch (error) {
    log.warn({ err: error, machine: keyOf(vm) }, 'how far a schedule is could not be written down');
  }
}

/** What stands at the machine after a run. Pure. */
export function stateAfter(vm: KubeObject, run: Extract<Due, { type: 'run' }>, { state, problem, endedAt }: Task): ScheduleState {
  const at = endedAt ?? new Date(run.slot).toISOString();
  const { title, detail } = problem ?? asProblem(undefined);
  return {
    uid: vm.metadata.uid ?? '',
    last: new Date(run.slot).toISOString(),
    ...(state === 'failed' && { failed: { at, title, detail } }),
    ...(run.missed > 0 && { missed: { count: run.missed, at } }),
  };
} // prettier-ignore

async function record(target: OpenTarget, vm: KubeObject, state: ScheduleState): Promise<void> {
  const { namespace = '', name = '', uid } = vm.metadata;
  await target.client.patch(
    kinds.virtualMachines,
    { namespace, name },
    { metadata: { uid, annotations: { [scheduleStateAnnotation]: JSON.stringify(state) } } },
  );
}

async function countAnew(target: OpenTarget, vm: KubeObject, at: number): Promise<void> {
  const { namespace = '', name = '', uid } = vm.metadata;
  const annotations = {
    [scheduleAnnotation]: JSON.stringify({ ...writtenSchedule(vm).written, since: new Date(at).toISOString() }),
    [scheduleStateAnnotation]: null,
  };
  await target.client.patch(kinds.virtualMachines, { namespace, name }, { metadata: { uid, annotations } });
}
