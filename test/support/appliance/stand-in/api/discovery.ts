import type { Resource } from '../store.ts';

const verbs = ['create', 'delete', 'deletecollection', 'get', 'list', 'patch', 'update', 'watch'];
const metrics: Resource[] = [
  { group: 'metrics.k8s.io', version: 'v1beta1', plural: 'nodes', kind: 'NodeMetrics', namespaced: false },
  { group: 'metrics.k8s.io', version: 'v1beta1', plural: 'pods', kind: 'PodMetrics', namespaced: true },
];
const reviews: Resource[] = [
  { group: 'authorization.k8s.io', version: 'v1', plural: 'selfsubjectaccessreviews', kind: 'SelfSubjectAccessReview', namespaced: false },
  { group: 'authorization.k8s.io', version: 'v1', plural: 'selfsubjectrulesreviews', kind: 'SelfSubjectRulesReview', namespaced: false },
  { group: 'subresources.kubevirt.io', version: 'v1', plural: 'virtualmachineinstances/console', kind: 'VirtualMachineInstance', namespaced: true },
]; // prettier-ignore

/** /api, /apis and what is below them, in the old form; undefined for another path. */
export function discovery(segments: readonly string[], resources: readonly Resource[]): unknown {
  const [root, ...rest] = segments;
  if (root === 'api') {
    if (rest.length === 0)
      return { kind: 'APIVersions', versions: ['v1'], serverAddressByClientCIDRs: [{ clientCIDR: '0.0.0.0/0', serverAddress: '127.0.0.1:6443' }] }; // prettier-ignore
    return rest.length === 1 && rest[0] === 'v1' ? list(resources, '', 'v1') : undefined;
  }
  if (root !== 'apis' || rest.length > 2) return undefined;
  const all = [...resources, ...metrics, ...reviews];
  const groups = new Map<string, Set<string>>();
  for (const { group, version } of all)
    if (group) groups.set(group, (groups.get(group) ?? new Set<string>()).add(version));
  const group = (name: string, versions: Set<string>) => {
    const each = [...versions].map((version) => ({ groupVersion: `${name}/${version}`, version }));
    return { name, versions: each, preferredVersion: each[0] };
  };
  const [name, version] = rest;
  if (name === undefined)
    return { kind: 'APIGroupList', apiVersion: 'v1', groups: [...groups].map(([key, versions]) => group(key, versions)) };
  const versions = groups.get(name);
  if (!versions) return undefined;
  if (version === undefined) return { kind: 'APIGroup', apiVersion: 'v1', ...group(name, versions) };
  return versions.has(version) ? list(all, name, version) : undefined;
} // prettier-ignore

const list = (all: readonly Resource[], group: string, version: string): unknown => ({
  kind: 'APIResourceList',
  apiVersion: 'v1',
  groupVersion: group ? `${group}/${version}` : version,
  resources: all
    .filter((each) => each.group === group && each.version === version)
    .flatMap(({ plural, kind, namespaced, shortNames }) => {
      const entry = { name: plural, singularName: kind.toLowerCase(), namespaced, kind, verbs, ...(shortNames?.length ? { shortNames } : {}) }; // prettier-ignore
      return plural.includes('/')
        ? [{ ...entry, verbs: ['get'] }]
        : [entry, { name: `${plural}/status`, singularName: '', namespaced, kind, verbs: ['get', 'patch', 'update'] }];
    }),
});
