import type { DiskSource } from '../kube/block.ts';
import type { Stored } from '../kube/object.ts';
import {
  persistentVolumeClaims,
  virtualMachineInstances,
  virtualMachines,
  virtualMachineSnapshotContents,
  virtualMachineSnapshots,
  volumeSnapshots,
} from '../kube/resources.ts';
import { isFinal, vmSpec } from '../machine/spec.ts';
import { backupsOf } from '../snapshot/content.ts';
import type { Store } from '../store/store.ts';
import { exportSpec } from './words.ts';

/** One disk of an export, by the name of its claim, as in KubeVirt's links. */
export interface ExportVolume {
  name: string;
  source: DiskSource;
}
/** Whose TPM and UEFI variables go along: a machine's by its uid, or a snapshot's by that of its content. */
export interface StateOf {
  kind: 'machine' | 'content';
  uid: string;
}
/** What an export is of, or why it cannot be handed out now (KubeVirt's reasons). */
export type Resolved =
  | { machine?: string; volumes: ExportVolume[]; state?: StateOf }
  | { machine?: string; reason: string; message: string; skipped?: boolean };

/** Finds the disks of an export's source. Pure but for the store. */
export function resolveSource(store: Store, object: Stored): Resolved {
  const { source } = exportSpec(object);
  const { namespace = '' } = object.metadata;
  if (source.kind === 'VirtualMachineSnapshot') return ofSnapshot(store, namespace, source.name);
  if (source.kind === 'PersistentVolumeClaim') return ofClaim(store, namespace, source.name);
  return ofMachine(store, namespace, source.name);
}

function ofMachine(store: Store, namespace: string, name: string): Resolved {
  const vm = store.get(virtualMachines, namespace, name);
  if (!vm) return { machine: name, reason: 'VMNotFound', message: `Virtual Machine ${namespace}/${name} not found` };
  const names = (vmSpec(vm).template.spec?.volumes ?? []).flatMap(
    (volume) => volume.dataVolume?.name ?? volume.persistentVolumeClaim?.claimName ?? [],
  );
  if (names.length === 0)
    return { machine: name, reason: 'NoVolumeInVM', message: `Virtual Machine ${namespace}/${name} has no volumes`, skipped: true }; // prettier-ignore
  const missing = names.some(
    (claim) => store.get(persistentVolumeClaims, namespace, claim)?.status?.['phase'] !== 'Bound',
  );
  if (missing)
    return { machine: name, reason: 'VolumesNotPopulated', message: `Not all volumes in the Virtual Machine ${namespace}/${name} are populated` }; // prettier-ignore
  const vmi = store.get(virtualMachineInstances, namespace, name);
  if (vmi && !isFinal(vmi))
    return { machine: name, reason: 'InUse', message: `Virtual Machine ${namespace}/${name} is running` };
  return {
    machine: name,
    volumes: [...new Set(names)].map((claim) => ({ name: claim, source: { namespace, claim } })),
    state: { kind: 'machine', uid: vm.metadata.uid },
  };
}

function ofClaim(store: Store, namespace: string, name: string): Resolved {
  const claim = store.get(persistentVolumeClaims, namespace, name);
  if (!claim) return { reason: 'PVCNotFound', message: `pvc ${namespace}/${name} not found` };
  if (claim.status?.['phase'] !== 'Bound')
    return { reason: 'PVCPending', message: `pvc ${namespace}/${name} is not bound` };
  return { volumes: [{ name, source: { namespace, claim: name } }] };
}

function ofSnapshot(store: Store, namespace: string, name: string): Resolved {
  const snapshot = store.get(virtualMachineSnapshots, namespace, name);
  if (!snapshot)
    return { reason: 'VMSnapshotNotFound', message: `VirtualMachineSnapshot ${namespace}/${name} not found` };
  const machine = String((snapshot.spec?.['source'] as { name?: string } | undefined)?.name);
  const content = store.get(
    virtualMachineSnapshotContents,
    namespace,
    String(snapshot.status?.['virtualMachineSnapshotContentName']),
  );
  if (snapshot.status?.['readyToUse'] !== true || !content)
    return {
      machine,
      reason: 'NotAllPVCsCreated',
      message: `VirtualMachineSnapshot ${namespace}/${name} is not ready`,
    };
  const volumes = backupsOf(content).flatMap((backup): ExportVolume[] => {
    const kept = store.get(volumeSnapshots, namespace, backup.volumeSnapshotName);
    return kept ? [{ name: backup.persistentVolumeClaim.metadata.name ?? '', source: { snapshot: kept } }] : [];
  });
  if (volumes.length === 0)
    return { machine, reason: 'VMSnapshotNoVolumes', message: `VirtualMachineSnapshot ${namespace}/${name} does not contain any volume snapshots`, skipped: true }; // prettier-ignore
  return { machine, volumes, state: { kind: 'content', uid: content.metadata.uid } };
}
