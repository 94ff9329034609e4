import { createHash } from 'node:crypto';
import type { KubeObject } from '../../../../main/contract/kube.ts';
import { pick, pickList, pickNumber, pickText } from '../../../../main/backend/target/pick.ts';
import { condition, now, on, ownerOf, statusOf } from '../cluster.ts';
import type { Inner } from '../cluster.ts';
import type { Change } from '../store.ts';

/** Images that never come: their name says so. */
const missing = /\bmissing\b/;
/** Programs that end at once. */
const crashing = /\bcrashing\b/;
/** Memory that no node has. */
const huge = /^\d+Ti$/;

/** The status of a Pod that the kubelet would write for its containers. */
export function podStatusOf(pod: KubeObject, address: string): Record<string, unknown> {
  const containers = pickList(pod, 'spec', 'containers');
  const asks = containers.find((each) => huge.test(pickText(each, 'resources', 'requests', 'memory') ?? ''));
  const at = now();
  const is = (type: string, holds: boolean, more: object = {}) => ({ type, status: holds ? 'True' : 'False', lastProbeTime: null, lastTransitionTime: at, ...more }); // prettier-ignore
  if (asks)
    return { phase: 'Pending', conditions: [is('PodScheduled', false, { reason: 'Unschedulable', message: '0/1 nodes are available: 1 Insufficient memory. preemption: 0/1 nodes are available: 1 No preemption victims found for incoming pod.' })] }; // prettier-ignore
  const statuses = containers.map((container) => {
    const image = pickText(container, 'image') ?? '';
    const base = { name: pickText(container, 'name'), image, imageID: '', restartCount: 0, started: true };
    if (missing.test(image)) return { ...base, ready: false, started: false, state: { waiting: { reason: 'ImagePullBackOff', message: `Back-off pulling image "${image}"` } } }; // prettier-ignore
    if (crashing.test(image)) return { ...base, ready: false, started: false, restartCount: 4, state: { waiting: { reason: 'CrashLoopBackOff', message: 'back-off 40s restarting failed container' } }, lastState: { terminated: { exitCode: 3, reason: 'Error', startedAt: at, finishedAt: at, containerID: 'containerd://0' } } }; // prettier-ignore
    return { ...base, ready: true, state: { running: { startedAt: at } } };
  });
  const ready = statuses.every((each) => each.ready);
  return {
    phase: statuses.every((each) => 'waiting' in each.state && each.state.waiting?.reason === 'ImagePullBackOff') ? 'Pending' : 'Running', // prettier-ignore
    podIP: address,
    hostIP: '192.168.1.20',
    startTime: at,
    containerStatuses: statuses,
    conditions: [is('PodScheduled', true), is('Initialized', true), is('ContainersReady', ready, ready ? {} : { reason: 'ContainersNotReady', message: `containers with unready status: [${statuses.filter((each) => !each.ready).map(({ name }) => name).join(' ')}]` }), is('Ready', ready)], // prettier-ignore
  };
}

/** What Deployments and StatefulSets make: Pods by their template, anew when it changes (kubernetes pkg/controller). */
export function workloads(inner: Inner) {
  const { store } = inner;
  let made = 0;
  const hashOf = (work: KubeObject): string =>
    createHash('sha256').update(JSON.stringify(pick(work, 'spec', 'template'))).digest('hex').slice(0, 10); // prettier-ignore
  const podsOf = (work: KubeObject): KubeObject[] =>
    store.list(on.pods, work.metadata.namespace).filter((pod) => pod.metadata.ownerReferences?.some(({ uid }) => uid === work.metadata.uid)); // prettier-ignore

  function makePod(work: KubeObject, hash: string, ordinal: number): void {
    const { namespace = '', name = '' } = work.metadata;
    const set = work.kind === 'StatefulSet';
    made += 1;
    const labels = { ...(pick(work, 'spec', 'template', 'metadata', 'labels') as Record<string, string>), ...(set ? { 'controller-revision-hash': hash } : { 'pod-template-hash': hash }) }; // prettier-ignore
    const owner = { ...ownerOf(work), ...(set ? {} : { kind: 'ReplicaSet', name: `${name}-${hash}` }) };
    const pod: KubeObject = {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: set ? `${name}-${ordinal}` : `${name}-${hash}-${made.toString(36).padStart(5, 'x')}`, namespace, labels, ownerReferences: [owner] }, // prettier-ignore
      spec: { ...(pick(work, 'spec', 'template', 'spec') as object), nodeName: store.list(on.nodes)[0]?.metadata.name ?? 'one' }, // prettier-ignore
    };
    const status = podStatusOf(pod, `10.42.0.${10 + (made % 200)}`);
    if (status['phase'] === 'Pending' && !status['podIP']) delete (pod.spec as Record<string, unknown>)['nodeName'];
    store.create(on.pods, { ...pod, status: { phase: 'Pending' } });
    inner.after(() => store.mutate(on.pods, namespace, pod.metadata.name ?? '', (draft) => void (draft.status = status))); // prettier-ignore
  }
  function reconcile(served: typeof on.deployments, namespace: string | undefined, name: string): void {
    const work = store.get(served, namespace, name);
    if (!work) return;
    const hash = hashOf(work);
    const want = pickNumber(work, 'spec', 'replicas') ?? 1;
    const hashed = (pod: KubeObject): boolean => (pod.metadata.labels?.['pod-template-hash'] ?? pod.metadata.labels?.['controller-revision-hash']) === hash; // prettier-ignore
    for (const old of podsOf(work).filter((pod) => !hashed(pod))) store.delete(on.pods, namespace, old.metadata.name ?? ''); // prettier-ignore
    const pods = podsOf(work);
    for (const extra of pods.slice(want)) store.delete(on.pods, namespace, extra.metadata.name ?? '');
    for (let ordinal = pods.length; ordinal < want; ordinal += 1) makePod(work, hash, ordinal);
    inner.after(() => count(served, namespace, name), 3);
  }
  function count(served: typeof on.deployments, namespace: string | undefined, name: string): void {
    const work = store.get(served, namespace, name);
    if (!work) return;
    const pods = podsOf(work);
    const ready = pods.filter((pod) => pickList(pod, 'status', 'conditions').some((each) => each['type'] === 'Ready' && each['status'] === 'True')).length; // prettier-ignore
    store.mutate(served, namespace, name, (draft) => {
      const before = pick(draft, 'status', 'conditions');
      draft.status = {
        observedGeneration: draft.metadata.generation,
        replicas: pods.length,
        updatedReplicas: pods.length,
        readyReplicas: ready,
        availableReplicas: ready,
        ...(served === on.deployments && Array.isArray(before) && { conditions: before }),
      };
      const all = ready >= (pickNumber(draft, 'spec', 'replicas') ?? 1);
      const held = pickList(draft, 'status', 'conditions').find((each) => each['type'] === 'Available');
      if (served === on.deployments && held?.['status'] !== (all ? 'True' : 'False')) {
        condition(draft, 'Available', all);
        for (const each of pickList(statusOf(draft), 'conditions')) delete each['lastProbeTime'];
      }
    });
  }
  return {
    changed({ type, served, object }: Change): void {
      const { namespace, name = '' } = object.metadata;
      if ((served === on.deployments || served === on.statefulSets) && type !== 'DELETED') {
        const seen = pickNumber(object, 'status', 'observedGeneration');
        if (seen !== object.metadata.generation) inner.after(() => reconcile(served, namespace, name));
      }
      if (served !== on.pods) return;
      // What was deleted is made again; what became ready is counted.
      const owner = object.metadata.ownerReferences?.find(({ controller }) => controller);
      for (const kind of [on.deployments, on.statefulSets]) {
        const work = store.list(kind, namespace).find(({ metadata }) => metadata.uid === owner?.uid);
        if (work) inner.after(() => (type === 'DELETED' ? reconcile : count)(kind, namespace, work.metadata.name ?? ''), 2); // prettier-ignore
      }
    },
  };
}
