import type { KubeObject } from '../../../../../main/contract/kube.ts';
import type { Resource, Store } from '../store.ts';

const rows = (group: string, version: string, namespaced: boolean, kinds: Record<string, string>): Resource[] =>
  Object.entries(kinds).map(([kind, plural]) => {
    const [name = '', ...shortNames] = plural.split(' ');
    return { group, version, namespaced, kind, plural: name, shortNames };
  });

/** What the API server has by itself. Everything else comes with definitions. */
export const builtIn: readonly Resource[] = [
  ...rows('', 'v1', true, { Pod: 'pods po', Service: 'services svc', Endpoints: 'endpoints ep', ConfigMap: 'configmaps cm', Secret: 'secrets', ServiceAccount: 'serviceaccounts sa', Event: 'events ev', PersistentVolumeClaim: 'persistentvolumeclaims pvc', ResourceQuota: 'resourcequotas quota', LimitRange: 'limitranges' }),
  ...rows('', 'v1', false, { Namespace: 'namespaces ns', Node: 'nodes no', PersistentVolume: 'persistentvolumes pv' }),
  ...rows('apps', 'v1', true, { Deployment: 'deployments deploy', DaemonSet: 'daemonsets ds', ReplicaSet: 'replicasets rs', StatefulSet: 'statefulsets sts' }),
  ...rows('batch', 'v1', true, { Job: 'jobs', CronJob: 'cronjobs cj' }),
  ...rows('rbac.authorization.k8s.io', 'v1', false, { ClusterRole: 'clusterroles', ClusterRoleBinding: 'clusterrolebindings' }),
  ...rows('rbac.authorization.k8s.io', 'v1', true, { Role: 'roles', RoleBinding: 'rolebindings' }),
  ...rows('storage.k8s.io', 'v1', false, { StorageClass: 'storageclasses sc', CSIDriver: 'csidrivers', CSINode: 'csinodes', VolumeAttachment: 'volumeattachments' }),
  ...rows('apiextensions.k8s.io', 'v1', false, { CustomResourceDefinition: 'customresourcedefinitions crd crds' }),
  ...rows('apiregistration.k8s.io', 'v1', false, { APIService: 'apiservices' }),
  ...rows('admissionregistration.k8s.io', 'v1', false, { ValidatingWebhookConfiguration: 'validatingwebhookconfigurations', MutatingWebhookConfiguration: 'mutatingwebhookconfigurations', ValidatingAdmissionPolicy: 'validatingadmissionpolicies', ValidatingAdmissionPolicyBinding: 'validatingadmissionpolicybindings' }),
  ...rows('coordination.k8s.io', 'v1', true, { Lease: 'leases' }),
  ...rows('networking.k8s.io', 'v1', true, { NetworkPolicy: 'networkpolicies netpol', Ingress: 'ingresses ing' }),
  ...rows('policy', 'v1', true, { PodDisruptionBudget: 'poddisruptionbudgets pdb' }),
  ...rows('scheduling.k8s.io', 'v1', false, { PriorityClass: 'priorityclasses pc' }),
  ...rows('node.k8s.io', 'v1', false, { RuntimeClass: 'runtimeclasses' }),
  ...rows('discovery.k8s.io', 'v1', true, { EndpointSlice: 'endpointslices' }),
  ...rows('events.k8s.io', 'v1', true, { Event: 'events' }),
  ...rows('helm.cattle.io', 'v1', true, { HelmChart: 'helmcharts', HelmChartConfig: 'helmchartconfigs' }),
  ...rows('k3s.cattle.io', 'v1', true, { Addon: 'addons' }),
]; // prettier-ignore

const found = (group: string, plural: string): Resource => {
  const resource = builtIn.find((each) => each.group === group && each.plural === plural);
  if (!resource) throw new Error(`no built-in ${plural}.${group}`);
  return resource;
};
export const nodes = found('', 'nodes');
export const pods = found('', 'pods');
export const namespaces = found('', 'namespaces');
export const secrets = found('', 'secrets');
export const claims = found('', 'persistentvolumeclaims');
export const volumes = found('', 'persistentvolumes');
export const configMaps = found('', 'configmaps');
export const deployments = found('apps', 'deployments');
export const daemonSets = found('apps', 'daemonsets');
export const definitions = found('apiextensions.k8s.io', 'customresourcedefinitions');
export const apiServices = found('apiregistration.k8s.io', 'apiservices');
export const storageClasses = found('storage.k8s.io', 'storageclasses');
export const helmCharts = found('helm.cattle.io', 'helmcharts');
export const jobs = found('batch', 'jobs');

interface DefinitionSpec {
  group: string;
  scope: string;
  names: { plural: string; kind: string; shortNames?: string[] };
  versions: { name: string; served: boolean }[];
}
/** Every kind that is served now: the built-in ones and those of the definitions. */
export function served(store: Store): Resource[] {
  const custom = store.list(definitions).flatMap((object): Resource[] => {
    const spec = object.spec as unknown as DefinitionSpec;
    return spec.versions
      .filter((version) => version.served)
      .map(({ name }) => ({
        group: spec.group,
        version: name,
        plural: spec.names.plural,
        kind: spec.names.kind,
        namespaced: spec.scope === 'Namespaced',
        shortNames: spec.names.shortNames,
      }));
  });
  return [...builtIn, ...custom];
}

/** A definition in the real shape that takes any content. */
export const definition = (group: string, version: string, kind: string, plural: string, namespaced = true, shortNames: string[] = []): KubeObject => ({
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: `${plural}.${group}` },
  spec: {
    group, scope: namespaced ? 'Namespaced' : 'Cluster',
    names: { plural, singular: kind.toLowerCase(), kind, listKind: `${kind}List`, shortNames },
    versions: [{
      name: version, served: true, storage: true, subresources: { status: {} },
      schema: { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } },
    }],
  },
}); // prettier-ignore
