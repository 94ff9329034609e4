import { cpus, totalmem } from 'node:os';
import type { KubeObject } from '../../../../../main/contract/kube.ts';
import { nodes } from '../api/resources.ts';
import type { Controller, Lab } from './lab.ts';
import { conditions, ensure } from './lab.ts';
import { kubeVirtDeployed } from './kubevirt.ts';

/** Seconds without a word after which a node counts as gone. */
const patience = 15;

/** The nodes: this server, and the agents that have signed in. */
export const controlNodes: Controller = (lab) => {
  if (lab.mode.nodeNotReady === 'absent') return;
  const own = { name: lab.nodeName, address: lab.address, version: lab.version, seen: Date.now(), server: true };
  for (const member of lab.supervisor.members.values()) keep(lab, { ...member, server: false });
  keep(lab, own);
  for (const node of lab.store.list(nodes))
    if (node.metadata.name !== lab.nodeName && !lab.supervisor.members.has(node.metadata.name ?? ''))
      keep(lab, { name: node.metadata.name ?? '', address: '', version: '', seen: 0, server: false });
};

interface Seen {
  name: string;
  address: string;
  version: string;
  seen: number;
  server: boolean;
}
function keep(lab: Lab, member: Seen): void {
  const roles = member.server ? { 'node-role.kubernetes.io/control-plane': 'true' } : {};
  const node = ensure(lab, nodes, {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: {
      name: member.name,
      labels: { 'kubernetes.io/hostname': member.name, 'kubernetes.io/os': 'linux', 'kubernetes.io/arch': 'amd64', 'node.kubernetes.io/instance-type': 'k3s', ...roles },
    },
    spec: { podCIDR: '10.42.0.0/24', providerID: `k3s://${member.name}` },
  }); // prettier-ignore
  const alive = Date.now() - member.seen < patience * 1000;
  const trouble = member.server ? lab.mode.nodeNotReady : undefined;
  const ready = alive && !trouble && lab.after(node, 2);
  const taints = [
    ...(member.server ? (lab.mode.taints ?? []) : []).map((key) => ({ key, effect: 'NoSchedule' })),
    ...(ready ? [] : [{ key: 'node.kubernetes.io/not-ready', effect: 'NoSchedule' }]),
  ];
  const machines = kubeVirtDeployed(lab) && ready;
  const { taints: _taints, ...spec } = node.spec ?? {};
  const next: KubeObject = {
    ...node,
    metadata: { ...node.metadata, labels: { ...node.metadata.labels, ...(machines && { 'kubevirt.io/schedulable': 'true' }) } },
    spec: { ...spec, ...(taints.length > 0 && { taints }) },
  }; // prettier-ignore
  const live = lab.store.update(nodes, next, 'spec');
  const disk = lab.mode.taints?.includes('node.kubernetes.io/disk-pressure') ?? false;
  const amount = {
    cpu: String(cpus().length),
    memory: `${Math.floor(totalmem() / 1024)}Ki`,
    pods: '110',
    'ephemeral-storage': '40Gi',
  };
  const devices = machines
    ? { 'devices.kubevirt.io/kvm': '1k', 'devices.kubevirt.io/tun': '1k', 'devices.kubevirt.io/vhost-net': '1k' }
    : {};
  const before = live.status as { addresses?: unknown; nodeInfo?: unknown } | undefined;
  const wanted: Parameters<typeof conditions>[1] = {
    MemoryPressure: [false, 'KubeletHasSufficientMemory'],
    DiskPressure: [disk, disk ? 'KubeletHasDiskPressure' : 'KubeletHasNoDiskPressure'],
    PIDPressure: [false, 'KubeletHasSufficientPID'],
    Ready: !alive
      ? ['Unknown', 'NodeStatusUnknown', 'Kubelet stopped posting node status.']
      : ready
        ? [true, 'KubeletReady', 'kubelet is posting ready status']
        : [false, 'KubeletNotReady', trouble ?? 'container runtime network not ready: NetworkReady=false reason:NetworkPluginNotReady message:Network plugin returns error: cni plugin not initialized'],
  }; // prettier-ignore
  lab.store.update(
    nodes,
    {
      ...live,
      status: {
        capacity: { ...amount, ...devices },
        allocatable: { ...amount, ...devices },
        addresses: member.address ? [{ type: 'InternalIP', address: member.address }, { type: 'Hostname', address: member.name }] : before?.addresses,
        nodeInfo: member.version
          ? { kubeletVersion: member.version, containerRuntimeVersion: 'containerd://2.3.2-k3s1', osImage: 'Debian GNU/Linux 12 (stand-in for k3s)', kernelVersion: '6.1', architecture: 'amd64', operatingSystem: 'linux' }
          : before?.nodeInfo,
        conditions: conditions(live, wanted),
      },
    },
    'status',
  ); // prettier-ignore
}
