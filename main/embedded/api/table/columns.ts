import type { Stored } from '../../kube/object.ts';
import type { ResourceType } from '../../kube/resources.ts';
import * as kinds from '../../kube/resources.ts';
import { isMap } from '../patch/merge-patch.ts';
import type { Column } from './cells.ts';
import { age, ageColumn, column, conditionColumn, dateColumn, dig, nameColumn, orNone, text } from './cells.ts';

const wide = { priority: 1 };
const count = (object: Stored, ...fields: string[]): number =>
  fields.reduce((sum, field) => sum + (isMap(object[field]) ? Object.keys(object[field]).length : 0), 0);

const accessModes = (object: Stored): string => {
  const modes = dig(object, 'status', 'accessModes');
  const short: Record<string, string> = { ReadWriteOnce: 'RWO', ReadOnlyMany: 'ROX', ReadWriteMany: 'RWX', ReadWriteOncePod: 'RWOP' }; // prettier-ignore
  return Array.isArray(modes) ? modes.map((mode) => short[text(mode)] ?? text(mode)).join(',') : '';
};
const ports = (object: Stored): string => {
  const list = dig(object, 'spec', 'ports');
  if (!Array.isArray(list) || list.length === 0) return '<none>';
  return list.map((port) => `${text(dig(port, 'port'))}${dig(port, 'nodePort') ? `:${text(dig(port, 'nodePort'))}` : ''}/${text(dig(port, 'protocol')) || 'TCP'}`).join(','); // prettier-ignore
};
const externalIp = (object: Stored): string => {
  const ingress = dig(object, 'status', 'loadBalancer', 'ingress');
  const addresses = Array.isArray(ingress)
    ? ingress.map((entry) => text(dig(entry, 'ip')) || text(dig(entry, 'hostname')))
    : [];
  if (addresses.length > 0) return addresses.join(',');
  return dig(object, 'spec', 'type') === 'LoadBalancer' ? '<pending>' : '<none>';
};
const selector = (object: Stored): string => {
  const map = dig(object, 'spec', 'selector');
  return isMap(map) ? Object.entries(map).map(([key, value]) => `${key}=${text(value)}`).join(',') || '<none>' : '<none>'; // prettier-ignore
};
const nodeAddress = (type: string) => (object: Stored) => {
  const list = dig(object, 'status', 'addresses');
  return orNone(
    Array.isArray(list)
      ? dig(
          list.find((entry) => dig(entry, 'type') === type),
          'address',
        )
      : undefined,
  );
};
const roles = (object: Stored): string =>
  Object.keys(object.metadata.labels ?? {})
    .filter((label) => label.startsWith('node-role.kubernetes.io/'))
    .map((label) => label.split('/')[1])
    .join(',') || '<none>';
const ready = (object: Stored): string => {
  const list = dig(object, 'status', 'conditions');
  const found: unknown = Array.isArray(list) ? list.find((entry) => dig(entry, 'type') === 'Ready') : undefined;
  return dig(found, 'status') === 'True' ? 'Ready' : found ? 'NotReady' : 'Unknown';
};
const containers = (object: Stored): string => {
  const list = dig(object, 'status', 'containerStatuses');
  const all = Array.isArray(list) ? list : [];
  return `${all.filter((entry) => dig(entry, 'ready') === true).length}/${all.length}`;
};
const about = (object: Stored): string =>
  `${text(dig(object, 'involvedObject', 'kind')).toLowerCase()}/${text(dig(object, 'involvedObject', 'name'))}`;
const firstIp = (object: Stored): unknown => {
  const list = dig(object, 'status', 'interfaces');
  return Array.isArray(list) ? (dig(list[0], 'ipAddress') ?? '') : '';
};

const error = column('Error', 'status.error.message');

const instancetype: Column[] = [nameColumn, dateColumn];
const sized: Column[] = [nameColumn, column('vCPU', 'spec.cpu.guest', { type: 'integer' }), column('Memory', 'spec.memory.guest'), dateColumn]; // prettier-ignore

/** Columns as kubectl (core kinds) and the CRDs of KubeVirt and CDI print them. */
const byType = new Map<ResourceType, Column[]>([
  [kinds.namespaces, [nameColumn, column('Status', 'status.phase'), ageColumn]],
  [kinds.nodes, [
    nameColumn,
    { name: 'Status', type: 'string', cell: ready },
    { name: 'Roles', type: 'string', cell: roles },
    ageColumn,
    column('Version', 'status.nodeInfo.kubeletVersion'),
    { name: 'Internal-IP', type: 'string', cell: nodeAddress('InternalIP'), ...wide },
    { name: 'External-IP', type: 'string', cell: nodeAddress('ExternalIP'), ...wide },
    column('OS-Image', 'status.nodeInfo.osImage', wide),
    column('Kernel-Version', 'status.nodeInfo.kernelVersion', wide),
    column('Container-Runtime', 'status.nodeInfo.containerRuntimeVersion', wide),
  ]],
  [kinds.pods, [
    nameColumn,
    { name: 'Ready', type: 'string', cell: containers },
    column('Status', 'status.phase'),
    { name: 'Restarts', type: 'string', cell: () => '0' },
    ageColumn,
    { name: 'IP', type: 'string', cell: (object) => orNone(dig(object, 'status', 'podIP')), ...wide },
    { name: 'Node', type: 'string', cell: (object) => orNone(dig(object, 'spec', 'nodeName')), ...wide },
    { name: 'Nominated Node', type: 'string', cell: () => '<none>', ...wide },
    { name: 'Readiness Gates', type: 'string', cell: () => '<none>', ...wide },
  ]],
  [kinds.events, [
    { name: 'Last Seen', type: 'string', cell: (object) => age(object['lastTimestamp'] ?? object['eventTime'] ?? object.metadata.creationTimestamp) },
    column('Type', 'type'),
    column('Reason', 'reason'),
    { name: 'Object', type: 'string', cell: about },
    column('Subobject', 'involvedObject.fieldPath', wide),
    column('Source', 'source.component', wide),
    { name: 'Message', type: 'string', cell: (object) => text(object['message']).trim() },
    { name: 'First Seen', type: 'string', cell: (object) => age(object['firstTimestamp'] ?? object.metadata.creationTimestamp), ...wide },
    column('Count', 'count', wide),
    { ...nameColumn, ...wide },
  ]],
  [kinds.secrets, [nameColumn, column('Type', 'type'), { name: 'Data', type: 'string', cell: (object) => count(object, 'data') }, ageColumn]],
  [kinds.configMaps, [nameColumn, { name: 'Data', type: 'string', cell: (object) => count(object, 'data', 'binaryData') }, ageColumn]],
  [kinds.services, [
    nameColumn,
    { name: 'Type', type: 'string', cell: (object) => text(dig(object, 'spec', 'type')) || 'ClusterIP' },
    { name: 'Cluster-IP', type: 'string', cell: (object) => orNone(dig(object, 'spec', 'clusterIP')) },
    { name: 'External-IP', type: 'string', cell: externalIp },
    { name: 'Port(s)', type: 'string', cell: ports },
    ageColumn,
    { name: 'Selector', type: 'string', cell: selector, ...wide },
  ]],
  [kinds.persistentVolumeClaims, [
    nameColumn,
    { name: 'Status', type: 'string', cell: (claim) => (claim.metadata.deletionTimestamp ? 'Terminating' : text(dig(claim, 'status', 'phase'))) },
    column('Volume', 'spec.volumeName'),
    column('Capacity', 'status.capacity.storage'),
    { name: 'Access Modes', type: 'string', cell: accessModes },
    column('StorageClass', 'spec.storageClassName'),
    { name: 'VolumeAttributesClass', type: 'string', cell: () => '<unset>' },
    ageColumn,
    { name: 'VolumeMode', type: 'string', cell: (object) => text(dig(object, 'spec', 'volumeMode')) || 'Filesystem', ...wide },
  ]],
  [kinds.storageClasses, [
    { ...nameColumn, cell: (object) => `${object.metadata.name}${object.metadata.annotations?.['storageclass.kubernetes.io/is-default-class'] === 'true' ? ' (default)' : ''}` },
    column('Provisioner', 'provisioner'),
    { name: 'ReclaimPolicy', type: 'string', cell: (object) => text(object['reclaimPolicy']) || 'Delete' },
    { name: 'VolumeBindingMode', type: 'string', cell: (object) => text(object['volumeBindingMode']) || 'Immediate' },
    { name: 'AllowVolumeExpansion', type: 'string', cell: (object) => String(object['allowVolumeExpansion'] === true) },
    ageColumn,
  ]],
  [kinds.virtualMachines, [nameColumn, dateColumn, column('Status', 'status.printableStatus'), conditionColumn('Ready', 'Ready')]],
  [kinds.virtualMachineInstances, [
    nameColumn,
    dateColumn,
    column('Phase', 'status.phase'),
    { name: 'IP', type: 'string', cell: firstIp },
    column('NodeName', 'status.nodeName'),
    conditionColumn('Ready', 'Ready'),
    conditionColumn('Live-Migratable', 'LiveMigratable', wide),
    conditionColumn('Paused', 'Paused', wide),
  ]],
  [kinds.kubevirts, [nameColumn, dateColumn, column('Phase', 'status.phase')]],
  [kinds.virtualMachineInstancetypes, sized],
  [kinds.virtualMachineClusterInstancetypes, sized],
  [kinds.virtualMachinePreferences, instancetype],
  [kinds.virtualMachineClusterPreferences, instancetype],
  [kinds.dataVolumes, [
    nameColumn,
    { ...column('Phase', 'status.phase'), description: 'The phase the data volume is in' },
    { ...column('Progress', 'status.progress'), description: 'Transfer progress in percentage if known, N/A otherwise' },
    { ...column('Restarts', 'status.restartCount', { type: 'integer' }), description: 'The number of times the transfer has been restarted.' },
    dateColumn,
  ]],
  [kinds.virtualMachineSnapshots, [
    nameColumn,
    column('SourceKind', 'spec.source.kind'),
    column('SourceName', 'spec.source.name'),
    column('Phase', 'status.phase'),
    column('ReadyToUse', 'status.readyToUse', { type: 'boolean' }),
    column('CreationTime', 'status.creationTime', { type: 'date' }),
    error,
  ]],
  [kinds.virtualMachineSnapshotContents, [
    nameColumn,
    column('ReadyToUse', 'status.readyToUse', { type: 'boolean' }),
    column('CreationTime', 'status.creationTime', { type: 'date' }),
    error,
  ]],
  [kinds.virtualMachineRestores, [
    nameColumn,
    column('TargetKind', 'spec.target.kind'),
    column('TargetName', 'spec.target.name'),
    column('Complete', 'status.complete', { type: 'boolean' }),
    column('RestoreTime', 'status.restoreTime', { type: 'date' }),
    error,
  ]],
  [kinds.volumeSnapshots, [
    nameColumn,
    column('ReadyToUse', 'status.readyToUse', { type: 'boolean' }),
    column('SourcePVC', 'spec.source.persistentVolumeClaimName'),
    column('SourceSnapshotContent', 'spec.source.volumeSnapshotContentName'),
    column('RestoreSize', 'status.restoreSize'),
    column('SnapshotClass', 'spec.volumeSnapshotClassName'),
    column('SnapshotContent', 'status.boundVolumeSnapshotContentName'),
    column('CreationTime', 'status.creationTime', { type: 'date' }),
    dateColumn,
  ]],
  [kinds.volumeSnapshotClasses, [nameColumn, column('Driver', 'driver'), column('DeletionPolicy', 'deletionPolicy'), dateColumn]],
]); // prettier-ignore

export const columnsOf = (type: ResourceType): readonly Column[] => byType.get(type) ?? [nameColumn, ageColumn];
