import type { Condition, KubeObject } from '../kube/object.ts';
import { kubeTime } from '../machine/spec.ts';

/** Names and texts are KubeVirt's (pkg/storage/snapshot, v1.9) where it has them. */
export const snapshotFinalizer = 'snapshot.kubevirt.io/vmsnapshot-protection';
export const contentFinalizer = 'snapshot.kubevirt.io/vmsnapshotcontent-protection';
export const restoreFinalizer = 'snapshot.kubevirt.io/vmrestore-protection';
export const sourceNameLabel = 'snapshot.kubevirt.io/source-vm-name';
export const sourceNamespaceLabel = 'snapshot.kubevirt.io/source-vm-namespace';
export const lastRestoreAnnotation = 'restore.kubevirt.io/lastRestoreUID';
export const populatedForAnnotation = 'cdi.kubevirt.io/storage.populatedFor';
/** Ours: asks a snapshot (or a restore) to keep (or start from) the guest's memory too. */
export const memoryAnnotation = 'hearth.dev/memory';
/** Ours, on a snapshot: bytes of the memory that it kept. */
export const memorySizeAnnotation = 'hearth.dev/memory-size';
/** Ours, on a snapshot: why the memory that was asked for was not kept. */
export const memoryMissingAnnotation = 'hearth.dev/memory-missing';
/** Ours, on a snapshot: bytes on disk of the layers that it keeps. */
export const diskSizeAnnotation = 'hearth.dev/disk-size';
/** Ours, on a machine: the content whose memory its next start is to go on from. */
export const startFromAnnotation = 'hearth.dev/start-from-memory';

export const defaultDeadline = 5 * 60_000;
export const graceOfRestore = 5 * 60_000;

export const indicationWords: Readonly<Record<string, string>> = {
  Online: 'Snapshot taken while the VM was running. Consistency depends on guest-agent quiescing.',
  GuestAgent: 'Guest agent was active and attempted to quiesce the filesystem for application consistency.',
  NoGuestAgent: 'Guest agent was not available. Snapshot is crash-consistent and may not be application-consistent.',
  Paused: 'Snapshot taken while the VM was paused. Snapshot is crash-consistent and may not be application-consistent.',
  PartialSnapshot:
    'Not all snapshotable volumes were included in the snapshot. Check status.snapshotVolumes for excluded volumes and VM VolumeSnapshotStatus for details.',
  QuiesceFailed:
    'The guest agent could not quiesce the file systems. Snapshot is crash-consistent and may not be application-consistent.',
  Memory: 'The memory of the guest was kept at the same moment: a restore can go on from there.',
};

/** Sets a condition as KubeVirt does: what it says is the reason. */
export function setReason(draft: KubeObject, type: string, status: Condition['status'], reason: string): void {
  const conditions = ((draft.status ??= {})['conditions'] ??= []) as Condition[];
  const old = conditions.find((each) => each.type === type);
  if (old?.status === status && old.reason === reason) return;
  const now = kubeTime();
  const next: Condition = {
    type,
    status,
    reason,
    lastProbeTime: null,
    lastTransitionTime: old?.status === status ? (old.lastTransitionTime ?? now) : now,
  };
  if (old) conditions.splice(conditions.indexOf(old), 1, next);
  else conditions.push(next);
}

export const hasCondition = (object: Pick<KubeObject, 'status'>, type: string, status = 'True'): boolean =>
  ((object.status?.['conditions'] as Condition[] | undefined) ?? []).some(
    (each) => each.type === type && each.status === status,
  );
