import { jsonPatch } from '../api/patch/json-patch.ts';
import type { KubeObject, OwnerReference, Stored } from '../kube/object.ts';
import { apiVersionOf, persistentVolumeClaims, virtualMachines } from '../kube/resources.ts';
import { bytesOf, quantityOf } from '../kube/quantity.ts';
import { runStrategyOf } from '../machine/vm/strategy.ts';
import { vmSpec } from '../machine/spec.ts';
import type { VmSpec } from '../machine/spec.ts';
import { contentSpec } from './content.ts';
import type { VolumeBackup } from './content.ts';
import {
  lastRestoreAnnotation,
  populatedForAnnotation,
  sourceNameLabel,
  sourceNamespaceLabel,
  startFromAnnotation,
} from './words.ts';

export interface RestoreSpec {
  target: { name: string };
  virtualMachineSnapshotName: string;
  patches?: string[];
  targetReadinessPolicy?: string;
  volumeRestoreOverrides?: {
    volumeName: string;
    restoreName?: string;
    labels?: Record<string, string>;
    annotations?: Record<string, string>;
  }[];
  volumeRestorePolicy?: string;
  volumeOwnershipPolicy?: string;
}
/** An entry of a restore's `status.restores`. */
export interface VolumeRestore {
  volumeName: string;
  persistentVolumeClaim: string;
  volumeSnapshotName: string;
  dataVolumeName?: string;
}
export const restoreSpec = (restore: Pick<KubeObject, 'spec'>): RestoreSpec => restore.spec as unknown as RestoreSpec;
export const lastRestoreOf = ({ metadata }: Stored): string => `${metadata.name}-${metadata.uid}`;

/** Which new claim each disk of a snapshot becomes, named by KubeVirt's rules. Pure. */
export function planRestores(restore: Stored, content: Stored): VolumeRestore[] {
  const spec = restoreSpec(restore);
  const vm = contentSpec(content).source.virtualMachine;
  const templates = templateNames(vmSpec(vm));
  return (contentSpec(content).volumeBackups ?? []).map((backup) => {
    const old = backup.persistentVolumeClaim.metadata.name ?? '';
    const claim = claimNameOf(restore, backup.volumeName, old);
    const volume = vmSpec(vm).template.spec?.volumes?.find(({ name }) => name === backup.volumeName);
    const templated = volume?.dataVolume && templates.has(volume.dataVolume.name);
    return {
      volumeName: backup.volumeName,
      persistentVolumeClaim: claim,
      volumeSnapshotName: backup.volumeSnapshotName,
      ...(templated && spec.volumeRestorePolicy !== 'InPlace' ? { dataVolumeName: claim } : {}),
    };
  });
}

const templateNames = (spec: VmSpec): Set<string> =>
  new Set((spec.dataVolumeTemplates ?? []).map(({ metadata }) => (metadata as { name?: string }).name ?? ''));

function claimNameOf(restore: Stored, volume: string, old: string): string {
  const { volumeRestoreOverrides, volumeRestorePolicy, target } = restoreSpec(restore);
  const override = volumeRestoreOverrides?.find(({ volumeName }) => volumeName === volume)?.restoreName;
  if (override) return override;
  if (volumeRestorePolicy === 'InPlace') return old;
  if (volumeRestorePolicy === 'PrefixTargetName') return `${target.name}-${volume}`;
  return `restore-${restore.metadata.uid}-${volume}`;
}

/** Annotations that say how the old claim came by its data. */
const notCopied = ['pv.kubernetes.io', 'volume.beta.kubernetes.io', 'cdi.kubevirt.io', 'volume.kubernetes.io', 'k8s.io/CloneRequest', 'k8s.io/CloneOf', 'hearth.dev/']; // prettier-ignore

/** The claim of a restored disk: it takes its data from the VolumeSnapshot. Pure. */
export function restoredClaim(
  restore: Stored,
  content: Stored,
  backup: VolumeBackup,
  entry: VolumeRestore,
  restoreSize: unknown,
  owner: OwnerReference | undefined,
): KubeObject {
  const { metadata, spec } = backup.persistentVolumeClaim;
  const override = restoreSpec(restore).volumeRestoreOverrides?.find(
    ({ volumeName }) => volumeName === entry.volumeName,
  );
  const source = contentSpec(content).source.virtualMachine.metadata;
  const annotations = Object.fromEntries(
    Object.entries(metadata.annotations ?? {}).filter(([key]) => !notCopied.some((start) => key.startsWith(start))),
  );
  const asked =
    bytesOf((spec['resources'] as { requests?: { storage?: unknown } } | undefined)?.requests?.storage) ?? 0;
  const size = Math.max(asked, bytesOf(restoreSize) ?? 0);
  const { volumeName: _bound, dataSource: _from, dataSourceRef: _ref, ...rest } = structuredClone(spec);
  return {
    apiVersion: apiVersionOf(persistentVolumeClaims),
    kind: persistentVolumeClaims.kind,
    metadata: {
      name: entry.persistentVolumeClaim,
      namespace: restore.metadata.namespace ?? '',
      labels: {
        ...metadata.labels,
        ...(source.name ? { [sourceNameLabel.replace('snapshot', 'restore')]: source.name } : {}),
        ...(source.namespace ? { [sourceNamespaceLabel.replace('snapshot', 'restore')]: source.namespace } : {}),
        ...override?.labels,
      },
      annotations: {
        ...annotations,
        [lastRestoreAnnotation]: lastRestoreOf(restore),
        ...(entry.dataVolumeName ? { [populatedForAnnotation]: entry.dataVolumeName } : {}),
        ...override?.annotations,
      },
      ...(owner ? { ownerReferences: [owner] } : {}),
    },
    spec: {
      ...rest,
      resources: { requests: { storage: quantityOf(size) } },
      dataSource: { apiGroup: 'snapshot.storage.k8s.io', kind: 'VolumeSnapshot', name: entry.volumeSnapshotName },
    },
  };
}

/** The machine that a restore leads to: the snapshot's, on the new claims. `target`: the one that is there. Pure. Throws StatusError where a patch does not hold. */
export function restoredMachine(
  restore: Stored,
  content: Stored,
  entries: readonly VolumeRestore[],
  target: Stored | undefined,
): KubeObject {
  const source = contentSpec(content).source.virtualMachine;
  const spec = structuredClone(source.spec) as unknown as VmSpec;
  onClaims(spec, entries);
  if (target) {
    // The one that is there keeps its run strategy.
    const { running, ...now } = vmSpec(target);
    if (running === undefined) {
      spec.runStrategy = runStrategyOf(now);
      delete spec.running;
    } else {
      spec.running = false;
      delete spec.runStrategy;
    }
    const metadata = structuredClone(target.metadata);
    metadata.annotations = { ...metadata.annotations, [lastRestoreAnnotation]: lastRestoreOf(restore) };
    return { ...structuredClone<KubeObject>(target), metadata, spec: spec as unknown as Record<string, unknown> };
  }
  if (spec.running === undefined) spec.runStrategy = 'Halted';
  else spec.running = false;
  const { [startFromAnnotation]: _memory, ...annotations } = source.metadata.annotations ?? {};
  const fresh: KubeObject = {
    apiVersion: apiVersionOf(virtualMachines),
    kind: virtualMachines.kind,
    metadata: {
      name: restoreSpec(restore).target.name,
      namespace: restore.metadata.namespace ?? '',
      ...(source.metadata.labels ? { labels: { ...source.metadata.labels } } : {}),
      annotations: { ...annotations, [lastRestoreAnnotation]: lastRestoreOf(restore) },
    },
    spec: spec as unknown as Record<string, unknown>,
  };
  const patches = (restoreSpec(restore).patches ?? []).map((text) => JSON.parse(text) as unknown);
  return patches.length > 0 ? (jsonPatch(fresh, patches) as KubeObject) : fresh;
}

/** Puts the new claims in the place of the old ones; a DataVolume without a template becomes a plain claim, as in KubeVirt. */
function onClaims(spec: VmSpec, entries: readonly VolumeRestore[]): void {
  const templates = templateNames(spec);
  for (const volume of spec.template.spec?.volumes ?? []) {
    const entry = entries.find(({ volumeName }) => volumeName === volume.name);
    if (!entry) continue;
    if (volume.persistentVolumeClaim) volume.persistentVolumeClaim.claimName = entry.persistentVolumeClaim;
    else if (volume.dataVolume && templates.has(volume.dataVolume.name)) {
      const template = spec.dataVolumeTemplates?.find(
        ({ metadata }) => (metadata as { name?: string }).name === volume.dataVolume?.name,
      );
      const name = entry.dataVolumeName ?? entry.persistentVolumeClaim;
      if (template) (template.metadata as { name?: string }).name = name;
      volume.dataVolume.name = name;
    } else if (volume.dataVolume) {
      delete volume.dataVolume;
      volume.persistentVolumeClaim = { claimName: entry.persistentVolumeClaim };
    }
  }
}
