import type { KubeObject } from '../../../../../main/contract/kube.ts';
import {
  apiServices,
  configMaps,
  daemonSets,
  definition,
  definitions,
  deployments,
  storageClasses,
} from '../api/resources.ts';
import type { Resource } from '../store.ts';
import type { Controller, Lab } from './lab.ts';
import { conditions, ensure, owner, setStatus } from './lab.ts';

const custom = (group: string, version: string, kind: string, plural: string, namespaced = true): Resource => ({
  group,
  version,
  kind,
  plural,
  namespaced,
});
export const kubeVirts = custom('kubevirt.io', 'v1', 'KubeVirt', 'kubevirts');
export const cdis = custom('cdi.kubevirt.io', 'v1beta1', 'CDI', 'cdis', false);
export const machines = custom('kubevirt.io', 'v1', 'VirtualMachine', 'virtualmachines');
export const instances = custom('kubevirt.io', 'v1', 'VirtualMachineInstance', 'virtualmachineinstances');
export const dataVolumes = custom('cdi.kubevirt.io', 'v1beta1', 'DataVolume', 'datavolumes');
const instancetypes = custom(
  'instancetype.kubevirt.io',
  'v1beta1',
  'VirtualMachineClusterInstancetype',
  'virtualmachineclusterinstancetypes',
  false,
);
const profiles = custom('cdi.kubevirt.io', 'v1beta1', 'StorageProfile', 'storageprofiles', false);
const cdiConfigs = custom('cdi.kubevirt.io', 'v1beta1', 'CDIConfig', 'cdiconfigs', false);

export const kubeVirtDeployed = (lab: Lab): boolean =>
  lab.store
    .list(kubeVirts)
    .some((each) => each.status?.['phase'] === 'Deployed' || each.status?.['observedKubeVirtVersion'] !== undefined);

const image = (object: KubeObject | undefined): string =>
  ((object?.spec as { template?: { spec?: { containers?: { image?: string }[] } } } | undefined)?.template?.spec?.containers?.[0]?.image ?? ''); // prettier-ignore
const tagOf = (name: string): string => name.split('@')[0]?.split(':').at(-1) ?? '';
const available = (lab: Lab, namespace: string, name: string): boolean => {
  const found = lab.store.get(deployments, namespace, name);
  return Number(found?.status?.['availableReplicas'] ?? 0) >= Number(found?.spec?.['replicas'] ?? 1);
};

interface Product {
  readonly resource: Resource;
  readonly name: 'kubevirt' | 'cdi';
  readonly namespace: string;
  readonly operator: string;
  readonly parts: readonly string[];
  readonly handler?: string;
  readonly definitions: readonly KubeObject[];
  readonly services: readonly [name: string, service: string][];
  /** Prefix of the status fields, e.g. observedKubeVirtVersion. */
  readonly field: 'KubeVirtVersion' | 'Version';
  readonly finalizer: string;
}
const define = (resources: readonly Resource[]): KubeObject[] => resources.map(({ group, version, kind, plural, namespaced }) => definition(group, version, kind, plural, namespaced)); // prettier-ignore

const products: readonly Product[] = [
  {
    resource: kubeVirts, name: 'kubevirt', namespace: 'kubevirt', operator: 'virt-operator', parts: ['virt-api', 'virt-controller'], handler: 'virt-handler', field: 'KubeVirtVersion',
    finalizer: 'foregroundDeleteKubeVirt', services: [['v1.subresources.kubevirt.io', 'virt-api']],
    definitions: define([
      machines, instances, instancetypes,
      custom('kubevirt.io', 'v1', 'VirtualMachineInstanceMigration', 'virtualmachineinstancemigrations'),
      custom('kubevirt.io', 'v1', 'VirtualMachineInstanceReplicaSet', 'virtualmachineinstancereplicasets'),
      custom('instancetype.kubevirt.io', 'v1beta1', 'VirtualMachineInstancetype', 'virtualmachineinstancetypes'),
      custom('instancetype.kubevirt.io', 'v1beta1', 'VirtualMachineClusterPreference', 'virtualmachineclusterpreferences', false),
      custom('instancetype.kubevirt.io', 'v1beta1', 'VirtualMachinePreference', 'virtualmachinepreferences'),
      custom('snapshot.kubevirt.io', 'v1beta1', 'VirtualMachineSnapshot', 'virtualmachinesnapshots'),
      custom('snapshot.kubevirt.io', 'v1beta1', 'VirtualMachineRestore', 'virtualmachinerestores'),
      custom('clone.kubevirt.io', 'v1beta1', 'VirtualMachineClone', 'virtualmachineclones'),
      custom('export.kubevirt.io', 'v1beta1', 'VirtualMachineExport', 'virtualmachineexports'),
    ]),
  },
  {
    resource: cdis, name: 'cdi', namespace: 'cdi', operator: 'cdi-operator', parts: ['cdi-apiserver', 'cdi-deployment', 'cdi-uploadproxy'], field: 'Version',
    finalizer: 'operator.cdi.kubevirt.io', services: [['v1beta1.upload.cdi.kubevirt.io', 'cdi-apiserver']],
    definitions: define([
      dataVolumes, profiles, cdiConfigs,
      custom('cdi.kubevirt.io', 'v1beta1', 'DataSource', 'datasources'), custom('cdi.kubevirt.io', 'v1beta1', 'DataImportCron', 'dataimportcrons'),
      custom('cdi.kubevirt.io', 'v1beta1', 'ObjectTransfer', 'objecttransfers', false),
      custom('forklift.cdi.kubevirt.io', 'v1beta1', 'OvirtVolumePopulator', 'ovirtvolumepopulators'),
    ]),
  },
]; // prettier-ignore

/** The operators of KubeVirt and CDI: Deploying, their parts, Deployed; and back when their object is deleted. */
export const controlOperators: Controller = (lab) => {
  for (const product of products) for (const object of lab.store.list(product.resource)) operate(lab, product, object);
};

function operate(lab: Lab, product: Product, object: KubeObject): void {
  const operator = lab.store.get(deployments, product.namespace, product.operator);
  if (object.metadata.deletionTimestamp) {
    if (operator) takeDown(lab, product, object);
    return;
  }
  if (!operator || !available(lab, product.namespace, product.operator)) return;
  if (!object.metadata.finalizers?.includes(product.finalizer)) {
    lab.store.update(product.resource, { ...object, metadata: { ...object.metadata, finalizers: [...(object.metadata.finalizers ?? []), product.finalizer] } }, 'spec');
    return;
  }
  const target = tagOf(image(operator));
  const observed = `observed${product.field}`;
  const versions = product.field === 'Version' ? { operatorVersion: target, targetVersion: target } : { operatorVersion: target, targetKubeVirtVersion: target };
  const report = (phase: string, done: boolean): void =>
    setStatus(lab, product.resource, object, {
      ...object.status, ...versions, phase, observedGeneration: object.metadata.generation, ...(done && { [observed]: target }),
      conditions: conditions(object, {
        Available: done ? [true, 'AllComponentsReady', 'All components are ready.'] : [false, 'DeploymentInProgress', `Deploying version ${target}`],
        Progressing: done ? [false, 'AllComponentsReady'] : [true, 'DeploymentInProgress', `Deploying version ${target}`],
        Degraded: [false, 'AllComponentsReady'],
        ...(product.name === 'kubevirt' && { Created: [true, 'AllResourcesCreated'], Synchronized: [true, 'AllResourcesSynced'] }),
      }),
    });
  if (lab.mode.stuckOperators?.includes(product.name) || !lab.after(object, 1)) return report('Deploying', false);
  for (const each of product.definitions) ensure(lab, definitions, each);
  for (const part of product.parts) keepPart(lab, product, object, part, target);
  if (product.handler) keepHandler(lab, product, object, product.handler, target);
  for (const [name, service] of product.services)
    ensure(lab, apiServices, { apiVersion: 'apiregistration.k8s.io/v1', kind: 'APIService', metadata: { name }, spec: { group: name.slice(name.indexOf('.') + 1), version: name.split('.')[0], groupPriorityMinimum: 1000, versionPriority: 15, service: { name: service, namespace: product.namespace } } });
  if (!product.parts.every((part) => available(lab, product.namespace, part))) return report('Deploying', false);
  afterwards(lab, product);
  report('Deployed', true);
} // prettier-ignore

const template = (name: string, target: string) => ({
  selector: { matchLabels: { 'kubevirt.io': name } },
  template: { metadata: { labels: { 'kubevirt.io': name } }, spec: { containers: [{ name, image: `quay.io/kubevirt/${name}:${target}` }] } },
}); // prettier-ignore
function keepPart(lab: Lab, product: Product, object: KubeObject, name: string, target: string): void {
  const wanted: KubeObject = { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name, namespace: product.namespace, ...owner(object) }, spec: { replicas: 1, ...template(name, target) } };
  const live = ensure(lab, deployments, wanted);
  if (tagOf(image(live)) !== target) lab.store.update(deployments, { ...live, ...(wanted.spec && { spec: wanted.spec }) }, 'spec');
} // prettier-ignore
function keepHandler(lab: Lab, product: Product, object: KubeObject, name: string, target: string): void {
  const wanted: KubeObject = { apiVersion: 'apps/v1', kind: 'DaemonSet', metadata: { name, namespace: product.namespace, ...owner(object) }, spec: template(name, target) };
  const live = ensure(lab, daemonSets, wanted);
  if (tagOf(image(live)) !== target) lab.store.update(daemonSets, { ...live, ...(wanted.spec && { spec: wanted.spec }) }, 'spec');
} // prettier-ignore

/** What the operators' programs make once they run. */
function afterwards(lab: Lab, product: Product): void {
  if (product.name === 'kubevirt') {
    for (const [name, guest] of [['u1.small', '2Gi'], ['u1.medium', '4Gi'], ['u1.large', '8Gi']] as const)
      ensure(lab, instancetypes, { apiVersion: 'instancetype.kubevirt.io/v1beta1', kind: 'VirtualMachineClusterInstancetype', metadata: { name }, spec: { cpu: { guest: 1 }, memory: { guest } } });
    return;
  }
  ensure(lab, configMaps, { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'cdi-uploadproxy-signer-bundle', namespace: 'cdi' }, data: { 'ca-bundle.crt': 'stand-in' } });
  ensure(lab, cdiConfigs, { apiVersion: 'cdi.kubevirt.io/v1beta1', kind: 'CDIConfig', metadata: { name: 'config' }, spec: {} });
  for (const { metadata } of lab.store.list(storageClasses))
    ensure(lab, profiles, { apiVersion: 'cdi.kubevirt.io/v1beta1', kind: 'StorageProfile', metadata: { name: metadata.name ?? '' }, spec: {} });
} // prettier-ignore

function takeDown(lab: Lab, product: Product, object: KubeObject): void {
  if (product.name === 'kubevirt' && lab.store.list(instances).length > 0) {
    for (const each of lab.store.list(instances)) lab.store.remove(instances, each);
    return;
  }
  for (const each of product.parts) {
    const part = lab.store.get(deployments, product.namespace, each);
    if (part) lab.store.remove(deployments, part);
  }
  for (const [name] of product.services) {
    const service = lab.store.get(apiServices, undefined, name);
    if (service) lab.store.remove(apiServices, service);
  }
  const finalizers = (object.metadata.finalizers ?? []).filter((each) => each !== product.finalizer);
  lab.store.update(product.resource, { ...object, metadata: { ...object.metadata, finalizers } }, 'all');
}
