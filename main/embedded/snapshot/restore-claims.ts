import type { EngineContext } from '../kube/context.ts';
import type { OwnerReference, Stored } from '../kube/object.ts';
import { persistentVolumeClaims, volumeSnapshots } from '../kube/resources.ts';
import { backupsOf } from './content.ts';
import { lastRestoreOf, restoredClaim, restoreSpec } from './restored-machine.ts';
import type { VolumeRestore } from './restored-machine.ts';
import { lastRestoreAnnotation } from './words.ts';

/** Makes the claims of a restore. True once all of them have their data; the store tells when to look again. */
export function restoreClaims(
  context: EngineContext,
  restore: Stored,
  content: Stored,
  entries: readonly VolumeRestore[],
  owner: OwnerReference | undefined,
): boolean {
  const { store } = context;
  const { namespace } = restore.metadata;
  const inPlace = restoreSpec(restore).volumeRestorePolicy === 'InPlace';
  let ready = true;
  for (const entry of entries) {
    const claim = store.get(persistentVolumeClaims, namespace, entry.persistentVolumeClaim);
    const mine = claim?.metadata.annotations?.[lastRestoreAnnotation] === lastRestoreOf(restore);
    if (claim && mine && claim.status?.['phase'] === 'Bound') continue;
    ready = false;
    if (claim?.metadata.deletionTimestamp || (claim && mine)) continue;
    if (claim && !inPlace)
      throw new Error(
        `PVC ${namespace}/${entry.persistentVolumeClaim} already exists and does not belong to this restore`,
      );
    if (claim) {
      store.delete(persistentVolumeClaims, namespace, claim.metadata.name);
      continue;
    }
    const backup = backupsOf(content).find(({ volumeName }) => volumeName === entry.volumeName);
    const snapshot = store.get(volumeSnapshots, namespace, entry.volumeSnapshotName);
    if (!backup || !snapshot) throw new Error(`VolumeSnapshot ${entry.volumeSnapshotName} does not exist`);
    store.create(
      persistentVolumeClaims,
      restoredClaim(restore, content, backup, entry, snapshot.status?.['restoreSize'], owner),
    );
  }
  return ready;
}
