import type { KubeObject } from '../../../../main/contract/kube.ts';
import { pick, pickList, pickText } from '../../../../main/backend/target/pick.ts';
import { quantity } from '../../../../main/backend/target/quantity.ts';
import { on, servedAs } from '../cluster.ts';
import type { Inner } from '../cluster.ts';

/** What keeps an instance from its next phase, as the cluster tells it. */
export interface Obstacle {
  condition?: { type: 'PodScheduled' | 'Synchronized'; reason: string; message: string };
  event: { reason: string; message: string };
}

const memoryOf = (vmi: KubeObject): number => quantity(pick(vmi, 'spec', 'domain', 'memory', 'guest')) ?? 0;
const text = (bytes: number): string => `${Math.round(bytes / 2 ** 20)}Mi`;

/**
 * What the scheduler, the quota admission, virt-controller and the kubelet would not let pass. Words of Kubernetes 1.3x
 * (scheduler, resourcequota admission, kubelet's volume manager) and KubeVirt 1.9 (pkg/network/multus).
 */
export function obstacleOf({ store }: Inner, vmi: KubeObject): Obstacle | undefined {
  const { namespace, name, uid } = vmi.metadata;
  const refused = (message: string): Obstacle => ({
    condition: { type: 'Synchronized', reason: 'FailedCreate', message },
    event: { reason: 'FailedCreate', message },
  });
  const unplaced = (message: string): Obstacle => ({
    condition: { type: 'PodScheduled', reason: 'Unschedulable', message },
    event: { reason: 'FailedScheduling', message },
  });
  for (const network of pickList(vmi, 'spec', 'networks')) {
    const wanted = pickText(network, 'multus', 'networkName');
    if (wanted === undefined) continue;
    const [space, net] = wanted.includes('/') ? wanted.split('/') : [namespace, wanted];
    if (!store.get(servedAs('k8s.cni.cncf.io', 'network-attachment-definitions'), space, net ?? ''))
      return refused(`failed to render launch manifest: Failed to locate network attachment definition ${space}/${net}`);
  }
  const running = store.list(on.instances).filter((each) => each.metadata.uid !== uid && pickText(each, 'status', 'phase') === 'Running');
  for (const quota of store.list(servedAs('', 'resourcequotas'), namespace)) {
    const hard = quantity(pick(quota, 'spec', 'hard', 'limits.memory'));
    const used = running.filter((each) => each.metadata.namespace === namespace).reduce((sum, each) => sum + memoryOf(each), 0);
    if (hard !== undefined && used + memoryOf(vmi) > hard)
      return refused(`failed to create virtual machine pod: pods "virt-launcher-${name}-x7k2p" is forbidden: exceeded quota: ${quota.metadata.name}, requested: limits.memory=${text(memoryOf(vmi))}, used: limits.memory=${text(used)}, limited: limits.memory=${text(hard)}`);
  }
  const nodes = store.list(on.nodes);
  const reasons = new Map<string, number>();
  for (const node of nodes) {
    const room = (quantity(pick(node, 'status', 'allocatable', 'memory')) ?? 0) - running.filter((each) => pickText(each, 'status', 'nodeName') === node.metadata.name).reduce((sum, each) => sum + memoryOf(each), 0);
    const emulated = pickList({ items: store.list(servedAs('kubevirt.io', 'kubevirts')) }, 'items').some((each) => pick(each, 'spec', 'configuration', 'developerConfiguration', 'useEmulation') === true);
    const devices = quantity(pick(node, 'status', 'allocatable', 'devices.kubevirt.io/kvm'));
    const why = pick(node, 'spec', 'unschedulable') === true ? 'node(s) were unschedulable'
      : memoryOf(vmi) > room ? 'Insufficient memory'
      : devices === 0 && !emulated ? 'Insufficient devices.kubevirt.io/kvm' : undefined;
    if (why === undefined) { reasons.clear(); break; }
    reasons.set(why, (reasons.get(why) ?? 0) + 1);
  }
  if (reasons.size > 0)
    return unplaced(`0/${nodes.length} nodes are available: ${[...reasons].map(([why, count]) => `${count} ${why}`).join(', ')}. preemption: 0/${nodes.length} nodes are available: ${nodes.length} Preemption is not helpful for scheduling.`);
  for (const volume of pickList(vmi, 'spec', 'volumes')) {
    const secret = pickText(volume, 'cloudInitNoCloud', 'secretRef', 'name');
    if (secret !== undefined && !store.get(on.secrets, namespace, secret))
      return { event: { reason: 'FailedMount', message: `MountVolume.SetUp failed for volume "${String(volume['name'])}-udata" : secret "${secret}" not found` } };
  }
  return undefined;
} // prettier-ignore
