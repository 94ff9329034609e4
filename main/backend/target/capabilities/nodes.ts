import type { KubeObject } from '../../../contract/kube.ts';
import { pick, pickList, pickText } from '../pick.ts';
import type { Findings } from './findings.ts';
import { gateOpen, openGate } from './gates.ts';
import { sharedStorage } from './storage.ts';
import { first, lack, unless } from './words.ts';
import type { Lack } from './words.ts';

/** Nodes that take machines: ready, not cordoned, and virt-handler said so. Pure. */
export const schedulable = (nodes: readonly KubeObject[]): readonly KubeObject[] =>
  nodes.filter(
    (node) =>
      pick(node, 'spec', 'unschedulable') !== true &&
      node.metadata.labels?.['kubevirt.io/schedulable'] !== 'false' &&
      pickList(node, 'status', 'conditions').every((each) => each['type'] !== 'Ready' || each['status'] === 'True'),
  );

/** KubeVirt moves a running machine to another node only when its disks can be open on both. Pure. */
export function migrationLack(found: Findings): Lack {
  const { nodes, groups } = found;
  return first(
    unless(
      groups.has('kubevirt.io'),
      'KubeVirt is not installed on the target.',
      'Install KubeVirt on it, or use another target.',
    ),
    unless(nodes.length > 1, 'The target has one node.', 'Add a second box: machines can then move while they run.'),
    unless(
      schedulable(nodes).length > 1,
      'Only one node takes machines now.',
      'Bring the other nodes back: start them, or uncordon them (kubectl uncordon NODE).',
    ),
    unless(
      sharedStorage(found),
      'No storage class shares a disk between the nodes (ReadWriteMany).',
      'Add storage that all nodes reach, for example NFS: machines with their disks there can move while they run.',
    ),
  );
}

const rollout = ({ kubevirt }: Findings): string =>
  pickText(kubevirt, 'spec', 'configuration', 'vmRolloutStrategy') ?? 'LiveUpdate';
const atRestart = 'Change it all the same: it applies when the machine restarts.';

/** More vCPUs or memory reach a running machine by moving it. Pure. */
export const liveCpuLack = (found: Findings): Lack =>
  first(
    unless(
      rollout(found) === 'LiveUpdate',
      'Changes wait for a restart (KubeVirt’s rollout strategy is Stage).',
      atRestart,
    ),
    () => {
      const move = migrationLack(found);
      return move && lack(`It needs a second node to move the machine to. ${move.reason}`, atRestart);
    },
  );

export const liveMemoryLack = (found: Findings): Lack =>
  first(
    () => liveCpuLack(found),
    unless(
      found.nodes.some((node) => node.metadata.labels?.['kubernetes.io/arch'] !== 'arm64'),
      'KubeVirt changes the memory of running machines on amd64 only.',
      atRestart,
    ),
  );

const noNetworks = (groups: Findings['groups']): Lack =>
  unless(
    groups.has('k8s.cni.cncf.io'),
    'The target has no extra networks (k8s.cni.cncf.io is not served).',
    'Install Multus on it, or use another target.',
  );
export const networksLack = ({ groups }: Findings): Lack => noNetworks(groups);
export const liveNetworksLack = (found: Findings): Lack =>
  first(noNetworks(found.groups), () => {
    const move = migrationLack(found);
    return move && lack(`Network cards are changed by moving the machine. ${move.reason}`, atRestart);
  });

const lanTypes = ['bridge', 'cnv-bridge', 'ovn-k8s-cni-overlay'];
/** Whether a network leads out of the node: a bridge of the host, by the configuration in the definition. Pure. */
export const lanLack = ({ groups, networks }: Findings): Lack =>
  first(
    noNetworks(groups),
    unless(
      networks.some((network) => {
        const config = pickText(network, 'spec', 'config') ?? '';
        return lanTypes.some((type) => new RegExp(`"type"\\s*:\\s*"${type}"`).test(config));
      }),
      'No network of the target leads to the LAN.',
      'Make a bridge on the node that holds its network card, and a NetworkAttachmentDefinition of type bridge for it.',
    ),
  );

/** Devices of the host are given to machines by the names that the KubeVirt object permits. Pure. */
export function deviceLack({ kubevirt, groups }: Findings, kind: 'usb' | 'pciHostDevices'): Lack {
  const what = kind === 'usb' ? 'USB devices' : 'PCI devices';
  return first(
    unless(
      groups.has('kubevirt.io'),
      'KubeVirt is not installed on the target.',
      'Install KubeVirt on it, or use another target.',
    ),
    unless(
      kubevirt !== undefined,
      `Which ${what} may be used is not known: this user may not read the KubeVirt object.`,
      'Ask the administrator of the target.',
    ),
    unless(
      gateOpen(kubevirt, 'HostDevices') === true,
      `${what} of the host are switched off in KubeVirt.`,
      openGate('HostDevices'),
    ),
    unless(
      pickList(kubevirt, 'spec', 'configuration', 'permittedHostDevices', kind).length > 0,
      `No ${what} of the host are permitted for machines.`,
      `Name them in spec.configuration.permittedHostDevices.${kind} of the KubeVirt object.`,
    ),
  );
}
