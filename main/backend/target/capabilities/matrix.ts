import type { Capability } from '../../../contract/target.ts';
import { rightInWords, rights } from './access.ts';
import type { RightName } from './access.ts';
import { announced } from './announced.ts';
import type { Findings } from './findings.ts';
import {
  deviceLack, lanLack, liveCpuLack, liveMemoryLack, liveNetworksLack, migrationLack, networksLack, schedulable,
} from './nodes.ts'; // prettier-ignore
import { cloneLack, exportLack, growLack, drivesLack, hotplugLack, snapshotLack } from './storage.ts';
import { first, lack, unless } from './words.ts';
import type { CapabilityId, Lack } from './words.ts';

const install = 'Install KubeVirt on it, or use another target.';
const hasMachines = ({ groups }: Findings): Lack =>
  unless(groups.has('kubevirt.io'), 'KubeVirt is not installed on the target.', install);
const hasCdi = ({ groups }: Findings): Lack =>
  unless(groups.has('cdi.kubevirt.io'), 'The target makes no disks (CDI is not installed).', 'Install CDI on it.');
const serves = (found: Findings, subresource: string): Lack =>
  first(
    hasMachines(found),
    unless(
      found.subresources.has(`virtualmachineinstances/${subresource}`),
      `The target has no ${subresource} of machines.`,
      install,
    ),
  );

const hasPods = ({ groups }: Findings): Lack =>
  unless(
    groups.has('apps'),
    'The target runs virtual machines only, no containers of its own.',
    'Choose a cluster as the target: an appliance, a kind cluster or any other by its kubeconfig; or run containers inside a machine.',
  );

interface Judge {
  /** What is missing on the target itself; undefined: nothing. */
  lack: (found: Findings) => Lack;
  /** What this user must be allowed to. */
  rights: readonly RightName[];
}
const judge = (lackOf: Judge['lack'], ...needed: RightName[]): Judge => ({ lack: lackOf, rights: needed });

/** Every capability: what it needs of the target and of the user's rights. One line each; Pages ask by id. */
const judges: Readonly<Record<CapabilityId, Judge>> = {
  machines: judge(hasMachines, 'seeMachines'),
  createMachines: judge((found) => first(hasMachines(found), hasCdi(found)), 'createMachines'),
  editMachines: judge(hasMachines, 'editMachines'),
  deleteMachines: judge(hasMachines, 'deleteMachines'),
  powerMachines: judge(
    (found) =>
      first(
        hasMachines(found),
        unless(
          found.nodes.length === 0 || schedulable(found.nodes).length > 0,
          'No node takes machines now.',
          'Bring a node back: start it, or uncordon it (kubectl uncordon NODE).',
        ),
      ),
    'powerMachines',
  ),
  console: judge((found) => serves(found, 'console'), 'console'),
  vnc: judge((found) => serves(found, 'vnc'), 'vnc'),
  screenshots: judge((found) => serves(found, 'vnc'), 'screenshot'),
  portForward: judge((found) => serves(found, 'portforward'), 'portForward'),
  pods: judge(hasPods, 'seePods'),
  podLogs: judge(hasPods, 'podLogs'),
  podShell: judge(hasPods, 'podShell'),
  podForward: judge(hasPods, 'podForward'),
  createPods: judge(hasPods, 'createWorkloads', 'createServices'),
  editPods: judge(hasPods, 'editWorkloads'),
  deletePods: judge(hasPods, 'deleteWorkloads'),
  images: judge(hasCdi, 'createImages'),
  goldenImages: judge(
    (found) =>
      first(
        hasCdi(found),
        unless(
          found.cdiKinds.has('datasources'),
          'The target keeps no golden images (CDI’s DataSources are not served).',
          'Add images to the library instead.',
        ),
      ),
    'seeGoldenImages',
  ),
  upload: judge(
    ({ groups }) =>
      unless(
        groups.has('upload.cdi.kubevirt.io'),
        'The target takes no uploads (CDI is not installed).',
        'Install CDI on it.',
      ),
    'createImages',
    'upload',
  ),
  localFiles: judge(({ nodes }) =>
    unless(
      nodes.some((node) => node.metadata.annotations?.['hearth.dev/local-files'] === 'true'),
      'The target does not see the files of this computer.',
      'The file is uploaded instead: pick it in the browser.',
    ),
  ),
  serviceForwards: judge(hasMachines, 'createServices'),
  snapshots: judge(snapshotLack, 'createSnapshots', 'createRestores'),
  memorySnapshots: judge(() =>
    lack(
      'KubeVirt keeps the disks of a snapshot, not its memory.',
      'Shut the machine down before, or keep it on a target that saves its memory, as the Quick lab does.',
    ),
  ),
  clones: judge(cloneLack, 'createClones'),
  fullClones: judge(() =>
    lack(
      'How the disks of a clone are copied is up to the storage of the target.',
      'Choose storage whose snapshots are what you want, or export the machine and import it again.',
    ),
  ),
  machineState: judge(() =>
    lack(
      'KubeVirt does not clone or export what a machine keeps in a TPM or in UEFI variables.',
      'Note recovery keys of encrypted disks first, or make a new machine and copy the data inside.',
    ),
  ),
  exports: judge(exportLack, 'createExports', 'createSecrets'),
  newDisks: judge(hasCdi, 'createDisks'),
  hotplugDisks: judge((found) => first(hasMachines(found), hotplugLack(found)), 'editMachines', 'createDisks'),
  discDrives: judge((found) => first(hasMachines(found), drivesLack(found)), 'editMachines'),
  instanceTypes: judge(
    ({ groups }) =>
      unless(
        groups.has('instancetype.kubevirt.io'),
        'The target has no instance types (instancetype.kubevirt.io is not served).',
        'Give machines their own size.',
      ),
    'createTypes',
    'deleteTypes',
  ),
  nodes: judge(() => undefined, 'editNodes'),
  quotas: judge(() => undefined, 'editQuotas'),
  clusterSettings: judge(hasMachines, 'editKubeVirt'),
  growDisks: judge(growLack, 'growClaims'),
  liveCpu: judge((found) => first(hasMachines(found), liveCpuLack(found)), 'editMachines'),
  liveMemory: judge((found) => first(hasMachines(found), liveMemoryLack(found)), 'editMachines'),
  networks: judge(networksLack, 'createNetworks', 'editMachines'),
  otherNetworks: judge(networksLack, 'editMachines'),
  liveNetworks: judge(liveNetworksLack, 'editMachines'),
  networkFaults: judge(
    () =>
      lack(
        'KubeVirt loses, delays and slows no packets on purpose.',
        'Install Chaos Mesh on the cluster and apply a NetworkChaos that selects the machine by the label vm.kubevirt.io/name of its Pod, or run the machine in the Quick lab.',
      ),
    'editMachines',
  ),
  lanBridge: judge(lanLack, 'editMachines'),
  migration: judge(migrationLack, 'createMigrations'),
  metrics: judge(
    ({ virtHandlers }) =>
      unless(
        virtHandlers > 0,
        'The target serves no metrics (no virt-handler Pod found).',
        'Live graphs come back when the machine half of the target runs.',
      ),
    'readMetrics',
  ),
  vtpm: judge(hasMachines, 'createMachines'),
  secureBoot: judge(
    (found) =>
      first(
        hasMachines(found),
        unless(
          found.nodes.length === 0 ||
            found.nodes.some((node) => node.metadata.labels?.['kubernetes.io/arch'] !== 'arm64'),
          'Secure Boot needs a node with an Intel or AMD processor.',
          'Choose UEFI without Secure Boot.',
        ),
      ),
    'createMachines',
  ),
  startOrder: judge(() =>
    lack(
      'KubeVirt starts all machines at once when a cluster comes back: nobody there reads their start order.',
      'It is kept with the machine and holds on the Quick lab. On a cluster let a machine wait for another inside its guest.',
    ),
  ),
  usbDevices: judge((found) => deviceLack(found, 'usb'), 'editMachines'),
  pciDevices: judge((found) => deviceLack(found, 'pciHostDevices'), 'editMachines'),
};

const mayNot = ({ rights: held }: Findings, needed: readonly RightName[]): Lack => {
  const missing = needed.filter((name) => held.get(name) === false);
  if (missing.length === 0) return undefined;
  return lack(
    'This user may not do that on the target.',
    `Ask its administrator for the right to ${missing.map((name) => rightInWords(rights[name])).join(', ')} (the role kubevirt.io:edit has most of them).`,
  );
};

/**
 * Findings -> the matrix that pages ask. For each id: the target's own word (announced.ts), else what the probing
 * concludes; then whether this user may. Pure.
 *
 * To make an id come true on a target: serve what its judge looks for (API group, feature gate, class, node), or announce it.
 */
export function capabilityMatrix(found: Findings): Capability[] {
  const said = announced(found.kubevirt);
  return (Object.keys(judges) as CapabilityId[]).map((id) => {
    const { lack: lackOf, rights: needed } = judges[id];
    const missing = (said.has(id) ? said.get(id) : lackOf(found)) ?? mayNot(found, needed);
    return { id, supported: missing === undefined, ...missing };
  });
}
