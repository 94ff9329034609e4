import { createHash } from 'node:crypto';
import type { KubeObject } from '../../../main/contract/kube.ts';

/** Objects as KubeVirt 1.9 and CDI 1.66 write them for running machines, with their managedFields; `index` names one of many. */
const uid = (kind: string, index: number): string => {
  const hex = createHash('sha256').update(`${kind} ${index}`).digest('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
};
/** ISO 8601, a second apart. */
const at = (index: number): string => new Date(Date.UTC(2026, 0, 5) + index * 1000).toISOString().replace('.000', '');
const nameOf = (index: number): string => `machine-${String(index).padStart(4, '0')}`;
const address = (index: number): string => `10.42.${(index >> 8) & 255}.${index & 255}`;

/** Which fields each of these owners set: half of an object's text on a real cluster. */
const managedFields = (index: number, ...managers: string[]): unknown[] =>
  managers.map((manager) => ({
    manager,
    operation: 'Update',
    apiVersion: 'kubevirt.io/v1',
    time: at(index),
    fieldsType: 'FieldsV1',
    fieldsV1: Object.fromEntries(
      Array.from({ length: 24 }, (_, field) => [`f:field-${field}`, { '.': {}, 'f:name': {}, 'f:value': {} }]),
    ),
  }));
const condition = (type: string, index: number, more: object = {}): object => ({
  lastProbeTime: null,
  lastTransitionTime: at(index),
  status: 'True',
  type,
  ...more,
});
const domain = (index: number): object => ({
  architecture: 'amd64',
  cpu: { cores: 1, sockets: 2, threads: 1, model: 'host-model', maxSockets: 8 },
  devices: {
    disks: [
      { name: 'root', bootOrder: 1, disk: { bus: 'virtio' } },
      { name: 'cloudinit', disk: { bus: 'virtio' } },
    ],
    interfaces: [
      {
        name: 'default',
        masquerade: {},
        model: 'virtio',
        macAddress: `02:00:00:00:${(index >> 8).toString(16).padStart(2, '0')}:${(index & 255).toString(16).padStart(2, '0')}`,
      },
    ],
    rng: {},
  },
  features: { acpi: { enabled: true }, smm: { enabled: true } },
  firmware: { uuid: uid('firmware', index), serial: uid('serial', index), bootloader: { efi: { secureBoot: false } } },
  machine: { type: 'q35' },
  memory: { guest: '2Gi', maxGuest: '8Gi' },
  resources: { requests: { memory: '2Gi' } },
});
const volumes = (index: number): object[] => [
  { name: 'root', dataVolume: { name: `${nameOf(index)}-root` } },
  {
    name: 'cloudinit',
    cloudInitNoCloud: {
      userData: `#cloud-config\nhostname: ${nameOf(index)}\nuser: debian\npassword: of-${index}\nchpasswd: { expire: False }\npackages:\n  - qemu-guest-agent\n`,
    },
  },
];

/** `round` is a label that rows show: with another one the row is another. */
export function virtualMachine(index: number, round = '0'): KubeObject {
  const name = nameOf(index);
  const labels = { app: 'crowd', 'hearth.dev/machine': name, round, team: `team-${index % 40}` };
  return {
    apiVersion: 'kubevirt.io/v1',
    kind: 'VirtualMachine',
    metadata: {
      annotations: { 'kubevirt.io/latest-observed-api-version': 'v1', 'kubevirt.io/storage-observed-api-version': 'v1' },
      creationTimestamp: at(index),
      finalizers: ['kubevirt.io/virtualMachineControllerFinalize'],
      generation: 2,
      labels,
      managedFields: managedFields(index, 'hearth', 'virt-controller', 'virt-api'),
      name,
      namespace: `space-${index % 10}`,
      uid: uid('vm', index),
    },
    spec: {
      dataVolumeTemplates: [
        {
          metadata: { creationTimestamp: null, name: `${name}-root` },
          spec: { source: { pvc: { namespace: 'hearth-images', name: 'debian-13' } }, storage: { resources: { requests: { storage: '20Gi' } } } },
        },
      ],
      runStrategy: 'Always',
      template: {
        metadata: { creationTimestamp: null, labels },
        spec: {
          architecture: 'amd64',
          domain: domain(index),
          evictionStrategy: 'LiveMigrateIfPossible',
          networks: [{ name: 'default', pod: {} }],
          terminationGracePeriodSeconds: 180,
          volumes: volumes(index),
        },
      },
    },
    status: {
      conditions: [condition('Ready', index), condition('LiveMigratable', index), condition('StorageLiveMigratable', index), condition('AgentConnected', index), condition('Initialized', index), condition('DataVolumesReady', index, { message: 'All of the DVs are bound and ready', reason: 'AllDVsReady' })],
      created: true,
      desiredGeneration: 2,
      observedGeneration: 2,
      printableStatus: 'Running',
      ready: true,
      runStrategy: 'Always',
      volumeSnapshotStatuses: [
        { enabled: true, name: 'root' },
        { enabled: false, name: 'cloudinit', reason: 'Snapshot is not supported for this volumeSource type [cloudinit]' },
      ],
    },
  }; // prettier-ignore
}

export function virtualMachineInstance(index: number): KubeObject {
  const name = nameOf(index);
  const pod = uid('pod', index);
  return {
    apiVersion: 'kubevirt.io/v1',
    kind: 'VirtualMachineInstance',
    metadata: {
      annotations: { 'kubevirt.io/latest-observed-api-version': 'v1', 'kubevirt.io/storage-observed-api-version': 'v1', 'kubevirt.io/vm-generation': '2' },
      creationTimestamp: at(index),
      finalizers: ['kubevirt.io/virtualMachineControllerFinalize', 'foregroundDeleteVirtualMachine'],
      generation: 9,
      labels: { app: 'crowd', 'hearth.dev/machine': name, 'kubevirt.io/nodeName': `node-${index % 40}`, team: `team-${index % 40}` },
      managedFields: managedFields(index, 'virt-controller', 'virt-handler'),
      name,
      namespace: `space-${index % 10}`,
      ownerReferences: [{ apiVersion: 'kubevirt.io/v1', blockOwnerDeletion: true, controller: true, kind: 'VirtualMachine', name, uid: uid('vm', index) }],
      uid: uid('vmi', index),
    },
    spec: {
      architecture: 'amd64',
      domain: domain(index),
      evictionStrategy: 'LiveMigrateIfPossible',
      networks: [{ name: 'default', pod: {} }],
      terminationGracePeriodSeconds: 180,
      volumes: volumes(index),
    },
    status: {
      activePods: { [pod]: `node-${index % 40}` },
      conditions: [condition('Ready', index), condition('LiveMigratable', index), condition('StorageLiveMigratable', index), condition('AgentConnected', index)],
      currentCPUTopology: { cores: 1, sockets: 2, threads: 1 },
      guestOSInfo: { id: 'debian', kernelRelease: '6.12.48+deb13-amd64', kernelVersion: '#1 SMP PREEMPT_DYNAMIC Debian 6.12.48-1', machine: 'x86_64', name: 'Debian GNU/Linux', prettyName: 'Debian GNU/Linux 13 (trixie)', version: '13 (trixie)', versionId: '13' },
      interfaces: [{ infoSource: 'domain, guest-agent', interfaceName: 'enp1s0', ipAddress: address(index), ipAddresses: [address(index)], linkState: 'up', name: 'default', podInterfaceName: 'eth0', queueCount: 1 }],
      launcherContainerImageVersion: 'quay.io/kubevirt/virt-launcher:v1.9.0',
      machine: { type: 'pc-q35-rhel9.6.0' },
      memory: { guestAtBoot: '2Gi', guestCurrent: '2Gi', guestRequested: '2Gi' },
      migrationMethod: 'BlockMigration',
      migrationTransport: 'Unix',
      nodeName: `node-${index % 40}`,
      phase: 'Running',
      phaseTransitionTimestamps: ['Pending', 'Scheduling', 'Scheduled', 'Running'].map((phase, step) => ({ phase, phaseTransitionTimestamp: at(index + step) })),
      qosClass: 'Burstable',
      runtimeUser: 107,
      selinuxContext: 'none',
      virtualMachineRevisionName: `revision-start-vm-${uid('vm', index)}-2`,
      volumeStatus: [
        { name: 'cloudinit', size: 1048576, target: 'vdb' },
        { name: 'root', target: 'vda', persistentVolumeClaimInfo: { accessModes: ['ReadWriteOnce'], capacity: { storage: '20Gi' }, claimName: `${name}-root`, filesystemOverhead: '0.06', requests: { storage: '20Gi' }, volumeMode: 'Filesystem' } },
      ],
    },
  }; // prettier-ignore
}

export function dataVolume(index: number): KubeObject {
  const name = nameOf(index);
  return {
    apiVersion: 'cdi.kubevirt.io/v1beta1',
    kind: 'DataVolume',
    metadata: {
      annotations: { 'cdi.kubevirt.io/storage.clone.token': createHash('sha512').update(name).digest('base64'), 'cdi.kubevirt.io/storage.usePopulator': 'true' },
      creationTimestamp: at(index),
      generation: 1,
      labels: { 'kubevirt.io/created-by': uid('vm', index) },
      managedFields: managedFields(index, 'virt-controller', 'virt-cdi-controller'),
      name: `${name}-root`,
      namespace: `space-${index % 10}`,
      ownerReferences: [{ apiVersion: 'kubevirt.io/v1', blockOwnerDeletion: true, controller: true, kind: 'VirtualMachine', name, uid: uid('vm', index) }],
      uid: uid('dv', index),
    },
    spec: { source: { pvc: { name: 'debian-13', namespace: 'hearth-images' } }, storage: { resources: { requests: { storage: '20Gi' } } } },
    status: {
      claimName: `${name}-root`,
      conditions: ['Bound', 'Ready', 'Running'].map((type) => ({ lastHeartbeatTime: at(index), lastTransitionTime: at(index), message: type === 'Bound' ? `PVC ${name}-root Bound` : '', reason: type === 'Running' ? 'Completed' : type, status: type === 'Running' ? 'False' : 'True', type })),
      phase: 'Succeeded',
      progress: '100.0%',
    },
  }; // prettier-ignore
}

export function event(index: number, machines: number): KubeObject {
  const of = index % machines;
  const [type, reason, message] = (
    [
      ['Normal', 'SuccessfulCreate', `Created virtual machine pod virt-launcher-${nameOf(of)}-x7k2p`],
      ['Normal', 'Started', 'VirtualMachineInstance started.'],
      ['Warning', 'SyncFailed', 'server error. command SyncVMI failed: "LibvirtError(Code=1, Domain=10)"'],
      ['Normal', 'Created', 'VirtualMachineInstance defined.'],
    ] as const
  )[index % 4] ?? ['Normal', 'Created', ''];
  return {
    apiVersion: 'v1',
    kind: 'Event',
    metadata: {
      creationTimestamp: at(index),
      managedFields: managedFields(index, 'virt-handler'),
      name: `${nameOf(of)}.${uid('event', index).slice(0, 16).replaceAll('-', '')}`,
      namespace: `space-${of % 10}`,
      uid: uid('event', index),
    },
    involvedObject: { apiVersion: 'kubevirt.io/v1', kind: 'VirtualMachineInstance', name: nameOf(of), namespace: `space-${of % 10}`, uid: uid('vmi', of), resourceVersion: String(index) },
    count: 1 + (index % 3),
    eventTime: null,
    firstTimestamp: at(index),
    lastTimestamp: at(index),
    message,
    reason,
    reportingComponent: 'virt-handler',
    reportingInstance: `node-${of % 40}`,
    source: { component: 'virt-handler', host: `node-${of % 40}` },
    type,
  }; // prettier-ignore
}
