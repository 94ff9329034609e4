import type { Manifest } from '../plan.ts';

/** Where Hearth keeps library images. */
export const imageNamespace = 'hearth-images';

/**
 * Hearth's namespace, and the right of every namespace's service accounts to clone from it: KubeVirt asks for it in the name
 * of the machine's service account when a machine is made from an image (doc/RBAC.md of kubevirt/containerized-data-importer).
 */
export const hearthObjects: readonly Manifest[] = [
  {
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: { name: imageNamespace, labels: { 'app.kubernetes.io/managed-by': 'hearth' } },
  },
  {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'Role',
    metadata: { name: 'hearth-clone-images', namespace: imageNamespace },
    rules: [{ apiGroups: ['cdi.kubevirt.io'], resources: ['datavolumes/source'], verbs: ['*'] }],
  },
  {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'RoleBinding',
    metadata: { name: 'hearth-clone-images', namespace: imageNamespace },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: 'hearth-clone-images' },
    subjects: [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'Group', name: 'system:serviceaccounts' }],
  },
];
