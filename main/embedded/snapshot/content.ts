import { volumeSnapshotFinalizer } from '../kube/block.ts';
import type { Store } from '../store/store.ts';
import type { KubeObject, ObjectMeta, Stored } from '../kube/object.ts';
import {
  apiVersionOf,
  persistentVolumeClaims,
  virtualMachineSnapshotContents,
  volumeSnapshots,
} from '../kube/resources.ts';
import { vmSpec } from '../machine/spec.ts';
import { contentFinalizer, sourceNameLabel, sourceNamespaceLabel } from './words.ts';

/** A disk of the machine that a snapshot keeps. */
export interface VolumeBackup {
  volumeName: string;
  volumeSnapshotName: string;
  persistentVolumeClaim: { metadata: ObjectMeta; spec: Record<string, unknown> };
}
export interface ContentSpec {
  virtualMachineSnapshotName: string;
  source: { virtualMachine: Pick<KubeObject, 'metadata' | 'spec' | 'status'> };
  volumeBackups?: VolumeBackup[];
}
export const contentSpec = (content: Pick<KubeObject, 'spec'>): ContentSpec => content.spec as unknown as ContentSpec;
export const backupsOf = (content: Pick<KubeObject, 'spec'>): VolumeBackup[] =>
  contentSpec(content).volumeBackups ?? [];

export const contentNameOf = (snapshot: Stored): string => `vmsnapshot-content-${snapshot.metadata.uid}`;

/** Claims of a machine's volumes that are bound, by volume name: what a snapshot can keep. */
export function keepableClaims(store: Store, vm: Stored): Map<string, Stored> {
  const claims = new Map<string, Stored>();
  for (const volume of vmSpec(vm).template.spec?.volumes ?? []) {
    const name = volume.dataVolume?.name ?? volume.persistentVolumeClaim?.claimName;
    const claim = name === undefined ? undefined : store.get(persistentVolumeClaims, vm.metadata.namespace, name);
    if (claim && claim.status?.['phase'] === 'Bound' && !claim.metadata.deletionTimestamp)
      claims.set(volume.name, claim);
  }
  return claims;
}

/** The content of a snapshot: the machine as it is, and a VolumeSnapshot to be made for each of its disks. Pure. */
export function contentObject(snapshot: Stored, vm: Stored, claims: ReadonlyMap<string, Stored>): KubeObject {
  const backups = [...claims].map(([volumeName, claim]): VolumeBackup => ({
    volumeName,
    volumeSnapshotName: `vmsnapshot-${snapshot.metadata.uid}-volume-${volumeName}`,
    persistentVolumeClaim: { metadata: simplified(claim), spec: structuredClone(claim.spec ?? {}) },
  }));
  return {
    apiVersion: apiVersionOf(virtualMachineSnapshotContents),
    kind: virtualMachineSnapshotContents.kind,
    metadata: {
      name: contentNameOf(snapshot),
      namespace: snapshot.metadata.namespace ?? '',
      finalizers: [contentFinalizer],
    },
    spec: {
      virtualMachineSnapshotName: snapshot.metadata.name,
      source: { virtualMachine: { metadata: simplified(vm), spec: structuredClone(vm.spec ?? {}) } },
      ...(backups.length > 0 ? { volumeBackups: backups } : {}),
    },
  };
}

/** The VolumeSnapshot of one disk of a content. Pure. */
export function volumeSnapshotObject(content: Stored, backup: VolumeBackup): KubeObject {
  const { name = '', namespace = '' } = contentSpec(content).source.virtualMachine.metadata;
  return {
    apiVersion: apiVersionOf(volumeSnapshots),
    kind: volumeSnapshots.kind,
    metadata: {
      name: backup.volumeSnapshotName,
      namespace: content.metadata.namespace ?? '',
      labels: { [sourceNameLabel]: name, [sourceNamespaceLabel]: namespace },
      // From the first: a deletion before it is told as taken must not leave its data behind.
      finalizers: [volumeSnapshotFinalizer],
      ownerReferences: [
        {
          apiVersion: content.apiVersion,
          kind: content.kind,
          name: content.metadata.name,
          uid: content.metadata.uid,
          controller: true,
          blockOwnerDeletion: true,
        },
      ],
    },
    spec: {
      source: { persistentVolumeClaimName: backup.persistentVolumeClaim.metadata.name },
      volumeSnapshotClassName: 'hearth',
    },
  };
}

/** What of an object's metadata a content keeps, as in KubeVirt. */
function simplified({ metadata }: Stored): ObjectMeta {
  const { name, namespace, uid, labels, annotations, generation, creationTimestamp } = metadata;
  return {
    name,
    uid,
    ...(namespace ? { namespace } : {}),
    ...(labels ? { labels: { ...labels } } : {}),
    ...(annotations ? { annotations: { ...annotations } } : {}),
    ...(generation === undefined ? {} : { generation }),
    ...(creationTimestamp ? { creationTimestamp } : {}),
  };
}
