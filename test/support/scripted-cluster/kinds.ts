import type { ResourceType } from '../../../main/embedded/kube/resources.ts';

export interface Served {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  readonly plural: string;
  readonly namespaced: boolean;
  /** Whether `status` is a subresource: spec writes then leave it alone. */
  readonly status: boolean;
  /** Whether a schema of it is among the assets; without one Hearth may read it, and writing it counts as a misfit. */
  readonly schema: boolean;
}
const row = (
  group: string,
  version: string,
  kind: string,
  options: Partial<Omit<Served, 'group' | 'version' | 'kind'>> = {},
): Served => ({
  group,
  version,
  kind,
  plural: `${kind.toLowerCase()}s`,
  namespaced: true,
  status: false,
  schema: true,
  ...options,
});
const cluster = { namespaced: false };
const core = (kind: string, options: Partial<Served> = {}): Served => row('', 'v1', kind, options);
const kubevirt = (kind: string, options: Partial<Served> = {}): Served => row('kubevirt.io', 'v1', kind, options);
const types = 'instancetype.kubevirt.io';
const snapshots = 'snapshot.kubevirt.io';
const cdi = 'cdi.kubevirt.io';
const bare = { schema: false };

/** Kinds of a cluster with KubeVirt 1.9, CDI 1.66, a snapshot CSI driver and Multus, as discovery tells them. */
export const servedKinds: readonly Served[] = [
  core('Namespace', { ...cluster, status: true }),
  core('Node', { ...cluster, status: true }),
  core('Pod', { status: true }),
  core('Event'),
  core('Secret'),
  core('ConfigMap'),
  core('Service', { status: true }),
  core('PersistentVolumeClaim', { status: true }),
  core('PersistentVolume', { ...cluster, ...bare }),
  core('ResourceQuota', { status: true }),
  row('events.k8s.io', 'v1', 'Event', bare),
  row('apps', 'v1', 'ControllerRevision', bare),
  row('apps', 'v1', 'Deployment', { status: true }),
  row('apps', 'v1', 'StatefulSet', { status: true }),
  row('apps', 'v1', 'DaemonSet', { status: true }),
  row('batch', 'v1', 'Job', { status: true }),
  row('storage.k8s.io', 'v1', 'StorageClass', { ...cluster, plural: 'storageclasses' }),
  row('storage.k8s.io', 'v1', 'CSIStorageCapacity', { ...bare, plural: 'csistoragecapacities' }),
  row('apiextensions.k8s.io', 'v1', 'CustomResourceDefinition', { ...cluster, ...bare }),
  kubevirt('VirtualMachine', { status: true }),
  kubevirt('VirtualMachineInstance'),
  kubevirt('VirtualMachineInstanceMigration', { status: true }),
  kubevirt('KubeVirt', { status: true }),
  row(types, 'v1beta1', 'VirtualMachineInstancetype'),
  row(types, 'v1beta1', 'VirtualMachineClusterInstancetype', cluster),
  row(types, 'v1beta1', 'VirtualMachinePreference'),
  row(types, 'v1beta1', 'VirtualMachineClusterPreference', cluster),
  row(snapshots, 'v1beta1', 'VirtualMachineSnapshot', { status: true }),
  row(snapshots, 'v1beta1', 'VirtualMachineSnapshotContent', { status: true }),
  row(snapshots, 'v1beta1', 'VirtualMachineRestore', { status: true }),
  row('clone.kubevirt.io', 'v1beta1', 'VirtualMachineClone', { status: true }),
  row('export.kubevirt.io', 'v1', 'VirtualMachineExport', { status: true }),
  row(cdi, 'v1beta1', 'DataVolume', { status: true }),
  row(cdi, 'v1beta1', 'DataSource', { status: true }),
  row(cdi, 'v1beta1', 'DataImportCron', { status: true }),
  row(cdi, 'v1beta1', 'StorageProfile', cluster),
  row(cdi, 'v1beta1', 'CDIConfig', cluster),
  row(cdi, 'v1beta1', 'CDI', { ...cluster, status: true }),
  row('upload.cdi.kubevirt.io', 'v1beta1', 'UploadTokenRequest'),
  row('snapshot.storage.k8s.io', 'v1', 'VolumeSnapshotClass', { ...cluster, plural: 'volumesnapshotclasses' }),
  row('snapshot.storage.k8s.io', 'v1', 'VolumeSnapshot'),
  row('k8s.cni.cncf.io', 'v1', 'NetworkAttachmentDefinition', { plural: 'network-attachment-definitions' }),
];

/** Subresources under subresources.kubevirt.io/v1 that are played. */
export const subresources = [
  ...['start', 'stop', 'restart', 'migrate', 'addvolume', 'removevolume', 'portforward', 'expand-spec'].map(
    (name) => `virtualmachines/${name}`,
  ),
  ...[
    'pause', 'unpause', 'reset', 'softreboot', 'freeze', 'unfreeze', 'console', 'vnc', 'vnc/screenshot', 'portforward',
    'guestosinfo', 'userlist', 'filesystemlist', 'addvolume', 'removevolume',
  ].map((name) => `virtualmachineinstances/${name}`),
]; // prettier-ignore

export const apiVersion = ({ group, version }: Served): string => (group ? `${group}/${version}` : version);
export const resourceName = ({ group, plural }: Served): string => (group ? `${plural}.${group}` : plural);

/** As the engine's schema reader names a kind; the two share the schemas' files and nothing else. */
export const asResource = (served: Served): ResourceType => ({
  ...served,
  singular: served.kind.toLowerCase(),
  shortNames: [],
  categories: [],
  verbs: [],
  statusSubresource: served.status,
  strategicMerge: served.group === '',
  ephemeral: false,
});
