import type { KubeObject } from '../../contract/kube.ts';
import type { NetworkMember, NetworkRow } from '../../contract/networks.ts';
import { selects } from '../machines/forward.ts';
import { pick, pickList, pickText, pickTexts } from '../target/pick.ts';
import { describeDefinition } from './definition.ts';
import { networkId, podNetwork, reservedOf, rollBacksOf } from './nics.ts';

export interface RowSources {
  definitions: readonly KubeObject[];
  machines: readonly KubeObject[];
  instanceOf(vm: KubeObject): KubeObject | undefined;
  services: readonly KubeObject[];
  /** The target knows machines by their own names, without a Service. */
  machineNames: boolean;
}

/** Every network with who is on it. Pure. */
export function networkRows(sources: RowSources): NetworkRow[] {
  const members = new Map<string, NetworkMember[]>();
  for (const vm of sources.machines)
    for (const [id, member] of membersOf(vm, sources)) members.set(id, [...(members.get(id) ?? []), member]);
  const known = sources.definitions.map((definition): NetworkRow => {
    const { namespace = 'default', name = '' } = definition.metadata;
    const id = `${namespace}/${name}`;
    return { id, namespace, name, ...describeDefinition(definition), members: members.get(id) ?? [] };
  });
  return [{ id: podNetwork, kind: 'pod', name: podNetwork, members: members.get(podNetwork) ?? [] }, ...known];
}

function membersOf(vm: KubeObject, sources: RowSources): [string, NetworkMember][] {
  const vmi = sources.instanceOf(vm);
  const { namespace = 'default', name = '' } = vm.metadata;
  const spec = pick(vm, 'spec', 'template', 'spec');
  const devices = pick(spec, 'domain', 'devices');
  const nics = pickList(devices, 'interfaces');
  const networks = pickList(spec, 'networks');
  const none = nics.length === 0 && networks.length === 0 && pick(devices, 'autoattachPodInterface') !== false;
  const running = pickText(vmi, 'status', 'phase') === 'Running';
  const rollBacks = rollBacksOf(vm);
  return (none ? [{ name: 'default' }] : nics).flatMap((nic): [string, NetworkMember][] => {
    const nicName = pickText(nic, 'name') ?? '';
    if (pickText(nic, 'state') === 'absent') return [];
    const id = networkId(
      networks.find((one) => one['name'] === nicName),
      namespace,
    );
    const seen = pickList(vmi, 'status', 'interfaces').find((one) => one['name'] === nicName);
    const mac = pickText(seen, 'mac') ?? pickText(nic, 'macAddress');
    const reserved = reservedOf(vm, nicName);
    const rollBack = rollBacks.get(nicName);
    return [
      [
        id,
        {
          namespace, machine: name, interface: nicName, running,
          ...(mac && { mac }),
          addresses: pickTexts(seen, 'ipAddresses'),
          ...(reserved && { reserved }),
          names: namesOf(vm, id, sources),
          ...(rollBack && { rollBack }),
        },
      ],
    ]; // prettier-ignore
  });
}

/** What others on the network can call it: its own name where the target has that, and Services in front of it. */
function namesOf(vm: KubeObject, id: string, { services, machineNames }: RowSources): string[] {
  const { namespace = 'default', name = '' } = vm.metadata;
  const own = machineNames ? [name] : [];
  if (id !== podNetwork) return own;
  const labels = {
    'vm.kubevirt.io/name': name,
    ...(pick(vm, 'spec', 'template', 'metadata', 'labels') as object | undefined),
  };
  const others = services.filter((service) => service.metadata.namespace === namespace && selects(service, labels));
  return [...own, ...others.map((service) => `${service.metadata.name ?? ''}.${namespace}.svc`)];
}
