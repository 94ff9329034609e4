import type { ResourceType } from '../kube/resources.ts';
import { namespaces, resourceTypes } from '../kube/resources.ts';

export interface ResourceRoute {
  kind: 'resource';
  type: ResourceType;
  namespace?: string | undefined;
  name?: string | undefined;
  /** e.g. ["status"], ["proxy", "metrics"] */
  rest: string[];
}
/** /apis/subresources.kubevirt.io/v1/namespaces/NS/RESOURCE/NAME/SUBRESOURCE/... */
export interface SubresourceRoute {
  kind: 'subresource';
  namespace: string;
  plural: string;
  name: string;
  subresource: string;
  rest: string[];
}
export type Route = ResourceRoute | SubresourceRoute | { kind: 'path'; segments: string[] };

const byPath = new Map(resourceTypes.map((type) => [`${type.group}/${type.version}/${type.plural}`, type]));
export const subresourceGroup = 'subresources.kubevirt.io';
export const subresourceVersion = 'v1';

/** Path segments, decoded; undefined for a path that is no proper encoding. */
export const segmentsOf = (pathname: string): string[] | undefined => {
  try {
    return pathname.split('/').filter(Boolean).map(decodeURIComponent);
  } catch {
    return undefined;
  }
};

/** Which resource a path names; other paths come back as they are. */
export const routeOf = (segments: string[]): Route => {
  const [first, ...after] = segments;
  const grouped = first === 'apis';
  const [group, version, ...path] = grouped ? after : ['', ...after];
  if ((first !== 'api' && !grouped) || group === undefined || version === undefined || path.length === 0) {
    return { kind: 'path', segments };
  }
  if (grouped && group === subresourceGroup) return subresourceRoute(segments, version, path);
  const find = (plural: string | undefined) => byPath.get(`${group}/${version}/${plural}`);
  const [plural, name, inner] = path;
  const isContent = plural === 'namespaces' && path.length >= 3 && inner !== 'status' && inner !== 'finalize';
  if (isContent) {
    const type = find(inner);
    if (!type?.namespaced) return { kind: 'path', segments };
    return { kind: 'resource', type, namespace: name, name: path[3], rest: path.slice(4) };
  }
  const type = plural === 'namespaces' && group === '' ? namespaces : find(plural);
  if (!type || (type.namespaced && name !== undefined)) return { kind: 'path', segments };
  return { kind: 'resource', type, name, rest: path.slice(2) };
};

const subresourceRoute = (segments: string[], version: string, path: string[]): Route => {
  const [scope, namespace, plural, name, subresource, ...rest] = path;
  if (version !== subresourceVersion || scope !== 'namespaces' || !namespace || !plural || !name || !subresource) {
    return { kind: 'path', segments };
  }
  return { kind: 'subresource', namespace, plural, name, subresource, rest };
};
