import type { ResourceType } from '../../kube/resources.ts';
import { resourceTypes } from '../../kube/resources.ts';

export const objectMeta = 'io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta';
export const listMeta = 'io.k8s.apimachinery.pkg.apis.meta.v1.ListMeta';

/** Name of a kind's definition, as Kubernetes builds it: the group's domain reversed; core kinds under io.k8s.api. */
export const definitionName = (type: ResourceType, kind = type.kind): string => {
  if (type.group === '') return `io.k8s.api.core.${type.version}.${kind}`;
  if (type.group.endsWith('.k8s.io')) return `io.k8s.api.${type.group.split('.')[0]}.${type.version}.${kind}`;
  return `${type.group.split('.').toReversed().join('.')}.${type.version}.${kind}`;
};

export const gvk = ({ group, version, kind }: ResourceType) => ({ group, kind, version });

/** Collection and object paths of a type. */
export const pathsOf = (type: ResourceType): { all?: string; collection: string; object: string } => {
  const base = type.group ? `/apis/${type.group}/${type.version}` : `/api/${type.version}`;
  const collection = type.namespaced ? `${base}/namespaces/{namespace}/${type.plural}` : `${base}/${type.plural}`;
  const object = `${collection}/{name}`;
  return type.namespaced ? { all: `${base}/${type.plural}`, collection, object } : { collection, object };
};

export const groupPaths = (): Map<string, ResourceType[]> => {
  const map = new Map<string, ResourceType[]>();
  for (const type of resourceTypes) {
    const key = type.group ? `apis/${type.group}/${type.version}` : `api/${type.version}`;
    map.set(key, [...(map.get(key) ?? []), type]);
  }
  return map;
};
