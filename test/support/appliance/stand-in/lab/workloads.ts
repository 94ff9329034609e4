import { createHash } from 'node:crypto';
import type { KubeObject } from '../../../../../main/contract/kube.ts';
import { daemonSets, deployments, nodes, pods } from '../api/resources.ts';
import { now } from '../store.ts';
import type { Controller, Lab } from './lab.ts';
import { conditions, ensure, owner, setStatus } from './lab.ts';
import { isRunning } from './system.ts';

interface WorkloadSpec {
  replicas?: number;
  template: {
    metadata?: { labels?: Record<string, string> };
    spec?: { containers?: { name: string; image: string }[] };
  };
}
const specOf = (object: KubeObject): WorkloadSpec => object.spec as unknown as WorkloadSpec;
const readyNodes = (lab: Lab): string[] =>
  lab.store.list(nodes)
    .filter((node) => (node.status?.['conditions'] as { type: string; status: string }[] | undefined)?.some(({ type, status }) => type === 'Ready' && status === 'True'))
    .map((node) => node.metadata.name ?? ''); // prettier-ignore

/** Deployments and daemon sets have their pods; a pod runs a second after a node is ready for it. */
export const controlWorkloads: Controller = (lab) => {
  const ready = readyNodes(lab);
  for (const each of lab.store.list(deployments)) {
    const { replicas = 1 } = specOf(each);
    const own = keepPods(lab, each, ready.length > 0 ? Array.from({ length: replicas }, (_none, at) => [`${at}`, ready[at % ready.length] ?? '']) : []);
    const available = own.filter(isRunning).length;
    const wanted = {
      Available: [available >= replicas, available >= replicas ? 'MinimumReplicasAvailable' : 'MinimumReplicasUnavailable'],
      Progressing: [true, 'NewReplicaSetAvailable'],
    } satisfies Parameters<typeof conditions>[1];
    setStatus(lab, deployments, each, {
      observedGeneration: each.metadata.generation, replicas, updatedReplicas: replicas, readyReplicas: available, availableReplicas: available,
      ...(available < replicas && { unavailableReplicas: replicas - available }), conditions: conditions(each, wanted),
    });
  }
  for (const each of lab.store.list(daemonSets)) {
    const own = keepPods(lab, each, ready.map((node) => [node, node]));
    const available = own.filter(isRunning).length;
    setStatus(lab, daemonSets, each, {
      observedGeneration: each.metadata.generation, desiredNumberScheduled: ready.length, currentNumberScheduled: ready.length, updatedNumberScheduled: ready.length,
      numberReady: available, numberAvailable: available, numberMisscheduled: 0,
    });
  }
  for (const pod of lab.store.list(pods)) run(lab, pod);
}; // prettier-ignore

/** Exactly these pods, named after their template, so that a changed one makes new pods. */
function keepPods(lab: Lab, workload: KubeObject, wanted: readonly (readonly string[])[]): KubeObject[] {
  const { template } = specOf(workload);
  const { name = '', namespace } = workload.metadata;
  const hash = createHash('sha256').update(JSON.stringify(template)).digest('hex').slice(0, 9);
  const names = wanted.map(([suffix]) => `${name}-${hash}-${suffix}`);
  for (const pod of lab.store.list(pods, namespace))
    if (pod.metadata.ownerReferences?.some(({ uid }) => uid === workload.metadata.uid) && wanted.length > 0 && !names.includes(pod.metadata.name ?? ''))
      lab.store.remove(pods, pod);
  return wanted.map(([, node], at) =>
    ensure(lab, pods, {
      apiVersion: 'v1', kind: 'Pod',
      metadata: { name: names[at] ?? name, ...(namespace && { namespace }), labels: { ...template.metadata?.labels, 'pod-template-hash': hash }, ...owner(workload) },
      spec: { ...template.spec, nodeName: node },
    }),
  );
} // prettier-ignore

function run(lab: Lab, pod: KubeObject): void {
  const containers = (pod.spec?.['containers'] ?? []) as { name: string; image: string }[];
  const trouble = Object.entries(lab.mode.pullErrors ?? {}).find(([start]) => pod.metadata.name?.startsWith(start));
  if (isRunning(pod) && !trouble) return;
  const ready = !trouble && lab.after(pod, 1);
  const waiting = trouble ? { reason: 'ErrImagePull', message: trouble[1] } : { reason: 'ContainerCreating' };
  setStatus(lab, pods, pod, {
    phase: ready ? 'Running' : 'Pending', podIP: '10.42.0.9', hostIP: lab.address, startTime: pod.metadata.creationTimestamp ?? now(), qosClass: 'Burstable',
    conditions: conditions(pod, { PodScheduled: [true], Initialized: [true], ContainersReady: [ready], Ready: [ready] }),
    containerStatuses: containers.map(({ name, image }) => ({
      name, image, imageID: '', restartCount: 0, ready, started: ready,
      state: ready ? { running: { startedAt: pod.metadata.creationTimestamp } } : { waiting },
    })),
  });
} // prettier-ignore
