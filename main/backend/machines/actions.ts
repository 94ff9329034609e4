import type { KubeObject } from '../../contract/kube.ts';
import type { ActionState } from '../../contract/machine.ts';
import type { MachineAction } from '../../contract/machine-ref.ts';
import { kinds, subresourcePath } from '../target/kinds.ts';
import { pick, pickList, pickText } from '../target/pick.ts';

/** What actions depend on, read once from the objects. */
export interface MachineState {
  strategy: string;
  deleting: boolean;
  /** An instance is there and not over. */
  alive: boolean;
  phase: string;
  paused: boolean;
  /** The agent answers, or the machine knows ACPI: softreboot needs one of both. */
  agent: boolean;
  pending: boolean;
}

/** Pure. */
export function machineState(vm: KubeObject, vmi: KubeObject | undefined): MachineState {
  const phase = pickText(vmi, 'status', 'phase') ?? '';
  const condition = (type: string): boolean =>
    pickList(vmi, 'status', 'conditions').some((each) => each['type'] === type && each['status'] === 'True');
  const legacy = pick(vm, 'spec', 'running');
  return {
    strategy: pickText(vm, 'spec', 'runStrategy') ?? (legacy === true ? 'Always' : 'Halted'),
    deleting: vm.metadata.deletionTimestamp !== undefined,
    alive: vmi !== undefined && phase !== 'Succeeded' && phase !== 'Failed',
    phase,
    paused: condition('Paused'),
    agent: condition('AgentConnected'),
    pending: pickList(vm, 'status', 'stateChangeRequests').length > 0,
  };
}

const isOn = (state: MachineState): string | undefined => (state.alive ? undefined : 'The machine is not running.');
const isRunning = (state: MachineState): string | undefined =>
  state.phase === 'Running'
    ? undefined
    : state.alive
      ? 'The machine is still starting.'
      : 'The machine is not running.';
const notPaused = (state: MachineState): string | undefined => (state.paused ? 'The machine is paused.' : undefined);
const restartable = ({ strategy }: MachineState): string | undefined =>
  strategy === 'Halted' || strategy === 'Once'
    ? `A machine with the run strategy ${strategy} cannot be restarted; stop it, then start it.`
    : undefined;

interface Action {
  /** Why it may not happen now; undefined when it may. The target has the last word. */
  whyNot(state: MachineState): string | undefined;
  /** The subresource behind it; `delete` has none. */
  call?: { kind: 'virtualMachines' | 'virtualMachineInstances'; name: string; body?: Record<string, unknown> };
}

/** Every action of a machine: what it calls, when it is allowed, why not. The one place for that. */
export const actions: Readonly<Record<MachineAction, Action>> = {
  start: {
    whyNot: (state) =>
      state.alive
        ? 'The machine is on already.'
        : state.strategy === 'Always'
          ? 'With the run strategy Always it starts by itself.'
          : state.strategy === 'Once'
            ? 'With the run strategy Once it starts only once.'
            : undefined,
    call: { kind: 'virtualMachines', name: 'start' },
  },
  stop: { whyNot: isOn, call: { kind: 'virtualMachines', name: 'stop' } },
  forceStop: { whyNot: isOn, call: { kind: 'virtualMachines', name: 'stop', body: { gracePeriod: 0 } } },
  restart: {
    whyNot: (state) => restartable(state) ?? isOn(state),
    call: { kind: 'virtualMachines', name: 'restart' },
  },
  forceRestart: {
    whyNot: (state) => restartable(state) ?? isOn(state),
    call: { kind: 'virtualMachines', name: 'restart', body: { gracePeriodSeconds: 0 } },
  },
  pause: {
    whyNot: (state) => isRunning(state) ?? (state.paused ? 'The machine is paused already.' : undefined),
    call: { kind: 'virtualMachineInstances', name: 'pause' },
  },
  unpause: {
    whyNot: (state) => isRunning(state) ?? (state.paused ? undefined : 'The machine is not paused.'),
    call: { kind: 'virtualMachineInstances', name: 'unpause' },
  },
  reset: {
    whyNot: (state) => isRunning(state) ?? notPaused(state),
    call: { kind: 'virtualMachineInstances', name: 'reset' },
  },
  softReboot: {
    whyNot: (state) => isRunning(state) ?? notPaused(state),
    call: { kind: 'virtualMachineInstances', name: 'softreboot' },
  },
  delete: { whyNot: () => undefined },
};

/** Pure. */
export function actionStates(state: MachineState): ActionState[] {
  return (Object.keys(actions) as MachineAction[]).map((action) => {
    const why = state.deleting
      ? 'The machine is being deleted.'
      : state.pending && action !== 'forceStop' && action !== 'delete'
        ? 'Its last start or stop is still under way.'
        : actions[action].whyNot(state);
    return { action, allowed: why === undefined, ...(why && { why }) };
  });
}

/** The request of an action. */
export const actionRequest = (
  action: MachineAction,
  ref: { namespace: string; name: string },
): { path: string; body: Record<string, unknown> } | undefined => {
  const { call } = actions[action];
  return call && { path: subresourcePath(kinds[call.kind], ref, call.name), body: call.body ?? {} };
};
