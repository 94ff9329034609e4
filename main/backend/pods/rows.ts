import type { KubeObject } from '../../contract/kube.ts';
import type { PodKind, PodRow, PodTrouble } from '../../contract/pods.ts';
import { kinds } from '../target/kinds.ts';
import type { Kind } from '../target/kinds.ts';
import { pick, pickList, pickNumber, pickText } from '../target/pick.ts';
import { containerRows, containerStates, podStatus } from './containers.ts';
import { podTrouble, workTrouble } from './trouble.ts';

export const workloadKinds: Readonly<Record<PodKind, Kind>> = {
  Deployment: kinds.deployments,
  StatefulSet: kinds.statefulSets,
  DaemonSet: kinds.daemonSets,
  Job: kinds.jobs,
  Pod: kinds.pods,
};

/** Namespaces of what makes the target one. */
const systemSpaces = /^(kube-|kubevirt$|cdi$|openshift-|local-path-storage$|calico-|metallb-|cert-manager$|longhorn-)/;

/** What keeps a Pod: of a Deployment's ReplicaSet the Deployment. Pure. */
export function ownerOf(pod: KubeObject): { kind: string; name: string } | undefined {
  const owner = pod.metadata.ownerReferences?.find(({ controller }) => controller);
  if (!owner) return undefined;
  const hash = pod.metadata.labels?.['pod-template-hash'];
  if (owner.kind === 'ReplicaSet' && hash && owner.name.endsWith(`-${hash}`))
    return { kind: 'Deployment', name: owner.name.slice(0, -hash.length - 1) };
  return { kind: owner.kind, name: owner.name };
}

/** Pure. */
export function podRow(pod: KubeObject): PodRow {
  const { namespace = '', name = '', uid = '', creationTimestamp = '', labels } = pod.metadata;
  const states = containerStates(pod);
  const status = podStatus(pod, states);
  const why = podTrouble(pod, states);
  const phase = pickText(pod, 'status', 'phase');
  const own = states.filter(({ init, sidecar }) => !init || sidecar);
  const machine = labels?.['kubevirt.io'] === 'virt-launcher' ? labels['vm.kubevirt.io/name'] : undefined;
  const [node, address, owner] = [pickText(pod, 'spec', 'nodeName'), pickText(pod, 'status', 'podIP'), ownerOf(pod)];
  return {
    uid, kind: 'Pod', namespace, name, status,
    tone: phase === 'Succeeded' ? 'stopped' : why ? 'error' : phase === 'Running' && status === 'Running' ? 'running' : 'busy',
    ...(why && { why }),
    ready: { have: own.filter(({ ready }) => ready).length, want: own.length },
    restarts: states.reduce((sum, { restarts }) => sum + restarts, 0),
    ...(node && { node }),
    ...(address && { address }),
    images: imagesOf(pick(pod, 'spec')),
    containers: containerRows(pick(pod, 'spec'), states),
    ...(owner && { owner }),
    ...(machine && { machine: { namespace, name: machine } }),
    system: systemSpaces.test(namespace),
    createdAt: creationTimestamp,
  }; // prettier-ignore
}

const imagesOf = (spec: unknown): string[] => [
  ...new Set(pickList(spec, 'containers').flatMap((each) => pickText(each, 'image') ?? [])),
];

interface Standing {
  status: string;
  tone: PodRow['tone'];
  ready: PodRow['ready'];
}
const standing = (object: KubeObject): Standing => {
  const number = (...path: string[]): number => pickNumber(object, ...path) ?? 0;
  const busy = (have: number, want: number, updated: number): Standing =>
    want === 0
      ? { status: have > 0 ? 'Updating' : 'Scaled down', tone: have > 0 ? 'busy' : 'stopped', ready: { have, want } }
      : have >= want && updated >= want
        ? { status: 'Ready', tone: 'running', ready: { have, want } }
        : { status: 'Updating', tone: 'busy', ready: { have, want } };
  // What was changed a moment ago is not in its status yet.
  const seen = number('status', 'observedGeneration') >= (object.metadata.generation ?? 0);
  const current = (state: Standing): Standing =>
    seen || state.tone === 'busy' ? state : { ...state, status: 'Updating', tone: 'busy' };
  if (object.kind === 'DaemonSet')
    return current(busy(number('status', 'numberReady'), number('status', 'desiredNumberScheduled'), number('status', 'updatedNumberScheduled'))); // prettier-ignore
  if (object.kind === 'Job') {
    const want = pickNumber(object, 'spec', 'completions') ?? 1;
    const ready = { have: number('status', 'succeeded'), want };
    const is = (type: string): boolean => pickList(object, 'status', 'conditions').some((each) => each['type'] === type && each['status'] === 'True'); // prettier-ignore
    if (is('Complete')) return { status: 'Complete', tone: 'stopped', ready };
    if (is('Failed')) return { status: 'Failed', tone: 'error', ready };
    if (is('Suspended') || pick(object, 'spec', 'suspend') === true) return { status: 'Suspended', tone: 'stopped', ready }; // prettier-ignore
    return { status: 'Running', tone: number('status', 'active') > 0 ? 'running' : 'busy', ready };
  }
  const want = pickNumber(object, 'spec', 'replicas') ?? 1;
  return current(busy(number('status', 'readyReplicas'), want, number('status', 'updatedReplicas')));
};

/** A workload with the rows of its Pods: what is in the way of one of them is in its way. Pure. */
export function workRow(object: KubeObject, pods: readonly PodRow[]): PodRow {
  const { namespace = '', name = '', uid = '', creationTimestamp = '' } = object.metadata;
  const stands = standing(object);
  const spec = pick(object, 'spec', 'template', 'spec');
  const ill = pods.find(({ why }) => why !== undefined);
  // A Pod that failed and was followed by another is history once all is well.
  const why: PodTrouble | undefined =
    workTrouble(object) ??
    (ill?.why && stands.status !== 'Ready' && stands.status !== 'Complete' ? { ...ill.why, title: `${ill.name}: ${ill.why.title}` } : undefined); // prettier-ignore
  return {
    uid, kind: object.kind as PodKind, namespace, name, ...stands,
    ...(why && { why, tone: 'error' as const }),
    restarts: pods.reduce((sum, { restarts }) => sum + restarts, 0),
    images: imagesOf(spec),
    containers: containerRows(spec, []),
    system: systemSpaces.test(namespace),
    createdAt: creationTimestamp,
  }; // prettier-ignore
}
