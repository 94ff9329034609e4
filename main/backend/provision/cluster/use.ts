import type { ApplianceUse } from '../../../contract/appliance.ts';
import type { KubeClient } from '../../target/client.ts';
import { pick, pickList, pickNumber, pickText } from '../../target/pick.ts';
import { quantity } from '../../target/quantity.ts';

const parts: readonly { part: ApplianceUse['part']; namespace: string }[] = [
  { part: 'k3s', namespace: 'kube-system' },
  { part: 'KubeVirt', namespace: 'kubevirt' },
  { part: 'CDI', namespace: 'cdi' },
  { part: 'other', namespace: 'topolvm-system' },
];

/**
 * What the appliance takes itself: pods by metrics-server, and the process of k3s by the kubelet's own account of system
 * containers, where it gives one. Empty while the metrics are not there; never throws but for an abort.
 */
export async function observeUse(
  client: KubeClient,
  nodes: readonly string[],
  signal: AbortSignal,
): Promise<ApplianceUse[]> {
  const use: ApplianceUse[] = [];
  for (const { part, namespace } of parts) {
    const pods = pickList(
      await quietly(client, `/apis/metrics.k8s.io/v1beta1/namespaces/${namespace}/pods`, signal),
      'items',
    );
    if (pods.length === 0) continue;
    const sum = (resource: string): number =>
      pods
        .flatMap((pod) => pickList(pod, 'containers'))
        .reduce((total, each) => total + (quantity(pick(each, 'usage', resource)) ?? 0), 0);
    use.push({ part, memory: sum('memory'), cpu: sum('cpu'), pods: pods.length });
  }
  const own = use.find((each) => each.part === 'k3s');
  for (const node of nodes) {
    const summary = await quietly(client, `/api/v1/nodes/${encodeURIComponent(node)}/proxy/stats/summary`, signal);
    // k3s is kubelet, API server and datastore in one process, which the kubelet counts as its own container.
    const kubelet = pickList(summary, 'node', 'systemContainers').find((each) => pickText(each, 'name') === 'kubelet');
    if (!kubelet || !own) continue;
    own.memory += pickNumber(kubelet, 'memory', 'workingSetBytes') ?? 0;
    own.cpu += (pickNumber(kubelet, 'cpu', 'usageNanoCores') ?? 0) / 1e9;
  }
  return use;
}

async function quietly(client: KubeClient, path: string, signal: AbortSignal): Promise<unknown> {
  try {
    return await client.json('GET', path, { signal, timeoutMs: 5_000 });
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof Error) return undefined;
    throw error;
  }
}
