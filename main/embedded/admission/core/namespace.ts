import type { ResourceType } from '../../kube/resources.ts';
import { namespaces } from '../../kube/resources.ts';
import { notFound } from '../../kube/status-error.ts';
import type { Store } from '../../store/store.ts';
import { forbiddenObject } from '../field-error.ts';
import type { Rules } from '../rules.ts';

/** Namespaces the engine cannot be without. */
export const protectedNamespaces: readonly string[] = ['default', 'kubevirt', 'hearth-images'];

export const namespaceRules: Rules = {
  mutate(draft) {
    const { metadata } = draft;
    if (metadata.name) metadata.labels = { ...metadata.labels, 'kubernetes.io/metadata.name': metadata.name };
  },
  remove(old) {
    const { name } = old.metadata;
    if (protectedNamespaces.includes(name)) {
      throw forbiddenObject(namespaces, name, 'this namespace may not be deleted');
    }
  },
};

/** Nothing is made in a namespace that is not there or on its way out (NamespaceLifecycle). Throws StatusError. */
export const requireNamespace = (
  store: Store,
  type: ResourceType,
  namespace: string | undefined,
  name: string,
): void => {
  if (!type.namespaced) return;
  const found = store.get(namespaces, undefined, namespace ?? '');
  if (!found) throw notFound('namespaces', namespace ?? '');
  if (found.metadata.deletionTimestamp) {
    const why = `unable to create new content in namespace ${namespace} because it is being terminated`;
    throw forbiddenObject(type, name, why);
  }
};
