import type { KubeObject, ObjectMeta } from '../../contract/kube.ts';

export type { Condition, KubeObject, ObjectMeta, OwnerReference } from '../../contract/kube.ts';

/** An object as the store hands it out: shared and never changed in place (development builds freeze it). */
export type Stored = Readonly<KubeObject> & {
  readonly metadata: Readonly<ObjectMeta & { name: string; uid: string; resourceVersion: string }>;
};

/** namespace/name, or the name alone for cluster-scoped objects. */
export const keyOf = (object: { metadata: { namespace?: string; name?: string } }): string =>
  object.metadata.namespace ? `${object.metadata.namespace}/${object.metadata.name}` : (object.metadata.name ?? '');
