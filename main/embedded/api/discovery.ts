import type { ResourceType } from '../kube/resources.ts';
import { apiVersionOf, resourceTypes } from '../kube/resources.ts';
import type { Subresource } from '../kube/subresource.ts';
import { accessTypes } from './access.ts';
import { subresourceGroup, subresourceVersion } from './routes.ts';

interface Entry {
  name: string;
  singularName: string;
  namespaced: boolean;
  kind: string;
  verbs: readonly string[];
  shortNames?: readonly string[];
  categories?: readonly string[];
  group?: string;
  version?: string;
}

/** Groups with their one version, the core group first. */
export const groupVersions: readonly { group: string; version: string }[] = [
  ...new Map(
    [...resourceTypes, ...accessTypes, { group: subresourceGroup, version: subresourceVersion }].map(
      ({ group, version }) => [group, { group, version }],
    ),
  ).values(),
];

const entryOf = (type: ResourceType): Entry => ({
  name: type.plural,
  singularName: type.singular,
  namespaced: type.namespaced,
  kind: type.kind,
  verbs: type.verbs,
  ...(type.shortNames.length > 0 ? { shortNames: type.shortNames } : {}),
  ...(type.categories.length > 0 ? { categories: type.categories } : {}),
});

/** APIResourceList entries of one group. */
export const entriesOf = (group: string, subresources: readonly Subresource[]): Entry[] => {
  if (group === subresourceGroup) {
    const entries = subresources.map(({ resource, name, ...rest }) => ({
      name: `${resource.plural}/${name}`,
      singularName: '',
      namespaced: true,
      kind: resource.kind,
      group: resource.group,
      version: resource.version,
      verbs: [rest.kind === 'call' && rest.method === 'PUT' ? 'update' : 'get'],
    }));
    return [...new Map(entries.map((entry) => [entry.name, entry])).values()];
  }
  const types = resourceTypes.filter((type) => type.group === group);
  const served = types.flatMap((type) => {
    const entry = entryOf(type);
    const status: Entry = { name: `${type.plural}/status`, singularName: '', namespaced: type.namespaced, kind: type.kind, verbs: ['get', 'patch', 'update'] }; // prettier-ignore
    return type.statusSubresource ? [entry, status] : [entry];
  });
  const access = accessTypes
    .filter((type) => type.group === group)
    .map((type) => ({ name: type.plural, singularName: '', namespaced: false, kind: type.kind, verbs: ['create'] }));
  return [...served, ...access];
};

const groupJson = (group: string, version: string): object => {
  const groupVersion = { groupVersion: `${group}/${version}`, version };
  return { name: group, versions: [groupVersion], preferredVersion: groupVersion };
};

/** /api, /apis, /apis/G, /api/V, /apis/G/V in the old form; undefined for what is no such path. */
export const discoveryJson = (
  segments: string[],
  subresources: readonly Subresource[],
  address: string,
): object | undefined => {
  const [root, group, version, ...rest] = segments;
  if (rest.length > 0) return undefined;
  if (root === 'api' && version === undefined) {
    if (group === undefined) {
      const serverAddressByClientCIDRs = [{ clientCIDR: '0.0.0.0/0', serverAddress: address }];
      return { kind: 'APIVersions', versions: ['v1'], serverAddressByClientCIDRs };
    }
    return group === 'v1' ? resourceList('', 'v1', subresources) : undefined;
  }
  if (root !== 'apis') return undefined;
  const named = groupVersions.filter((entry) => entry.group !== '');
  if (group === undefined) {
    const groups = named.map((entry) => groupJson(entry.group, entry.version));
    return { kind: 'APIGroupList', apiVersion: 'v1', groups };
  }
  const found = named.find((entry) => entry.group === group);
  if (!found || (version !== undefined && version !== found.version)) return undefined;
  if (version === undefined) return { kind: 'APIGroup', apiVersion: 'v1', ...groupJson(found.group, found.version) };
  return resourceList(found.group, found.version, subresources);
};

const resourceList = (group: string, version: string, subresources: readonly Subresource[]): object => ({
  kind: 'APIResourceList',
  apiVersion: 'v1',
  groupVersion: group ? `${group}/${version}` : version,
  resources: entriesOf(group, subresources),
});

export const aggregatedType = 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList';
export const wantsAggregated = (accept: string | undefined): boolean =>
  (accept ?? '').split(',').some((part) => {
    const text = part.replaceAll(' ', '');
    return text.startsWith('application/json;') && text.includes('g=apidiscovery.k8s.io') && text.includes('v=v2;');
  });

/** The whole of /api or /apis in one answer (apidiscovery.k8s.io/v2). */
export const aggregatedJson = (root: 'api' | 'apis', subresources: readonly Subresource[]): object => ({
  kind: 'APIGroupDiscoveryList',
  apiVersion: 'apidiscovery.k8s.io/v2',
  metadata: {},
  items: groupVersions
    .filter((entry) => (entry.group === '') === (root === 'api'))
    .map(({ group, version }) => ({
      metadata: group ? { name: group, creationTimestamp: null } : { creationTimestamp: null },
      versions: [{ version, resources: aggregatedResources(group, version, subresources), freshness: 'Current' }],
    })),
});

const aggregatedResources = (group: string, version: string, subresources: readonly Subresource[]): object[] => {
  const entries = entriesOf(group, subresources);
  const parents = [...new Set(entries.map((entry) => entry.name.split('/')[0] ?? ''))];
  return parents.map((plural) => {
    const own = entries.find((entry) => entry.name === plural);
    const inner = entries.filter((entry) => entry.name.startsWith(`${plural}/`));
    const [any] = own ? [own] : inner;
    return {
      resource: plural,
      ...(own ? { responseKind: { group, version, kind: own.kind } } : {}),
      scope: any?.namespaced ? 'Namespaced' : 'Cluster',
      singularResource: own?.singularName ?? '',
      verbs: own?.verbs ?? [],
      ...(own?.shortNames ? { shortNames: own.shortNames } : {}),
      ...(own?.categories ? { categories: own.categories } : {}),
      ...(inner.length > 0 ? { subresources: inner.map((entry) => inside(entry, plural, group, version)) } : {}),
    };
  });
};
const inside = (entry: Entry, plural: string, group: string, version: string): object => ({
  subresource: entry.name.slice(plural.length + 1),
  responseKind: { group: entry.group ?? group, version: entry.version ?? version, kind: entry.kind },
  verbs: entry.verbs,
});

export const allVersions = (): string[] =>
  groupVersions.map((entry) => (entry.group ? `${entry.group}/${entry.version}` : entry.version));
export const hasType = (type: ResourceType): boolean => allVersions().includes(apiVersionOf(type));
