import type { KubeObject } from '../../contract/kube.ts';
import type { Target } from '../../contract/target.ts';
import { pick, pickText } from './pick.ts';
import { quantity } from './quantity.ts';

// Ended, or not yet given to a node: these hold no memory.
const without = new Set(['', 'Pending', 'Scheduling', 'Succeeded', 'Failed']);

/** Guest memory of an instance in bytes. */
export const instanceMemory = (vmi: KubeObject): number =>
  quantity(pick(vmi, 'status', 'memory', 'guestCurrent')) ??
  quantity(pick(vmi, 'spec', 'domain', 'memory', 'guest')) ??
  quantity(pick(vmi, 'spec', 'domain', 'resources', 'requests', 'memory')) ??
  0;

/** What the nodes have for machines and what is taken; undefined before any node is known. Pure. */
export function nodeCapacity(nodes: readonly KubeObject[], instances: readonly KubeObject[]): Target['capacity'] {
  if (nodes.length === 0) return undefined;
  const sum = (resource: string): number =>
    nodes.reduce((total, node) => total + (quantity(pick(node, 'status', 'allocatable', resource)) ?? 0), 0);
  // Only a node that says so bounds them all together.
  const promised = nodes.reduce((total, node) => total + Number(pickText(node, 'metadata', 'annotations', 'hearth.dev/virtual-processors') ?? 0), 0); // prettier-ignore
  const running = instances.filter((vmi) => !without.has(pickText(vmi, 'status', 'phase') ?? ''));
  return {
    cpus: sum('cpu'),
    memory: sum('memory'),
    ...(promised > 0 && { virtualProcessors: promised }),
    memoryInUse: running.reduce((total, vmi) => total + instanceMemory(vmi), 0),
    accelerator: nodes.map(acceleratorOf).find(Boolean) ?? 'unknown',
    nodes: nodes.length,
  };
}

/** Our engine labels its node; a KubeVirt node tells it by its device plugin's count of /dev/kvm. */
function acceleratorOf(node: KubeObject): string | undefined {
  const label = pickText(node, 'metadata', 'labels', 'hearth.dev/accelerator');
  if (label) return label;
  const devices = quantity(pick(node, 'status', 'allocatable', 'devices.kubevirt.io/kvm'));
  return devices === undefined ? undefined : devices > 0 ? 'kvm' : 'tcg';
}
