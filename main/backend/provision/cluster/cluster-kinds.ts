import type { Kind } from '../../target/kinds.ts';

const of = (group: string, version: string, kind: string, plural: string, namespaced: boolean): Kind => ({
  group,
  version,
  kind,
  plural,
  namespaced,
});

/** Kinds that only the setting up of a cluster deals with. */
export const clusterKinds = {
  deployments: of('apps', 'v1', 'Deployment', 'deployments', true),
  apiServices: of('apiregistration.k8s.io', 'v1', 'APIService', 'apiservices', false),
  crds: of('apiextensions.k8s.io', 'v1', 'CustomResourceDefinition', 'customresourcedefinitions', false),
  persistentVolumes: of('', 'v1', 'PersistentVolume', 'persistentvolumes', false),
  csiNodes: of('storage.k8s.io', 'v1', 'CSINode', 'csinodes', false),
  kubeVirts: of('kubevirt.io', 'v1', 'KubeVirt', 'kubevirts', true),
  cdis: of('cdi.kubevirt.io', 'v1beta1', 'CDI', 'cdis', false),
  helmCharts: of('helm.cattle.io', 'v1', 'HelmChart', 'helmcharts', true),
} as const satisfies Record<string, Kind>;
