import type { KubeObject } from '../../contract/kube.ts';
import type { ContainerRow } from '../../contract/pods.ts';
import { pick, pickList, pickNumber, pickText } from '../target/pick.ts';

/** The status of a container: its own words, before and now. */
export interface ContainerState {
  name: string;
  init: boolean;
  ready: boolean;
  restarts: number;
  /** An init container that goes on running beside the others. */
  sidecar: boolean;
  waiting?: { reason: string; message?: string };
  running: boolean;
  terminated?: Ended;
  last?: Ended;
}
export interface Ended {
  reason?: string;
  message?: string;
  code: number;
  signal?: number;
}

const endedOf = (from: unknown): Ended | undefined => {
  if (typeof from !== 'object' || from === null) return undefined;
  const [reason, message, signal] = [pickText(from, 'reason'), pickText(from, 'message'), pickNumber(from, 'signal')];
  return { code: pickNumber(from, 'exitCode') ?? 0, ...(reason && { reason }), ...(message && { message }), ...(signal !== undefined && { signal }) }; // prettier-ignore
};

/** The containers of a Pod as its status has them, in the order of its spec, init containers first. Pure. */
export function containerStates(pod: KubeObject): ContainerState[] {
  const of = (list: 'initContainers' | 'containers', statuses: string, init: boolean): ContainerState[] =>
    pickList(pod, 'spec', list).map((container) => {
      const name = pickText(container, 'name') ?? '';
      const status = pickList(pod, 'status', statuses).find((each) => each['name'] === name);
      const waiting = pickText(status, 'state', 'waiting', 'reason');
      const message = pickText(status, 'state', 'waiting', 'message');
      const terminated = endedOf(pick(status, 'state', 'terminated'));
      const last = endedOf(pick(status, 'lastState', 'terminated'));
      return {
        name,
        init,
        sidecar: init && pickText(container, 'restartPolicy') === 'Always',
        ready: pick(status, 'ready') === true,
        restarts: pickNumber(status, 'restartCount') ?? 0,
        running: pick(status, 'state', 'running') !== undefined,
        ...(waiting && { waiting: { reason: waiting, ...(message && { message }) } }),
        ...(terminated && { terminated }),
        ...(last && { last }),
      };
    });
  return [...of('initContainers', 'initContainerStatuses', true), ...of('containers', 'containerStatuses', false)];
}

const endWord = ({ reason, signal, code }: Ended): string =>
  reason ?? (signal === undefined ? `ExitCode:${code}` : `Signal:${signal}`);
const stateWord = ({ waiting, terminated, running }: ContainerState): string =>
  waiting?.reason ?? (terminated ? endWord(terminated) : running ? 'Running' : 'Waiting');

/** The STATUS column of `kubectl get pods` (kubernetes pkg/printers/internalversion). Pure. */
export function podStatus(pod: KubeObject, states = containerStates(pod)): string {
  let word = pickText(pod, 'status', 'reason') ?? pickText(pod, 'status', 'phase') ?? 'Pending';
  const gated = pickList(pod, 'status', 'conditions').some((each) => each['type'] === 'PodScheduled' && each['reason'] === 'SchedulingGated'); // prettier-ignore
  if (gated) word = 'SchedulingGated';
  const inits = states.filter(({ init }) => init);
  const waiting = inits.find((each) => each.terminated?.code !== 0 && !(each.sidecar && each.running));
  if (waiting) {
    const { terminated, waiting: waits } = waiting;
    if (terminated) word = `Init:${endWord(terminated)}`;
    else if (waits && waits.reason !== 'PodInitializing') word = `Init:${waits.reason}`;
    else word = `Init:${inits.indexOf(waiting)}/${inits.length}`;
  } else {
    let running = false;
    for (const state of states.filter(({ init }) => !init).toReversed()) {
      if (state.waiting) word = state.waiting.reason;
      else if (state.terminated) word = endWord(state.terminated);
      else if (state.running && state.ready) running = true;
    }
    // Some ended well, others run on.
    if (word === 'Completed' && running) word = isReady(pod) ? 'Running' : 'NotReady';
  }
  if (pod.metadata.deletionTimestamp)
    word = pickText(pod, 'status', 'reason') === 'NodeLost' ? 'Unknown' : 'Terminating';
  return word;
}
export const isReady = (pod: KubeObject): boolean =>
  pickList(pod, 'status', 'conditions').some((each) => each['type'] === 'Ready' && each['status'] === 'True');

/** Containers of a Pod's spec, or of a workload's template, with how they are where a status tells. Pure. */
export function containerRows(spec: unknown, states: readonly ContainerState[]): ContainerRow[] {
  const rows = (list: 'initContainers' | 'containers', init: boolean): ContainerRow[] =>
    pickList(spec, list).map((container) => {
      const name = pickText(container, 'name') ?? '';
      const state = states.find((each) => each.name === name && each.init === init);
      return {
        name,
        image: pickText(container, 'image') ?? '',
        init,
        ready: state?.ready ?? false,
        state: state ? stateWord(state) : '',
        restarts: state?.restarts ?? 0,
        previous: state?.last !== undefined,
        ports: pickList(container, 'ports').flatMap((port) => pickText(port, 'protocol') === 'UDP' ? [] : (pickNumber(port, 'containerPort') ?? [])), // prettier-ignore
      };
    });
  return [...rows('initContainers', true), ...rows('containers', false)];
}
