import {
  groupResource,
  virtualMachineClusterInstancetypes,
  virtualMachineClusterPreferences,
  virtualMachineInstancetypes,
  virtualMachinePreferences,
} from '../../kube/resources.ts';
import type { ResourceType } from '../../kube/resources.ts';
import type { Store } from '../../store/store.ts';
import type { InstancetypeSpec, PreferenceSpec } from '../vm/shapes.ts';

export type Lookup = Pick<Store, 'get'>;
interface Matcher {
  kind?: string;
  name?: string;
}

/** A type by the kind of a matcher; the cluster-wide one where none is named. Any case, singular or plural. */
const typeOf = (
  kind: string | undefined,
  cluster: ResourceType,
  namespaced: ResourceType,
): ResourceType | undefined => {
  const wanted = (kind || cluster.kind).toLowerCase();
  return [cluster, namespaced].find((type) => type.singular === wanted || type.plural === wanted);
};

const specOf = (
  lookup: Lookup,
  matcher: Matcher,
  namespace: string | undefined,
  types: { cluster: ResourceType; namespaced: ResourceType; matcher: string },
): unknown => {
  const type = typeOf(matcher.kind, types.cluster, types.namespaced);
  if (!type) throw new Error(`got unexpected kind in ${types.matcher}: ${matcher.kind}`);
  const found = lookup.get(type, type.namespaced ? namespace : undefined, matcher.name ?? '');
  if (!found) throw new Error(`${groupResource(type)} "${matcher.name}" not found`);
  return found.spec;
};

/** Throws an Error with KubeVirt's words when there is none. */
export const findInstancetype = (lookup: Lookup, matcher: Matcher, namespace: string | undefined): InstancetypeSpec =>
  specOf(lookup, matcher, namespace, {
    cluster: virtualMachineClusterInstancetypes,
    namespaced: virtualMachineInstancetypes,
    matcher: 'InstancetypeMatcher',
  }) as InstancetypeSpec;
export const findPreference = (lookup: Lookup, matcher: Matcher, namespace: string | undefined): PreferenceSpec =>
  specOf(lookup, matcher, namespace, {
    cluster: virtualMachineClusterPreferences,
    namespaced: virtualMachinePreferences,
    matcher: 'PreferenceMatcher',
  }) as PreferenceSpec;

/** Annotations by which an instance tells what it was made from. */
export const originAnnotations = (
  instancetype: Matcher | undefined,
  preference: Matcher | undefined,
): Record<string, string> => {
  const annotations: Record<string, string> = {};
  const add = (matcher: Matcher | undefined, what: string, cluster: ResourceType, namespaced: ResourceType): void => {
    if (!matcher?.name) return;
    const prefix = typeOf(matcher.kind, cluster, namespaced) === namespaced ? '' : 'cluster-';
    annotations[`kubevirt.io/${prefix}${what}-name`] = matcher.name;
  };
  add(instancetype, 'instancetype', virtualMachineClusterInstancetypes, virtualMachineInstancetypes);
  add(preference, 'preference', virtualMachineClusterPreferences, virtualMachinePreferences);
  return annotations;
};
