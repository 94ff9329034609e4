import type { KubeObject } from '../../contract/kube.ts';
import type { MapCard, MapNode, MapService, NetworkMap } from '../../contract/map.ts';
import { forwardsOf, selects } from '../machines/forward.ts';
import { networkRows } from '../networks/rows.ts';
import { ownerOf, podRow, workloadKinds } from '../pods/rows.ts';
import { pickList, pickNumber, pickText, pick } from '../target/pick.ts';

export interface MapSources {
  machines: readonly KubeObject[];
  instanceOf: (vm: KubeObject) => KubeObject | undefined;
  definitions: readonly KubeObject[];
  services: readonly KubeObject[];
  pods: readonly KubeObject[];
}
export const podNetworkId = 'pod';
const idOf = (kind: string, { metadata }: KubeObject): string => `${kind}/${metadata.namespace ?? ''}/${metadata.name ?? ''}`; // prettier-ignore

const machineTone = (instance: KubeObject | undefined): MapNode['tone'] => {
  const phase = pickText(instance, 'status', 'phase');
  if (phase === 'Running') return 'running';
  if (phase === undefined || phase === 'Succeeded') return 'stopped';
  return phase === 'Failed' ? 'error' : 'busy';
};
const machineNode = (vm: KubeObject, instance: KubeObject | undefined): MapNode => ({
  id: idOf('VirtualMachine', vm), kind: 'VirtualMachine', namespace: vm.metadata.namespace ?? '', name: vm.metadata.name ?? '',
  tone: machineTone(instance), system: false,
}); // prettier-ignore

/** What stands for a Pod on the map: what keeps it, where that is a workload, else itself. */
function standsFor(pod: KubeObject): Pick<MapNode, 'id' | 'kind' | 'name'> {
  const owner = ownerOf(pod);
  const { namespace = '', name = '' } = pod.metadata;
  const kind = owner && Object.hasOwn(workloadKinds, owner.kind) ? (owner.kind as MapNode['kind']) : undefined;
  return kind && owner ? { id: `${kind}/${namespace}/${owner.name}`, kind, name: owner.name } : { id: `Pod/${namespace}/${name}`, kind: 'Pod', name }; // prettier-ignore
}
const worst: readonly MapNode['tone'][] = ['error', 'busy', 'running', 'stopped'];

/** Nodes of Pods, those of a workload as one; a machine's own Pod is the machine, and one that has ended is nowhere. */
function podNodes(pods: readonly KubeObject[]): { nodes: MapNode[]; cards: MapCard[] } {
  const nodes = new Map<string, MapNode>();
  const addresses = new Map<string, string[]>();
  for (const pod of pods) {
    const row = podRow(pod);
    if (row.machine || ['Succeeded', 'Failed'].includes(pickText(pod, 'status', 'phase') ?? '')) continue;
    const stands = standsFor(pod);
    const before = nodes.get(stands.id);
    const tone = worst.find((each) => each === row.tone || each === before?.tone) ?? row.tone;
    nodes.set(stands.id, { ...stands, namespace: row.namespace, tone, pods: (before?.pods ?? 0) + 1, system: row.system }); // prettier-ignore
    const held = addresses.get(stands.id) ?? [];
    addresses.set(stands.id, row.address === undefined ? held : [...held, row.address]);
  }
  // A Pod of the host's network has the node's address, and hangs on none of ours.
  const host = new Set(pods.filter((pod) => pick(pod, 'spec', 'hostNetwork') === true).map((pod) => standsFor(pod).id));
  const cards = [...nodes.keys()].filter((id) => !host.has(id)).map((node) => ({ node, addresses: addresses.get(node) ?? [] })); // prettier-ignore
  return { nodes: [...nodes.values()], cards };
}

/** The whole as the objects tell it, in a fixed order. Pure. */
export function networkMap(sources: MapSources): NetworkMap {
  const { machines, instanceOf, definitions, services, pods } = sources;
  const rows = networkRows({ definitions, machines, instanceOf, services: [], machineNames: false });
  const states = new Map(machines.map((vm) => [idOf('VirtualMachine', vm), new Map(pickList(vm, 'spec', 'template', 'spec', 'domain', 'devices', 'interfaces').map((nic) => [nic['name'], nic['state']]))])); // prettier-ignore
  const own = podNodes(pods);
  const networks = rows.map(({ id, kind, name, range, members }) => ({
    id,
    kind,
    name,
    ...(range !== undefined && { range }),
    cards: [
      ...members.map((member): MapCard => {
        const node = `VirtualMachine/${member.namespace}/${member.machine}`;
        const down = states.get(node)?.get(member.interface) === 'down';
        return { node, interface: member.interface, addresses: member.addresses, ...(down && { unplugged: true as const }) }; // prettier-ignore
      }),
      ...(id === podNetworkId ? own.cards : []),
    ],
  }));
  const nodes = [...machines.map((vm) => machineNode(vm, instanceOf(vm))), ...own.nodes];
  return {
    nodes: nodes.toSorted((a, b) => a.id.localeCompare(b.id, 'en')),
    networks: networks.toSorted((a, b) => Number(b.id === podNetworkId) - Number(a.id === podNetworkId) || a.id.localeCompare(b.id, 'en')), // prettier-ignore
    services: services
      .map((service) => mapService(service, sources))
      .filter(({ to }) => to.length > 0)
      .toSorted((a, b) => a.id.localeCompare(b.id, 'en')),
  };
}

function mapService(service: KubeObject, { machines, pods }: MapSources): MapService {
  const { namespace = '', name = '' } = service.metadata;
  const labelsOf = (vm: KubeObject) => ({
    'vm.kubevirt.io/name': vm.metadata.name,
    ...(pick(vm, 'spec', 'template', 'metadata', 'labels') as object | undefined),
  });
  const here = ({ metadata }: KubeObject): boolean => (metadata.namespace ?? '') === namespace;
  const to = [
    ...machines.filter((vm) => here(vm) && selects(service, labelsOf(vm))).map((vm) => idOf('VirtualMachine', vm)),
    ...pods.filter((pod) => here(pod) && podRow(pod).machine === undefined && selects(service, pod.metadata.labels ?? {})).map((pod) => standsFor(pod).id), // prettier-ignore
  ];
  const outside = new Map(forwardsOf(service).flatMap(({ hostPort, guestPort, protocol }) => (hostPort ? [[`${guestPort}/${protocol}`, hostPort] as const] : []))); // prettier-ignore
  const ports = pickList(service, 'spec', 'ports').map((port) => {
    const own = pickNumber(port, 'port') ?? 0;
    const target = pickNumber(port, 'targetPort') ?? own;
    const protocol = pickText(port, 'protocol') ?? 'TCP';
    const hostPort = outside.get(`${target}/${protocol}`);
    return { port: own, targetPort: pickText(port, 'targetPort') ?? String(target), protocol, ...(hostPort !== undefined && { hostPort }) }; // prettier-ignore
  });
  const system = pods.some((pod) => here(pod) && podRow(pod).system);
  return { id: `${namespace}/${name}`, namespace, name, ports, to: [...new Set(to)], system };
}
