/** A kind that the engine serves. */
export interface ResourceType {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  readonly plural: string;
  readonly singular: string;
  readonly namespaced: boolean;
  readonly shortNames: readonly string[];
  readonly categories: readonly string[];
  readonly verbs: readonly string[];
  /** Whether `status` is a subresource (spec writes then leave it alone). */
  readonly statusSubresource: boolean;
  /** Strategic merge patch is for core kinds only, as in Kubernetes. */
  readonly strategicMerge: boolean;
  /** Kept in memory only (Nodes, seeded catalogues): written anew at each start. */
  readonly ephemeral: boolean;
}

const writable = ['create', 'delete', 'deletecollection', 'get', 'list', 'patch', 'update', 'watch'] as const;
const readable = ['get', 'list', 'watch'] as const;

type Row = Pick<ResourceType, 'group' | 'version' | 'kind' | 'plural'> & Partial<ResourceType>;
const define = (row: Row): ResourceType => ({
  singular: row.kind.toLowerCase(),
  namespaced: true,
  shortNames: [],
  categories: [],
  verbs: writable,
  statusSubresource: false,
  strategicMerge: row.group === '' || row.group === 'storage.k8s.io',
  ephemeral: false,
  ...row,
});

const core = { group: '', version: 'v1' };
const kubevirt = { group: 'kubevirt.io', version: 'v1', categories: ['all'] };
const instancetype = { group: 'instancetype.kubevirt.io', version: 'v1beta1' };

export const namespaces = define({
  ...core,
  kind: 'Namespace',
  plural: 'namespaces',
  namespaced: false,
  shortNames: ['ns'],
  statusSubresource: true,
});
/** Made anew at each start; until then it can be cordoned. */
export const nodes = define({
  ...core,
  kind: 'Node',
  plural: 'nodes',
  namespaced: false,
  shortNames: ['no'],
  verbs: [...readable, 'patch'],
  ephemeral: true,
});
/** One Pod, `virt-handler-<node>`: the door to the metrics at the path where KubeVirt has them. */
export const pods = define({
  ...core,
  kind: 'Pod',
  plural: 'pods',
  shortNames: ['po'],
  verbs: readable,
  ephemeral: true,
});
export const events = define({ ...core, kind: 'Event', plural: 'events', shortNames: ['ev'] });
export const secrets = define({ ...core, kind: 'Secret', plural: 'secrets' });
export const configMaps = define({ ...core, kind: 'ConfigMap', plural: 'configmaps', shortNames: ['cm'] });
export const services = define({
  ...core,
  kind: 'Service',
  plural: 'services',
  shortNames: ['svc'],
  categories: ['all'],
  statusSubresource: true,
});
export const persistentVolumeClaims = define({
  ...core,
  kind: 'PersistentVolumeClaim',
  plural: 'persistentvolumeclaims',
  shortNames: ['pvc'],
  statusSubresource: true,
});
export const storageClasses = define({
  group: 'storage.k8s.io',
  version: 'v1',
  kind: 'StorageClass',
  plural: 'storageclasses',
  namespaced: false,
  shortNames: ['sc'],
});
/** What is left of a storage class: the engine counts it itself. */
export const csiStorageCapacities = define({
  group: 'storage.k8s.io',
  version: 'v1',
  kind: 'CSIStorageCapacity',
  plural: 'csistoragecapacities',
  verbs: readable,
  ephemeral: true,
});
export const virtualMachines = define({
  ...kubevirt,
  kind: 'VirtualMachine',
  plural: 'virtualmachines',
  shortNames: ['vm', 'vms'],
  statusSubresource: true,
});
/** As in KubeVirt: status is no subresource of an instance. */
export const virtualMachineInstances = define({
  ...kubevirt,
  kind: 'VirtualMachineInstance',
  plural: 'virtualmachineinstances',
  shortNames: ['vmi', 'vmis'],
});
export const kubevirts = define({
  ...kubevirt,
  kind: 'KubeVirt',
  plural: 'kubevirts',
  shortNames: ['kv', 'kvs'],
  verbs: readable,
  ephemeral: true,
});
export const virtualMachineInstancetypes = define({
  ...instancetype,
  kind: 'VirtualMachineInstancetype',
  plural: 'virtualmachineinstancetypes',
  shortNames: ['vminstancetype', 'vminstancetypes', 'vmf', 'vmfs'],
});
export const virtualMachineClusterInstancetypes = define({
  ...instancetype,
  kind: 'VirtualMachineClusterInstancetype',
  plural: 'virtualmachineclusterinstancetypes',
  namespaced: false,
  shortNames: ['vmclusterinstancetype', 'vmclusterinstancetypes', 'vmcf', 'vmcfs'],
});
export const virtualMachinePreferences = define({
  ...instancetype,
  kind: 'VirtualMachinePreference',
  plural: 'virtualmachinepreferences',
  shortNames: ['vmpref', 'vmprefs', 'vmp', 'vmps'],
});
export const virtualMachineClusterPreferences = define({
  ...instancetype,
  kind: 'VirtualMachineClusterPreference',
  plural: 'virtualmachineclusterpreferences',
  namespaced: false,
  shortNames: ['vmclusterpref', 'vmclusterprefs', 'vmcp', 'vmcps'],
});
export const dataVolumes = define({
  group: 'cdi.kubevirt.io',
  version: 'v1beta1',
  kind: 'DataVolume',
  plural: 'datavolumes',
  shortNames: ['dv', 'dvs'],
  categories: ['all'],
  statusSubresource: true,
});
/** Created, answered, never kept. */
export const uploadTokenRequests = define({
  group: 'upload.cdi.kubevirt.io',
  version: 'v1beta1',
  kind: 'UploadTokenRequest',
  plural: 'uploadtokenrequests',
  shortNames: ['utr', 'utrs'],
  verbs: ['create'],
  ephemeral: true,
});

const snapshot = { group: 'snapshot.kubevirt.io', version: 'v1beta1', categories: ['all'], statusSubresource: true };
export const virtualMachineSnapshots = define({
  ...snapshot,
  kind: 'VirtualMachineSnapshot',
  plural: 'virtualmachinesnapshots',
  shortNames: ['vmsnapshot', 'vmsnapshots'],
});
export const virtualMachineSnapshotContents = define({
  ...snapshot,
  kind: 'VirtualMachineSnapshotContent',
  plural: 'virtualmachinesnapshotcontents',
  shortNames: ['vmsnapshotcontent', 'vmsnapshotcontents'],
});
export const virtualMachineRestores = define({
  ...snapshot,
  kind: 'VirtualMachineRestore',
  plural: 'virtualmachinerestores',
  shortNames: ['vmrestore', 'vmrestores'],
});
/** What a snapshot of one claim is called in Kubernetes. Its content object is not served: the data is the engine's own. */
export const volumeSnapshots = define({
  group: 'snapshot.storage.k8s.io',
  version: 'v1',
  kind: 'VolumeSnapshot',
  plural: 'volumesnapshots',
  shortNames: ['vs'],
  statusSubresource: true,
});
export const volumeSnapshotClasses = define({
  group: 'snapshot.storage.k8s.io',
  version: 'v1',
  kind: 'VolumeSnapshotClass',
  plural: 'volumesnapshotclasses',
  namespaced: false,
  shortNames: ['vsclass', 'vsclasses'],
  verbs: readable,
  ephemeral: true,
});

export const virtualMachineClones = define({
  group: 'clone.kubevirt.io',
  version: 'v1beta1',
  kind: 'VirtualMachineClone',
  plural: 'virtualmachineclones',
  shortNames: ['vmclone', 'vmclones'],
  categories: ['all'],
  statusSubresource: true,
});
export const virtualMachineExports = define({
  group: 'export.kubevirt.io',
  version: 'v1',
  kind: 'VirtualMachineExport',
  plural: 'virtualmachineexports',
  shortNames: ['vmexport', 'vmexports'],
  categories: ['all'],
  statusSubresource: true,
});

/** Of the Network Plumbing Working Group (Multus): a network that machines can have interfaces on. */
export const networkAttachmentDefinitions = define({
  group: 'k8s.cni.cncf.io',
  version: 'v1',
  kind: 'NetworkAttachmentDefinition',
  plural: 'network-attachment-definitions',
  singular: 'network-attachment-definition',
  shortNames: ['net-attach-def'],
});

/** Everything the engine serves, in discovery order. A later kind (snapshots, clones, networks) is one more row and its controller. */
export const resourceTypes: readonly ResourceType[] = [
  namespaces, nodes, pods, events, secrets, configMaps, services, persistentVolumeClaims, storageClasses,
  csiStorageCapacities,
  virtualMachines, virtualMachineInstances, kubevirts,
  virtualMachineInstancetypes, virtualMachineClusterInstancetypes, virtualMachinePreferences, virtualMachineClusterPreferences,
  dataVolumes, uploadTokenRequests,
  virtualMachineSnapshots, virtualMachineSnapshotContents, virtualMachineRestores, volumeSnapshots, volumeSnapshotClasses,
  virtualMachineClones, virtualMachineExports, networkAttachmentDefinitions,
]; // prettier-ignore

/** apiVersion of a kind's objects. */
export const apiVersionOf = (type: ResourceType): string =>
  type.group ? `${type.group}/${type.version}` : type.version;
/** e.g. `virtualmachines.kubevirt.io`, as Kubernetes names it in messages. */
export const groupResource = (type: ResourceType): string =>
  type.group ? `${type.plural}.${type.group}` : type.plural;
