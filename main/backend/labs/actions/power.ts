import type { LabAction } from '../../../contract/labs/actions.ts';
import type { KubeObject } from '../../../contract/kube.ts';
import type { MachineAction } from '../../../contract/machine-ref.ts';
import { ProblemError } from '../../../contract/problem.ts';
import { act } from '../../machines/act.ts';
import { machineState } from '../../machines/actions.ts';
import type { MachineState } from '../../machines/actions.ts';
import { until } from '../../snapshots/wait.ts';
import { isNotFound } from '../../target/kube-error.ts';
import { kinds } from '../../target/kinds.ts';
import type { TaskHandle } from '../../tasks/tasks.ts';
import type { ActionContext } from './context.ts';

/** Milliseconds that a machine may take for it. */
const limit = 120_000;

/** What the machine is like when the action is done; undefined where nothing of it can be seen. */
const done: Record<Exclude<MachineAction, 'delete'>, ((now: MachineState, was: string | undefined, is: string | undefined) => boolean) | undefined> = {
  start: (now) => now.phase === 'Running',
  stop: (now) => !now.alive,
  forceStop: (now) => !now.alive,
  restart: (now, was, is) => now.phase === 'Running' && was !== is,
  forceRestart: (now, was, is) => now.phase === 'Running' && was !== is,
  pause: (now) => now.paused,
  unpause: (now) => now.alive && !now.paused,
  reset: undefined,
  softReboot: undefined,
}; // prettier-ignore
/** Those that are nothing to do when it is so already. */
const idle = new Set<MachineAction>(['start', 'stop', 'forceStop', 'pause', 'unpause']);

/** Switches a machine of the lab and waits until it is so. */
export async function powerMachine(what: NonNullable<LabAction['power']>, context: ActionContext, task: TaskHandle): Promise<void> {
  const { machine, action } = what;
  const { target } = context.workspace;
  const ref = { namespace: context.namespace, name: machine };
  const vm = await target.client.get(kinds.virtualMachines, ref.namespace, ref.name, task.signal);
  const before = await target.client.get(kinds.virtualMachineInstances, ref.namespace, ref.name, task.signal).catch((error: unknown): undefined => {
    if (!isNotFound(error)) throw error;
  });
  const holds = done[action];
  const fine = (vmi: KubeObject | undefined): boolean => holds === undefined || holds(machineState(vm, vmi), before?.metadata.uid, vmi?.metadata.uid);
  if (idle.has(action) && fine(before)) return;
  await act(target, ref, action, { deleteDisks: false });
  const late = AbortSignal.timeout(limit);
  try {
    await until(target, kinds.virtualMachineInstances, ref, AbortSignal.any([task.signal, late]), (vmi) => fine(vmi) || undefined);
  } catch (error) {
    if (!late.aborted || task.signal.aborted) throw error;
    throw new ProblemError({ code: 'lab-power-late', title: `${machine} takes too long`, detail: `It is not yet as it was asked to be (${action}) after ${limit / 1000} s.`, fix: 'Look at its page: it says why.' });
  }
} // prettier-ignore
