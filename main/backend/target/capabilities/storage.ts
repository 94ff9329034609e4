import type { KubeObject } from '../../../contract/kube.ts';
import { pick, pickList, pickText, pickTexts } from '../pick.ts';
import type { Findings } from './findings.ts';
import { gateOpen, openGate } from './gates.ts';
import { first, lack, unless } from './words.ts';
import type { Lack } from './words.ts';

const isDefault = (object: KubeObject, annotation: string): boolean =>
  object.metadata.annotations?.[annotation] === 'true';

/** The class that machines' disks get when nobody names one: CDI's default for virtual machines, then the cluster's. Pure. */
export const defaultClass = (classes: readonly KubeObject[]): KubeObject | undefined =>
  classes.find((each) => isDefault(each, 'storageclass.kubevirt.io/is-default-virt-class')) ??
  classes.find((each) => isDefault(each, 'storageclass.kubernetes.io/is-default-class'));

const snapshotted = ({ snapshotClasses }: Findings, storage: KubeObject): boolean =>
  snapshotClasses.some((each) => pickText(each, 'driver') === pickText(storage, 'provisioner'));

/** Whether the disks of new machines can be snapshotted: a class without a driver for it gives snapshots without disks. Pure. */
export function snapshotLack(found: Findings): Lack {
  const { groups, kubevirt, storageClasses } = found;
  const standard = defaultClass(storageClasses);
  const name = standard?.metadata.name ?? '';
  return first(
    unless(
      groups.has('snapshot.kubevirt.io'),
      'The target has no snapshots (snapshot.kubevirt.io is not served).',
      'Use a target with snapshots: KubeVirt on this computer or on a box.',
    ),
    unless(gateOpen(kubevirt, 'Snapshot') !== false, 'Snapshots are switched off in KubeVirt.', openGate('Snapshot')),
    unless(
      groups.has('snapshot.storage.k8s.io'),
      'The storage class has no snapshot driver.',
      'Use storage whose CSI driver can snapshot; it brings the VolumeSnapshot API and a VolumeSnapshotClass.',
    ),
    () => {
      const others = storageClasses.filter((each) => snapshotted(found, each)).map(({ metadata }) => metadata.name);
      if (standard ? snapshotted(found, standard) : others.length > 0) return undefined;
      return lack(
        standard
          ? `No VolumeSnapshotClass belongs to the storage class ${name}.`
          : 'No storage class has a VolumeSnapshotClass.',
        others.length > 0
          ? `Disks on ${others.join(', ')} can be snapshotted: make it the default, or choose it for the disk.`
          : `Add a VolumeSnapshotClass for the driver of ${name || 'the storage'}, if that driver can snapshot.`,
      );
    },
  );
}

/** VirtualMachineClone copies by snapshot. Pure. */
export const cloneLack = (found: Findings): Lack =>
  first(
    unless(
      found.groups.has('clone.kubevirt.io'),
      'The target has no machine clones (clone.kubevirt.io is not served).',
      'Use a target with machine clones: KubeVirt on this computer or on a box.',
    ),
    () => {
      const missing = snapshotLack(found);
      return missing && lack(`Clones are made by snapshot. ${missing.reason}`, missing.remedy);
    },
  );

export const exportLack = ({ groups, kubevirt }: Findings): Lack =>
  first(
    unless(
      groups.has('export.kubevirt.io'),
      'The target exports no machines (export.kubevirt.io is not served).',
      'Use a target with KubeVirt 1.7 or later.',
    ),
    unless(gateOpen(kubevirt, 'VMExport') !== false, 'Exports are switched off in KubeVirt.', openGate('VMExport')),
  );

/** KubeVirt 1.9 has it on, by declaration in the machine; older ones have a gate that must be named. Pure. */
export const hotplugLack = ({ groups, kubevirt }: Findings): Lack =>
  first(
    unless(groups.has('cdi.kubevirt.io'), 'New disks need CDI, which is not installed.', 'Install CDI on the target.'),
    unless(
      gateOpen(kubevirt, 'DeclarativeHotplugVolumes') !== false || gateOpen(kubevirt, 'HotplugVolumes') === true,
      'Disks cannot be attached while a machine runs: it is switched off in KubeVirt.',
      openGate('HotplugVolumes'),
    ),
  );

/** Why a drive without a disc is refused. */
export const drivesStandEmpty = lack(
  'Drives cannot stand empty: it is switched off in KubeVirt.',
  `${openGate('DeclarativeHotplugVolumes')} HotplugVolumes must not stand there then.`,
);

/**
 * Whether a drive may stand empty, and be filled and emptied: a drive without a volume is taken only where volumes are
 * declared, and the older gate goes before (kubevirt.io/user-guide/storage/hotplug_volumes). Pure.
 */
export const drivesLack = ({ kubevirt }: Findings): Lack =>
  first(
    gateOpen(kubevirt, 'DeclarativeHotplugVolumes') === false ? drivesStandEmpty : undefined,
    unless(
      gateOpen(kubevirt, 'HotplugVolumes') !== true,
      'Drives cannot stand empty: KubeVirt has an older way of attaching disks switched on.',
      'Take HotplugVolumes out of spec.configuration.developerConfiguration.featureGates of the KubeVirt object.',
    ),
  );

export const growLack = ({ kubevirt, storageClasses }: Findings): Lack => {
  const standard = defaultClass(storageClasses);
  return first(
    unless(
      storageClasses.length === 0 || standard !== undefined,
      'No storage class is the default one.',
      'Annotate one with storageclass.kubernetes.io/is-default-class=true.',
    ),
    unless(
      standard === undefined || pick(standard, 'allowVolumeExpansion') === true,
      `The storage class ${standard?.metadata.name ?? ''} does not let disks grow.`,
      'Use a storage class with allowVolumeExpansion, or make a larger disk and copy.',
    ),
    unless(
      gateOpen(kubevirt, 'ExpandDisks') !== false,
      'A larger disk is not shown to the guest: it is switched off in KubeVirt.',
      openGate('ExpandDisks'),
    ),
  );
};

/** Whether some storage class gives disks that several nodes can have open at once. Pure. */
export const sharedStorage = ({ storageProfiles }: Findings): boolean =>
  storageProfiles.some((profile) =>
    pickList(profile, 'status', 'claimPropertySets').some((set) =>
      pickTexts(set, 'accessModes').includes('ReadWriteMany'),
    ),
  );
