/** A Kubernetes kind as the backend addresses it. */
export interface Kind {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  readonly plural: string;
  readonly namespaced: boolean;
}
const core = (kind: string, plural: string, namespaced = true): Kind => ({
  group: '',
  version: 'v1',
  kind,
  plural,
  namespaced,
});
const of = (group: string, version: string, kind: string, plural: string, namespaced = true): Kind => ({
  group,
  version,
  kind,
  plural,
  namespaced,
});

export const kinds = {
  namespaces: core('Namespace', 'namespaces', false),
  nodes: core('Node', 'nodes', false),
  pods: core('Pod', 'pods'),
  events: core('Event', 'events'),
  secrets: core('Secret', 'secrets'),
  configMaps: core('ConfigMap', 'configmaps'),
  services: core('Service', 'services'),
  deployments: of('apps', 'v1', 'Deployment', 'deployments'),
  statefulSets: of('apps', 'v1', 'StatefulSet', 'statefulsets'),
  daemonSets: of('apps', 'v1', 'DaemonSet', 'daemonsets'),
  jobs: of('batch', 'v1', 'Job', 'jobs'),
  resourceQuotas: core('ResourceQuota', 'resourcequotas'),
  persistentVolumeClaims: core('PersistentVolumeClaim', 'persistentvolumeclaims'),
  storageClasses: of('storage.k8s.io', 'v1', 'StorageClass', 'storageclasses', false),
  /** What is left of a storage class, as its driver tells. */
  storageCapacities: of('storage.k8s.io', 'v1', 'CSIStorageCapacity', 'csistoragecapacities'),
  volumeSnapshotClasses: of('snapshot.storage.k8s.io', 'v1', 'VolumeSnapshotClass', 'volumesnapshotclasses', false),
  storageProfiles: of('cdi.kubevirt.io', 'v1beta1', 'StorageProfile', 'storageprofiles', false),
  networkAttachmentDefinitions: of(
    'k8s.cni.cncf.io',
    'v1',
    'NetworkAttachmentDefinition',
    'network-attachment-definitions',
  ),
  virtualMachines: of('kubevirt.io', 'v1', 'VirtualMachine', 'virtualmachines'),
  virtualMachineInstances: of('kubevirt.io', 'v1', 'VirtualMachineInstance', 'virtualmachineinstances'),
  kubevirts: of('kubevirt.io', 'v1', 'KubeVirt', 'kubevirts'),
  virtualMachineInstanceMigrations: of(
    'kubevirt.io',
    'v1',
    'VirtualMachineInstanceMigration',
    'virtualmachineinstancemigrations',
  ),
  virtualMachineSnapshots: of('snapshot.kubevirt.io', 'v1beta1', 'VirtualMachineSnapshot', 'virtualmachinesnapshots'),
  virtualMachineSnapshotContents: of(
    'snapshot.kubevirt.io',
    'v1beta1',
    'VirtualMachineSnapshotContent',
    'virtualmachinesnapshotcontents',
  ),
  virtualMachineRestores: of('snapshot.kubevirt.io', 'v1beta1', 'VirtualMachineRestore', 'virtualmachinerestores'),
  virtualMachineClones: of('clone.kubevirt.io', 'v1beta1', 'VirtualMachineClone', 'virtualmachineclones'),
  virtualMachineExports: of('export.kubevirt.io', 'v1', 'VirtualMachineExport', 'virtualmachineexports'),
  dataVolumes: of('cdi.kubevirt.io', 'v1beta1', 'DataVolume', 'datavolumes'),
  uploadTokenRequests: of('upload.cdi.kubevirt.io', 'v1beta1', 'UploadTokenRequest', 'uploadtokenrequests'),
  dataSources: of('cdi.kubevirt.io', 'v1beta1', 'DataSource', 'datasources'),
  cdiConfigs: of('cdi.kubevirt.io', 'v1beta1', 'CDIConfig', 'cdiconfigs', false),
  instancetypes: of(
    'instancetype.kubevirt.io',
    'v1beta1',
    'VirtualMachineClusterInstancetype',
    'virtualmachineclusterinstancetypes',
    false,
  ),
  preferences: of(
    'instancetype.kubevirt.io',
    'v1beta1',
    'VirtualMachineClusterPreference',
    'virtualmachineclusterpreferences',
    false,
  ),
} as const satisfies Record<string, Kind>;

export const apiVersionOf = (kind: Kind): string => (kind.group ? `${kind.group}/${kind.version}` : kind.version);

/** The kind of an object of ours, by its apiVersion and kind. */
export const kindOf = (object: { apiVersion: string; kind: string }): Kind | undefined =>
  Object.values(kinds).find((kind) => kind.kind === object.kind && apiVersionOf(kind) === object.apiVersion);

/** Path of a collection or of one object; every part is encoded. */
export function pathOf(kind: Kind, namespace?: string, name?: string, subresource?: string): string {
  const parts = kind.group ? ['apis', kind.group, kind.version] : ['api', kind.version];
  if (kind.namespaced && namespace !== undefined) parts.push('namespaces', namespace);
  parts.push(kind.plural);
  if (name !== undefined) parts.push(name);
  if (subresource !== undefined) parts.push(subresource);
  return `/${parts.map(encodeURIComponent).join('/')}`;
}

/** Path under subresources.kubevirt.io, e.g. `virtualmachineinstances/web/vnc`. */
export const subresourcePath = (
  kind: Kind,
  ref: { namespace: string; name: string },
  ...rest: [string, ...string[]]
): string =>
  `/apis/subresources.kubevirt.io/v1/${['namespaces', ref.namespace, kind.plural, ref.name, ...rest].map(encodeURIComponent).join('/')}`;

/** namespace/name, or the name alone of a cluster-scoped object. */
export const keyOf = (object: { metadata: { namespace?: string; name?: string } }): string =>
  object.metadata.namespace ? `${object.metadata.namespace}/${object.metadata.name}` : (object.metadata.name ?? '');
