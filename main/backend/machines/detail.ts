import { stringify } from 'yaml';
import type { Condition, KubeObject } from '../../contract/kube.ts';
import type { MachineDetail, MachineDisk, MachineInterface } from '../../contract/machine.ts';
import { pick, pickList, pickNumber, pickText, pickTexts } from '../target/pick.ts';
import { quantity } from '../target/quantity.ts';
import { actionStates, machineState } from './actions.ts';
import { forwardsOf, selects } from './forward.ts';
import { machineRow } from './row.ts';
import type { RowSources } from './row.ts';
import { explain } from '../why/why.ts';

export interface DetailSources extends RowSources {
  claims: readonly KubeObject[];
  services: readonly KubeObject[];
  guest?: MachineDetail['guest'];
  /** DataVolumes that its disks are copied from. */
  origins?: readonly KubeObject[];
}

/** Everything the page of one machine shows. Pure. */
export function machineDetail(sources: DetailSources): MachineDetail {
  const { vm, vmi, dataVolumes, guest } = sources;
  const labels = (pick(vm, 'spec', 'template', 'metadata', 'labels') ?? {}) as Record<string, unknown>;
  const services = sources.services.filter((service) => selects(service, labels));
  const why = explain({ ...sources, services });
  return {
    row: machineRow(sources, why),
    actions: actionStates(machineState(vm, vmi)),
    why,
    conditions: [
      ...(pickList(vm, 'status', 'conditions') as unknown as Condition[]),
      ...(pickList(vmi, 'status', 'conditions') as unknown as Condition[]).filter(
        (own) => !pickList(vm, 'status', 'conditions').some((each) => each['type'] === own.type),
      ),
    ],
    vm,
    ...(vmi && { vmi }),
    dataVolumes: [...dataVolumes],
    services,
    disks: disksOf(sources),
    interfaces: interfacesOf(sources, services),
    ...(guest && { guest }),
    yaml: editableYaml(vm),
  };
}

/** The manifest without what the target writes. Pure. */
export function editableYaml(vm: KubeObject): string {
  const { name, namespace, labels, annotations } = vm.metadata;
  const own = Object.entries(annotations ?? {}).filter(
    ([key]) => !key.startsWith('kubevirt.io/') && key !== 'kubectl.kubernetes.io/last-applied-configuration',
  );
  return stringify(
    {
      apiVersion: vm.apiVersion,
      kind: vm.kind,
      metadata: {
        name,
        namespace,
        ...(labels && { labels }),
        ...(own.length > 0 && { annotations: Object.fromEntries(own) }),
      },
      spec: vm.spec,
    },
    { lineWidth: 0, aliasDuplicateObjects: false },
  );
}

function disksOf({ vm, vmi, dataVolumes, claims }: DetailSources): MachineDisk[] {
  const spec = pick(vmi, 'spec') ?? pick(vm, 'spec', 'template', 'spec');
  const volumes = pickList(spec, 'volumes');
  return pickList(spec, 'domain', 'devices', 'disks').map((disk) => {
    const name = pickText(disk, 'name') ?? '';
    const kind = (['cdrom', 'lun', 'disk'] as const).find((each) => disk[each] !== undefined) ?? 'disk';
    const volume = volumes.find((each) => each['name'] === name) ?? {};
    const type = Object.keys(volume).find((each) => each !== 'name') ?? 'nothing';
    const claimName = pickText(volume, type, 'name') ?? pickText(volume, type, 'claimName');
    const claim = claims.find((each) => each.metadata.name === claimName);
    const status = pickList(vmi, 'status', 'volumeStatus').find((each) => each['name'] === name);
    const imported = dataVolumes.find((each) => each.metadata.name === claimName);
    const size =
      quantity(pick(claim, 'status', 'capacity', 'storage')) ??
      quantity(pick(claim, 'spec', 'resources', 'requests', 'storage')) ??
      quantity(pick(volume, 'emptyDisk', 'capacity'));
    const used = quantity(pickText(claim, 'metadata', 'annotations', 'hearth.dev/real-size'));
    const phase = pickText(status, 'message') ?? pickText(status, 'phase') ?? pickText(imported, 'status', 'phase');
    const bootOrder = pickNumber(disk, 'bootOrder');
    return {
      name,
      kind,
      bus: pickText(disk, kind, 'bus') ?? (kind === 'cdrom' ? 'sata' : 'virtio'),
      source: claimName ? `${type} ${claimName}` : type,
      ...(bootOrder !== undefined && { bootOrder }),
      ...(size !== undefined && { size }),
      ...(used !== undefined && { used }),
      readOnly: kind === 'cdrom' || pick(disk, kind, 'readonly') === true,
      ...(phase && { status: phase }),
    };
  });
}

const bindings = ['masquerade', 'bridge', 'sriov', 'passtBinding'];

function interfacesOf({ vm, vmi }: DetailSources, services: readonly KubeObject[]): MachineInterface[] {
  const spec = pick(vmi, 'spec') ?? pick(vm, 'spec', 'template', 'spec');
  const networks = pickList(spec, 'networks');
  return pickList(spec, 'domain', 'devices', 'interfaces').map((nic) => {
    const name = pickText(nic, 'name') ?? '';
    const network = networks.find((each) => each['name'] === name);
    const onPod = pick(network, 'pod') !== undefined;
    const seen = pickList(vmi, 'status', 'interfaces').find((each) => each['name'] === name);
    const mac = pickText(seen, 'mac') ?? pickText(nic, 'macAddress');
    const first = pickText(seen, 'ipAddress');
    const all = pickTexts(seen, 'ipAddresses');
    return {
      name,
      ...(mac && { mac }),
      addresses: all.length > 0 ? all : first ? [first] : [],
      binding: bindings.find((each) => nic[each] !== undefined) ?? pickText(nic, 'binding', 'name') ?? 'bridge',
      network: onPod ? 'pod network' : (pickText(network, 'multus', 'networkName') ?? name),
      forwards: onPod ? services.flatMap(forwardsOf) : [],
    };
  });
}
