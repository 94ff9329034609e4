import type { Stored } from '../kube/object.ts';
import { ownerUid, vmiSpec } from '../machine/spec.ts';
import type { Protocol, Rule } from './hostfwd.ts';

export interface ServicePort {
  name?: string;
  protocol?: string;
  port: number;
  targetPort?: number | string;
  nodePort?: number;
}
export interface ServiceSpec {
  type?: string;
  selector?: Record<string, string>;
  ports?: ServicePort[];
}
export type WantedForward = Rule;

/** Where a Service's ports open; others than the loopback must be asked for by name. */
export const addressAnnotation = 'hearth.dev/address';
const loopback = '127.0.0.1';

const firstNodePort = 30_000;
const lastNodePort = 32_767;

/** Labels an instance has for Services: its own, and those of KubeVirt's launcher Pods. */
export const instanceLabels = (vmi: Stored): Record<string, string> => ({
  'kubevirt.io': 'virt-launcher',
  'kubevirt.io/created-by': vmi.metadata.uid,
  'kubevirt.io/domain': vmi.metadata.name,
  'kubevirt.io/vm': vmi.metadata.name,
  'vm.kubevirt.io/name': vmi.metadata.name,
  'vmi.kubevirt.io/id': vmi.metadata.name.slice(0, 63),
  ...(ownerUid(vmi) ? { 'vm.kubevirt.io/uid': ownerUid(vmi) ?? '' } : {}),
  ...vmi.metadata.labels,
});

export const selects = (selector: Record<string, string>, labels: Record<string, string>): boolean =>
  Object.entries(selector).every(([key, value]) => labels[key] === value);

/** The ports a Service opens on this computer: its node ports, or for a LoadBalancer the ports themselves. Pure. */
const openedBy = (service: Stored): (ServicePort & { hostPort: number })[] => {
  const { type, ports = [] } = service.spec as ServiceSpec;
  if (type !== 'NodePort' && type !== 'LoadBalancer') return [];
  return ports.flatMap((port) => {
    const hostPort = type === 'NodePort' ? port.nodePort : port.port;
    return hostPort ? [{ ...port, hostPort }] : [];
  });
};

/** Where the ports of a Service lead: into `vmi`, whose interfaces give ports their names. Pure. */
export function forwardsOf(service: Stored, vmi: Stored): WantedForward[] {
  return openedBy(service).flatMap((port) => {
    const protocol = (port.protocol ?? 'TCP').toLowerCase();
    const guestPort = guestPortOf(port, vmi);
    if (guestPort === undefined || (protocol !== 'tcp' && protocol !== 'udp')) return [];
    return [{ protocol: protocol satisfies Protocol, address: addressOf(service), hostPort: port.hostPort, guestPort }];
  });
}

/** Names of target ports that no interface of the machine has, each once. Pure. */
export const unknownPorts = (service: Stored, vmi: Stored): string[] => [
  ...new Set(
    openedBy(service).flatMap((port) => (guestPortOf(port, vmi) === undefined ? [String(port.targetPort)] : [])),
  ),
];

/** As KubeVirt's launcher pods have them: the ports that a machine's interfaces name are the pod's. */
function guestPortOf({ targetPort, port, protocol = 'TCP' }: ServicePort, vmi: Stored): number | undefined {
  const wanted = targetPort === undefined || targetPort === '' ? port : targetPort;
  if (typeof wanted === 'number' || /^\d+$/.test(wanted)) return Number(wanted) || port;
  return vmiSpec(vmi)
    .domain.devices.interfaces?.flatMap(({ ports = [] }) => ports)
    .find((one) => one.name === wanted && (one.protocol ?? 'TCP').toUpperCase() === protocol)?.port;
}

export const addressOf = (service: Stored): string =>
  ipv4(service.metadata.annotations?.[addressAnnotation] ?? loopback);

/** The address goes into a monitor command: nothing but an IPv4 address may. */
const ipv4 = (text: string): string => (/^\d{1,3}(\.\d{1,3}){3}$/.test(text) ? text : loopback);

export function usedNodePorts(all: readonly Stored[], exceptUid: string): Set<number> {
  return new Set(
    all.flatMap((service) =>
      service.metadata.uid === exceptUid
        ? []
        : ((service.spec as ServiceSpec).ports ?? []).flatMap(({ nodePort }) => (nodePort ? [nodePort] : [])),
    ),
  );
}

/** A free node port; where the search begins depends on the Service, so that neighbours rarely meet. */
export function freeNodePort(used: ReadonlySet<number>, seed: string, port: number): number {
  const count = lastNodePort - firstNodePort + 1;
  const start = [...`${seed}${port}`].reduce((sum, letter) => (sum * 31 + (letter.codePointAt(0) ?? 0)) % count, 7);
  for (let step = 0; step < count; step += 1) {
    const candidate = firstNodePort + ((start + step) % count);
    if (!used.has(candidate)) return candidate;
  }
  throw new Error('All node ports (30000-32767) are taken.');
}
