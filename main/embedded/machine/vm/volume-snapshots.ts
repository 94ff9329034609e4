import type { Stored } from '../../kube/object.ts';
import { persistentVolumeClaims, volumeSnapshotClasses, storageClasses } from '../../kube/resources.ts';
import type { Store } from '../../store/store.ts';
import { vmSpec } from '../spec.ts';
import type { VmStatus } from '../spec.ts';

/** Which of a machine's volumes a snapshot can keep, with KubeVirt's reasons (pkg/storage/snapshot/snapshot.go). */
export function volumeSnapshotStatuses(store: Store, vm: Stored): NonNullable<VmStatus['volumeSnapshotStatuses']> {
  return (vmSpec(vm).template.spec?.volumes ?? []).map((volume) => {
    const { name } = volume;
    const no = (reason: string) => ({ name, enabled: false, reason });
    const claimName = volume.dataVolume?.name ?? volume.persistentVolumeClaim?.claimName;
    if (claimName === undefined) return no(`Snapshot is not supported for this volumeSource type [${name}]`);
    const claim = store.get(persistentVolumeClaims, vm.metadata.namespace, claimName);
    if (!claim) return no('PVC not found');
    const className = claim.spec?.['storageClassName'];
    const storage = store.get(storageClasses, undefined, typeof className === 'string' ? className : '');
    const classes = store.list(volumeSnapshotClasses);
    if (!storage || !classes.some((each) => each['driver'] === storage['provisioner']))
      return no(`No VolumeSnapshotClass: Volume snapshots are not configured for this StorageClass [${String(className)}] [${name}]`); // prettier-ignore
    return { name, enabled: true };
  });
}
