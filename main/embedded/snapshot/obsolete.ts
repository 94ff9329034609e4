import type { EngineContext } from '../kube/context.ts';
import type { Stored } from '../kube/object.ts';
import { dataVolumes, persistentVolumeClaims } from '../kube/resources.ts';
import { vmSpec } from '../machine/spec.ts';
import { backupsOf } from './content.ts';
import type { VolumeRestore } from './restored-machine.ts';

/**
 * Deletes the disks that a restore replaced, where they belong to the machine: DataVolumes of its templates, and claims of
 * an earlier restore. What it only used (a claim of the user's) stays. Answers the DataVolumes' names.
 */
export function deleteObsolete(
  context: EngineContext,
  machine: Stored,
  content: Stored,
  entries: readonly VolumeRestore[],
): string[] {
  const { store } = context;
  const { namespace, uid } = machine.metadata;
  const spec = vmSpec(machine);
  const used = new Set([
    ...entries.map(({ persistentVolumeClaim }) => persistentVolumeClaim),
    ...(spec.dataVolumeTemplates ?? []).map(({ metadata }) => (metadata as { name?: string }).name),
    ...(spec.template.spec?.volumes ?? []).map(
      (volume) => volume.dataVolume?.name ?? volume.persistentVolumeClaim?.claimName,
    ),
  ]);
  const owned = (object: Stored): boolean =>
    object.metadata.ownerReferences?.some((owner) => owner.uid === uid) === true && !used.has(object.metadata.name);
  const deleted: string[] = [];
  for (const volume of store.list(dataVolumes, namespace)) {
    if (!owned(volume)) continue;
    store.delete(dataVolumes, namespace, volume.metadata.name);
    deleted.push(volume.metadata.name);
  }
  for (const claim of store.list(persistentVolumeClaims, namespace))
    if (owned(claim)) store.delete(persistentVolumeClaims, namespace, claim.metadata.name);
  context.log.info({ machine: machine.metadata.name, deleted, restored: backupsOf(content).length }, 'restored');
  return deleted;
}
