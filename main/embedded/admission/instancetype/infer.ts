import { dataVolumes, persistentVolumeClaims } from '../../kube/resources.ts';
import { groupResource } from '../../kube/resources.ts';
import type { VmSpec } from '../vm/shapes.ts';
import type { Lookup } from './find.ts';

/** Nothing to infer from: `inferFromVolumeFailurePolicy: Ignore` lets it pass. */
class IgnorableInferenceError extends Error {}

interface Inferred {
  name: string;
  kind?: string;
}
type What = 'instancetype' | 'preference';
interface DataVolumeSource {
  source?: { pvc?: { name: string; namespace?: string } };
  sourceRef?: { kind: string };
}

const fromLabels = (labels: Readonly<Record<string, string>> | undefined, what: What): Inferred => {
  const label = `instancetype.kubevirt.io/default-${what}`;
  const name = labels?.[label];
  if (!name) throw new IgnorableInferenceError(`unable to find required ${label} label on the volume`);
  const kind = labels[`${label}-kind`];
  return kind ? { name, kind } : { name };
};

const fromClaim = (lookup: Lookup, namespace: string | undefined, name: string, what: What): Inferred => {
  const claim = lookup.get(persistentVolumeClaims, namespace, name);
  if (!claim) throw new Error(`${groupResource(persistentVolumeClaims)} "${name}" not found`);
  return fromLabels(claim.metadata.labels, what);
};

const fromSource = (lookup: Lookup, namespace: string | undefined, spec: DataVolumeSource, what: What): Inferred => {
  const { source, sourceRef } = spec;
  if (source?.pvc) {
    const from = source.pvc.namespace ?? namespace;
    // An image of the library carries its labels on the DataVolume, before the claim is there.
    const image = lookup.get(dataVolumes, from, source.pvc.name)?.metadata.labels;
    return image?.[`instancetype.kubevirt.io/default-${what}`]
      ? fromLabels(image, what)
      : fromClaim(lookup, from, source.pvc.name, what);
  }
  if (sourceRef) {
    throw new IgnorableInferenceError(
      `unable to infer defaults from DataVolumeSourceRef as Kind ${sourceRef.kind} is not supported`,
    );
  }
  throw new IgnorableInferenceError(
    'unable to infer defaults from DataVolumeSpec as DataVolumeSource is not supported',
  );
};

/** The default instance type or preference of a VM's volume, by the labels of its DataVolume or claim. */
const fromVolume = (
  lookup: Lookup,
  spec: VmSpec,
  namespace: string | undefined,
  volumeName: string,
  what: What,
): Inferred => {
  const volume = spec.template.spec?.volumes?.find((one) => one.name === volumeName);
  if (!volume) throw new Error(`unable to find volume ${volumeName} to infer defaults`);
  if (volume.persistentVolumeClaim) return fromClaim(lookup, namespace, volume.persistentVolumeClaim.claimName, what);
  if (!volume.dataVolume) {
    throw new IgnorableInferenceError(`unable to infer defaults from volume ${volumeName} as type is not supported`);
  }
  const { name } = volume.dataVolume;
  const template = spec.dataVolumeTemplates?.find((one) => one.metadata?.name === name);
  if (template) return fromSource(lookup, namespace, template.spec, what);
  const dataVolume = lookup.get(dataVolumes, namespace, name);
  if (!dataVolume) return fromClaim(lookup, namespace, name, what);
  const { labels } = dataVolume.metadata;
  if (labels?.[`instancetype.kubevirt.io/default-${what}`]) return fromLabels(labels, what);
  return fromSource(lookup, namespace, dataVolume.spec as DataVolumeSource, what);
};

/**
 * Replaces `inferFromVolume` of both matchers by the name it stands for, as KubeVirt's mutating webhook does. Changes
 * `spec`; throws an Error with KubeVirt's words when it cannot and the policy is not Ignore.
 */
export const inferMatchers = (lookup: Lookup, spec: VmSpec, namespace: string | undefined): void => {
  for (const what of ['instancetype', 'preference'] as const) {
    const matcher = spec[what];
    if (!matcher?.inferFromVolume) continue;
    const ignore = matcher.inferFromVolumeFailurePolicy === 'Ignore';
    try {
      spec[what] = fromVolume(lookup, spec, namespace, matcher.inferFromVolume, what);
      const domain = spec.template.spec?.domain;
      if (what === 'instancetype' && ignore && domain) delete domain.memory;
    } catch (error) {
      if (!(error instanceof IgnorableInferenceError) || !ignore) throw error;
      delete spec[what];
    }
  }
};
