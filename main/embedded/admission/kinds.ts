import {
  configMaps,
  dataVolumes,
  groupResource,
  namespaces,
  networkAttachmentDefinitions,
  persistentVolumeClaims,
  secrets,
  services,
  storageClasses,
  virtualMachineClusterInstancetypes,
  virtualMachineClones,
  virtualMachineClusterPreferences,
  virtualMachineExports,
  virtualMachineInstances,
  virtualMachineInstancetypes,
  virtualMachinePreferences,
  virtualMachineRestores,
  virtualMachines,
  virtualMachineSnapshots,
  volumeSnapshots,
} from '../kube/resources.ts';
import type { ResourceType } from '../kube/resources.ts';
import { cloneRules } from './clone/clone.ts';
import { claimRules } from './core/claim.ts';
import { configMapRules, secretRules } from './core/config.ts';
import { dataVolumeRules } from './core/data-volume.ts';
import { instancetypeRules, preferenceRules } from './core/instancetype.ts';
import { namespaceRules } from './core/namespace.ts';
import { networkAttachmentRules } from './core/network-attachment.ts';
import { serviceRules } from './core/service.ts';
import { storageClassRules } from './core/storage-class.ts';
import { exportRules } from './export/export.ts';
import type { Rules } from './rules.ts';
import { restoreRules } from './snapshot/restore.ts';
import { snapshotRules, volumeSnapshotRules } from './snapshot/snapshot.ts';
import { instanceRules } from './vm/instance.ts';
import { machineRules } from './vm/machine.ts';

const rows: readonly (readonly [ResourceType, Rules])[] = [
  [namespaces, namespaceRules],
  [secrets, secretRules],
  [configMaps, configMapRules],
  [services, serviceRules],
  [persistentVolumeClaims, claimRules],
  [storageClasses, storageClassRules],
  [virtualMachines, machineRules],
  [virtualMachineInstances, instanceRules],
  [virtualMachineInstancetypes, instancetypeRules],
  [virtualMachineClusterInstancetypes, instancetypeRules],
  [virtualMachinePreferences, preferenceRules],
  [virtualMachineClusterPreferences, preferenceRules],
  [dataVolumes, dataVolumeRules],
  [virtualMachineSnapshots, snapshotRules],
  [virtualMachineRestores, restoreRules],
  [volumeSnapshots, volumeSnapshotRules],
  [virtualMachineClones, cloneRules],
  [virtualMachineExports, exportRules],
  [networkAttachmentDefinitions, networkAttachmentRules],
];

/** Each kind's own rules by its resource's name; kinds without an entry have their schema only. */
export const rulesByResource: ReadonlyMap<string, Rules> = new Map(
  rows.map(([type, rules]) => [groupResource(type), rules]),
);
