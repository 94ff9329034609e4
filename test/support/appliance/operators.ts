import { stringify } from 'yaml';
import type { KubeObject } from '../../../main/contract/kube.ts';

const definition = (group: string, version: string, kind: string, plural: string, namespaced: boolean): KubeObject => ({
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: `${plural}.${group}`, labels: { 'operator.kubevirt.io': '' } },
  spec: {
    group, scope: namespaced ? 'Namespaced' : 'Cluster', names: { plural, singular: kind.toLowerCase(), kind, listKind: `${kind}List` },
    versions: [{ name: version, served: true, storage: true, subresources: { status: {} }, schema: { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } } }],
  },
}); // prettier-ignore

/** An operator's manifest in the shape of the real ones, cut short: namespace, definition, rights, deployment. */
function operator(namespace: string, name: string, image: string, kind: KubeObject): string {
  const labels = { 'kubevirt.io': name };
  const objects: object[] = [
    { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace, labels: { 'kubevirt.io': '', 'pod-security.kubernetes.io/enforce': 'privileged' } } },
    kind,
    { apiVersion: 'scheduling.k8s.io/v1', kind: 'PriorityClass', metadata: { name: `${namespace}-cluster-critical` }, value: 1_000_000_000, globalDefault: false },
    { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name, namespace, labels } },
    { apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'Role', metadata: { name, namespace, labels }, rules: [{ apiGroups: [''], resources: ['secrets', 'configmaps'], verbs: ['create', 'get', 'list', 'watch', 'patch', 'delete'] }] },
    { apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'RoleBinding', metadata: { name: `${name}-rolebinding`, namespace, labels }, roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name }, subjects: [{ kind: 'ServiceAccount', name, namespace }] },
    { apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'ClusterRole', metadata: { name, labels }, rules: [{ apiGroups: ['*'], resources: ['*'], verbs: ['*'] }] },
    { apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'ClusterRoleBinding', metadata: { name, labels }, roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name }, subjects: [{ kind: 'ServiceAccount', name, namespace }] },
    {
      apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name, namespace, labels },
      spec: {
        replicas: name === 'virt-operator' ? 2 : 1, selector: { matchLabels: labels }, strategy: { type: 'RollingUpdate' },
        template: { metadata: { labels, name }, spec: { serviceAccountName: name, tolerations: [{ key: 'CriticalAddonsOnly', operator: 'Exists' }], containers: [{ name, image, imagePullPolicy: 'IfNotPresent', resources: { requests: { cpu: '10m', memory: '150Mi' } } }] } },
      },
    },
  ];
  return objects.map((object) => stringify(object)).join('---\n');
} // prettier-ignore

export const kubeVirtOperator = (version: string): string =>
  operator('kubevirt', 'virt-operator', `quay.io/kubevirt/virt-operator:${version}`, definition('kubevirt.io', 'v1', 'KubeVirt', 'kubevirts', true)); // prettier-ignore
export const cdiOperator = (version: string): string =>
  operator('cdi', 'cdi-operator', `quay.io/kubevirt/cdi-operator:${version}`, definition('cdi.kubevirt.io', 'v1beta1', 'CDI', 'cdis', false)); // prettier-ignore
export const snapshotCrd = (kind: string, plural: string, namespaced: boolean): string =>
  stringify(definition('snapshot.storage.k8s.io', 'v1', kind, plural, namespaced));
