import { poolChart, poolClass, poolDriver } from '../../../../provisioning/manifests/pool.ts';
import type {
  ConditionFacts,
  CoreObservation,
  NodeObservation,
  PathsObservation,
  StorageObservation,
} from '../../../../provisioning/ladder/observations.ts';
import type { KubeObject } from '../../../contract/kube.ts';
import type { KubeClient } from '../../target/client.ts';
import { isNotFound } from '../../target/kube-error.ts';
import { kinds } from '../../target/kinds.ts';
import type { Kind } from '../../target/kinds.ts';
import { pickList, pickNumber, pickText } from '../../target/pick.ts';
import { clusterKinds } from './cluster-kinds.ts';
import { podTroubles } from './pods.ts';

export const conditionsOf = (object: unknown): ConditionFacts[] =>
  pickList(object, 'status', 'conditions').map((each) => ({
    type: pickText(each, 'type') ?? '',
    status: pickText(each, 'status') ?? '',
    reason: pickText(each, 'reason'),
    message: pickText(each, 'message'),
  }));

/** The object, or undefined when it or its kind is not there. */
export async function maybe(
  client: KubeClient,
  kind: Kind,
  namespace: string | undefined,
  name: string,
  signal: AbortSignal,
): Promise<KubeObject | undefined> {
  try {
    return await client.get(kind, namespace, name, signal);
  } catch (error) {
    if (isNotFound(error)) return undefined;
    throw error;
  }
}

/** Every one of a kind; none when the kind is not served. */
export async function allOf(
  client: KubeClient,
  kind: Kind,
  signal: AbortSignal,
  namespace?: string,
  labelSelector?: string,
): Promise<KubeObject[]> {
  const items: KubeObject[] = [];
  try {
    for (let next: string | undefined, first = true; first || next; first = false) {
      const page = await client.listPage(
        kind,
        namespace,
        { limit: 500, ...(next && { continue: next }), ...(labelSelector && { labelSelector }) },
        signal,
      );
      items.push(...page.items);
      next = page.next;
    }
  } catch (error) {
    if (!isNotFound(error)) throw error;
  }
  return items;
}

export async function observeNode(client: KubeClient, signal: AbortSignal): Promise<NodeObservation> {
  const nodes = await allOf(client, kinds.nodes, signal);
  const serves = (node: KubeObject): boolean => 'node-role.kubernetes.io/control-plane' in (node.metadata.labels ?? {});
  return {
    nodes: nodes.map((node) => ({
      name: node.metadata.name ?? '',
      agent: !serves(node) && nodes.some(serves),
      conditions: conditionsOf(node),
      taints: pickList(node, 'spec', 'taints').map((taint) => ({
        key: pickText(taint, 'key') ?? '',
        effect: pickText(taint, 'effect') ?? '',
      })),
    })),
  };
}

/** k3s deploys the first three into kube-system; elsewhere those that are there count. */
const services = ['coredns', 'local-path-provisioner', 'metrics-server'];

export async function observeCore(client: KubeClient, signal: AbortSignal): Promise<CoreObservation> {
  const [deployments, pods, nodes] = await Promise.all([
    allOf(client, clusterKinds.deployments, signal, 'kube-system'),
    allOf(client, kinds.pods, signal, 'kube-system'),
    allOf(client, kinds.nodes, signal),
  ]);
  const k3s = nodes.some((node) => pickText(node, 'status', 'nodeInfo', 'kubeletVersion')?.includes('+k3s'));
  const found = new Map(deployments.map((each) => [each.metadata.name ?? '', each]));
  const wanted = services.filter((name) => k3s || name === 'coredns' || found.has(name));
  return {
    deployments:
      deployments.length === 0
        ? []
        : wanted.map((name) => {
            const deployment = found.get(name);
            return {
              name,
              wanted: deployment ? (pickNumber(deployment, 'spec', 'replicas') ?? 1) : 1,
              available: pickNumber(deployment, 'status', 'availableReplicas') ?? 0,
            };
          }),
    pods: podTroubles(pods),
  };
}

export async function observePaths(client: KubeClient, signal: AbortSignal): Promise<PathsObservation> {
  const [service, pods] = await Promise.all([
    maybe(client, clusterKinds.apiServices, undefined, 'v1beta1.metrics.k8s.io', signal),
    allOf(client, kinds.pods, signal, 'kube-system', 'k8s-app=kube-dns'),
  ]);
  const logs = await Promise.all(pods.map((pod) => podLog(client, pod, { sinceSeconds: 60 }, signal)));
  return {
    metricsService:
      service &&
      (conditionsOf(service).find((each) => each.type === 'Available') ?? { type: 'Available', status: 'Unknown' }),
    dnsLog: logs.flat(),
  };
}

/** Last lines of a pod's log; none where there is no log (yet). */
export async function podLog(
  client: KubeClient,
  pod: KubeObject,
  query: { sinceSeconds?: number; container?: string; previous?: boolean },
  signal: AbortSignal,
): Promise<string[]> {
  const { namespace = '', name = '' } = pod.metadata;
  try {
    const path = `/api/v1/namespaces/${encodeURIComponent(namespace)}/pods/${encodeURIComponent(name)}/log`;
    const bytes = await client.bytes('GET', path, { query: { tailLines: 60, limitBytes: 65_536, ...query }, signal });
    return bytes.toString('utf8').split('\n').filter(Boolean);
  } catch (error) {
    // 400: the container has not started; 404: the pod is gone; 5xx: its node does not answer. There are just no lines.
    signal.throwIfAborted();
    if (error instanceof Error) return [];
    throw error;
  }
}

const isTrue = (object: KubeObject, annotation: string): boolean =>
  object.metadata.annotations?.[annotation] === 'true';

export async function observeStorage(client: KubeClient, signal: AbortSignal): Promise<StorageObservation> {
  const [classes, chart] = await Promise.all([
    allOf(client, kinds.storageClasses, signal),
    maybe(client, clusterKinds.helmCharts, 'kube-system', poolChart, signal),
  ]);
  return {
    classes: classes.map((each) => ({
      name: each.metadata.name ?? '',
      provisioner: pickText(each, 'provisioner') ?? '',
      isDefault: isTrue(each, 'storageclass.kubernetes.io/is-default-class'),
      isVirtDefault: isTrue(each, 'storageclass.kubevirt.io/is-default-virt-class'),
      binding: pickText(each, 'volumeBindingMode') ?? 'Immediate',
    })),
    ...(chart && { pool: await observePool(client, chart, signal) }),
  };
}

async function observePool(
  client: KubeClient,
  chart: KubeObject,
  signal: AbortSignal,
): Promise<StorageObservation['pool']> {
  const [csiNodes, pods] = await Promise.all([
    allOf(client, clusterKinds.csiNodes, signal),
    allOf(client, kinds.pods, signal, 'topolvm-system'),
  ]);
  const failed = conditionsOf(chart).find((each) => each.type === 'Failed' && each.status === 'True');
  return {
    storageClass: poolClass,
    registered: csiNodes.some((node) =>
      pickList(node, 'spec', 'drivers').some((driver) => driver['name'] === poolDriver),
    ),
    pods: podTroubles(pods),
    ...(failed && { failed: failed.message ?? failed.reason ?? 'its chart failed' }),
  };
}
