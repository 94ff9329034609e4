import type { KubeObject } from '../../../../../main/contract/kube.ts';
import {
  apiServices,
  definitions,
  deployments,
  helmCharts,
  jobs,
  namespaces,
  pods,
  storageClasses,
  definition,
} from '../api/resources.ts';
import { listOf, textOf } from '../config.ts';
import type { Controller, Lab } from './lab.ts';
import { conditions, ensure, owner, setStatus } from './lab.ts';

const deployment = (namespace: string, name: string, image: string): KubeObject => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name, namespace, labels: { 'k8s-app': name } },
  spec: {
    replicas: 1,
    selector: { matchLabels: { 'k8s-app': name } },
    template: { metadata: { labels: { 'k8s-app': name } }, spec: { containers: [{ name, image }] } },
  },
});

/** What k3s brings with it, once its node is ready: services of kube-system, the storage class, the metrics API. */
export const controlSystem: Controller = (lab) => {
  for (const name of ['default', 'kube-system', 'kube-public', 'kube-node-lease'])
    ensure(lab, namespaces, { apiVersion: 'v1', kind: 'Namespace', metadata: { name } });
  for (const namespace of lab.store.list(namespaces))
    if (!namespace.status) setStatus(lab, namespaces, namespace, { phase: 'Active' });
  const off = listOf(lab.config, 'disable');
  if (!off.includes('coredns')) ensure(lab, deployments, withLabel(deployment('kube-system', 'coredns', 'rancher/mirrored-coredns-coredns:1.14.7'), 'kube-dns'));
  if (!off.includes('metrics-server')) {
    ensure(lab, deployments, deployment('kube-system', 'metrics-server', 'rancher/mirrored-metrics-server:v0.9.0'));
    ensure(lab, apiServices, {
      apiVersion: 'apiregistration.k8s.io/v1', kind: 'APIService', metadata: { name: 'v1beta1.metrics.k8s.io' },
      spec: { group: 'metrics.k8s.io', version: 'v1beta1', groupPriorityMinimum: 100, versionPriority: 100, service: { name: 'metrics-server', namespace: 'kube-system' } },
    });
  }
  if (!off.includes('local-storage')) {
    ensure(lab, deployments, deployment('kube-system', 'local-path-provisioner', 'rancher/local-path-provisioner:v0.0.37'));
    ensure(lab, storageClasses, {
      apiVersion: 'storage.k8s.io/v1', kind: 'StorageClass', provisioner: 'rancher.io/local-path', reclaimPolicy: 'Delete', volumeBindingMode: 'WaitForFirstConsumer',
      metadata: { name: 'local-path', annotations: { 'storageclass.kubernetes.io/is-default-class': 'true', defaultVolumeType: 'local', 'stand-in/path': textOf(lab.config, 'default-local-storage-path') ?? '' } },
    });
  }
}; // prettier-ignore

const withLabel = (object: KubeObject, label: string): KubeObject => {
  const labels = { 'k8s-app': label };
  const template = { metadata: { labels }, spec: { containers: [{ name: 'coredns', image: 'rancher/mirrored-coredns-coredns:1.14.7' }] } }; // prettier-ignore
  return {
    ...object,
    metadata: { ...object.metadata, labels },
    spec: { replicas: 1, selector: { matchLabels: labels }, template },
  };
};

/** Definitions are established, API services found. */
export const controlApis: Controller = (lab) => {
  for (const object of lab.store.list(definitions))
    if (!object.status)
      setStatus(lab, definitions, object, {
        conditions: conditions(object, { NamesAccepted: [true, 'NoConflicts'], Established: [true, 'InitialNamesAccepted'] }),
        acceptedNames: object.spec?.['names'],
        storedVersions: [(object.spec as { versions: { name: string }[] }).versions[0]?.name],
      });
  for (const object of lab.store.list(apiServices)) {
    const { service } = (object.spec ?? {}) as { service?: { name: string; namespace: string } };
    const metrics = service?.name === 'metrics-server';
    const message = metrics ? lab.mode.metricsUnavailable : undefined;
    const behind = !service || lab.store.list(pods, service.namespace).some((pod) => pod.metadata.name?.startsWith(service.name) && isRunning(pod));
    const holds = behind && !message;
    const reason = holds ? 'Passed' : message ? 'FailedDiscoveryCheck' : 'MissingEndpoints';
    const text = message ?? (holds ? 'all checks passed' : `endpoints for service/${service?.name} in "${service?.namespace}" have no addresses`);
    const next = conditions(object, { Available: [holds, reason, text] });
    if (JSON.stringify(next) !== JSON.stringify(object.status?.['conditions'])) setStatus(lab, apiServices, object, { conditions: next });
  }
}; // prettier-ignore
export const isRunning = (pod: KubeObject): boolean => pod.status?.['phase'] === 'Running';

/** A HelmChart runs a job; TopoLVM's brings its driver, class and node registration with it. */
export const controlCharts: Controller = (lab) => {
  for (const chart of lab.store.list(helmCharts)) {
    const { name = '', namespace = 'kube-system' } = chart.metadata;
    const job = ensure(lab, jobs, { apiVersion: 'batch/v1', kind: 'Job', metadata: { name: `helm-install-${name}`, namespace, ...owner(chart) }, spec: {} }); // prettier-ignore
    if (!lab.after(job, 2)) continue;
    if (!job.status) setStatus(lab, jobs, job, { succeeded: 1, conditions: conditions(job, { Complete: [true] }) });
    if (!chart.status) setStatus(lab, helmCharts, chart, { jobName: job.metadata.name });
    if (name === 'topolvm') topolvm(lab);
  }
};

function topolvm(lab: Lab): void {
  const storage = (kind: string, plural: string) => ({ group: 'storage.k8s.io', version: 'v1', plural, kind, namespaced: false });
  ensure(lab, namespaces, { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'topolvm-system' } });
  ensure(lab, definitions, definition('topolvm.io', 'v1', 'LogicalVolume', 'logicalvolumes', false));
  ensure(lab, storage('CSIDriver', 'csidrivers'), { apiVersion: 'storage.k8s.io/v1', kind: 'CSIDriver', metadata: { name: 'topolvm.io' }, spec: { storageCapacity: true } });
  ensure(lab, storage('CSINode', 'csinodes'), {
    apiVersion: 'storage.k8s.io/v1', kind: 'CSINode', metadata: { name: lab.nodeName },
    spec: { drivers: [{ name: 'topolvm.io', nodeID: lab.nodeName, topologyKeys: ['topology.topolvm.io/node'] }] },
  });
  ensure(lab, storageClasses, {
    apiVersion: 'storage.k8s.io/v1', kind: 'StorageClass', provisioner: 'topolvm.io', allowVolumeExpansion: true, volumeBindingMode: 'WaitForFirstConsumer',
    parameters: { 'topolvm.io/device-class': 'thin', 'csi.storage.k8s.io/fstype': 'ext4' },
    metadata: { name: 'hearth-pool', annotations: { 'storageclass.kubevirt.io/is-default-virt-class': 'true' } },
  });
} // prettier-ignore
