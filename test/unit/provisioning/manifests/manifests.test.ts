import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import type { FieldError } from '../../../../main/embedded/admission/field-error.ts';
import type { JsonSchema } from '../../../../main/embedded/admission/schema.ts';
import { prune, validate } from '../../../../main/embedded/admission/structural.ts';
import { imageNamespace as libraryNamespace } from '../../../../main/backend/images/manifest.ts';
import { clusterSteps, labSteps } from '../../../../provisioning/manifests/cluster.ts';
import { imageNamespace } from '../../../../provisioning/manifests/hearth.ts';
import { imageVolumeWorks } from '../../../../provisioning/manifests/kubevirt.ts';
import { poolDownloads } from '../../../../provisioning/manifests/pool.ts';
import { removalOrder } from '../../../../provisioning/manifests/removal.ts';
import type { ClusterStep, Manifest } from '../../../../provisioning/plan.ts';
import type { ApplianceSettings } from '../../../../provisioning/settings.ts';
import { rungs } from '../../../../provisioning/ladder/rungs.ts';

const settings: ApplianceSettings = {
  mode: 'solo',
  nodeName: 'lab',
  tlsNames: [],
  clusterCidr: '10.42.0.0/16',
  serviceCidr: '10.43.0.0/16',
  volumes: '/var/lib/hearth/volumes',
  storage: 'local-path',
  etcd: false,
  accelerator: 'kvm',
  versions: { k3s: 'v1.36.3+k3s1', kubevirt: 'v1.9.0', cdi: 'v1.66.0' },
  dns: [],
};
const objectsOf = (steps: readonly ClusterStep[]): Manifest[] =>
  steps.flatMap(({ action }) => (action.kind === 'apply' ? [...action.objects] : []));
const find = (steps: readonly ClusterStep[], kind: string): Manifest => {
  const found = objectsOf(steps).find((each) => each.kind === kind);
  if (!found) throw new Error(`no ${kind}`);
  return found;
};
const schemaOf = (file: string): JsonSchema => {
  const crd = JSON.parse(readFileSync(file, 'utf8')) as {
    spec: { versions: { schema?: { openAPIV3Schema?: JsonSchema } }[] };
  };
  const schema = crd.spec.versions.map((version) => version.schema?.openAPIV3Schema).find(Boolean);
  if (!schema) throw new Error(`${file} has no schema`);
  const metadata: JsonSchema = { type: 'object', 'x-kubernetes-preserve-unknown-fields': true };
  return { ...schema, properties: { ...schema.properties, metadata } };
};
const assets = join(import.meta.dirname, '../../../../assets/kubevirt/crds');
const check = (file: string, object: unknown): { unknown: string[]; errors: FieldError[] } => {
  const schema = schemaOf(file);
  const unknown: string[] = [];
  const errors: FieldError[] = [];
  validate(schema, prune(schema, object, '', unknown), '', errors);
  return { unknown, errors };
};
const clean = { unknown: [], errors: [] };

const rich: ApplianceSettings = {
  ...settings,
  accelerator: 'tcg',
  versions: { ...settings.versions, k3s: 'v1.36.1+k3s1' },
  proxy: { http: 'http://proxy.lan:3128', https: 'http://proxy.lan:3128', no: '10.0.0.0/8,.lan' },
  ca: '-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n',
};

test.each([
  ['plain', settings],
  ['with proxy, authority and software mode', rich],
])('our objects keep to the schemas of KubeVirt 1.9 and CDI 1.66: %s', (_title, each) => {
  const steps = clusterSteps(each);
  expect(check(join(assets, 'kubevirt.io_kubevirts.json'), find(steps, 'KubeVirt'))).toEqual(clean);
  expect(check(join(assets, 'cdi.kubevirt.io_cdis.json'), find(steps, 'CDI'))).toEqual(clean);
  expect(check(join(assets, 'cdi.kubevirt.io_storageprofiles.json'), find(steps, 'StorageProfile'))).toEqual(clean);
});

test('the check would notice a field that does not exist', () => {
  const kubevirt = structuredClone(find(clusterSteps(settings), 'KubeVirt')) as unknown as {
    spec: { configuration: Record<string, unknown> };
  };
  kubevirt.spec.configuration['vmRolloutStrategie'] = 'Stage';
  expect(check(join(assets, 'kubevirt.io_kubevirts.json'), kubevirt).unknown).toEqual([
    'spec.configuration.vmRolloutStrategie',
  ]);
});

const configuration = (each: ApplianceSettings): unknown =>
  (find(clusterSteps(each), 'KubeVirt')['spec'] as { configuration: { developerConfiguration: unknown } }).configuration
    .developerConfiguration;

test('software mode and an old containerd show in the KubeVirt object', () => {
  expect(configuration(settings)).toEqual({
    useEmulation: false,
    featureGates: ['HostDevices'],
    disabledFeatureGates: ['Template'],
  });
  expect(configuration(rich)).toMatchObject({
    useEmulation: true,
    disabledFeatureGates: ['Template', 'ImageVolume'],
  });
});

test.each([
  ['v1.36.2+k3s1', true],
  ['v1.36.3+k3s1', true],
  ['v1.37.0+k3s1', true],
  ['v2.0.0+k3s1', true],
  ['v1.36.1+k3s2', false],
  ['v1.35.9+k3s1', false],
  ['latest', false],
])('image volumes work in %s: %s', (version, works) => {
  expect(imageVolumeWorks(version)).toBe(works);
});

test('CDI learns of proxy and authorities, and only then', () => {
  expect(find(clusterSteps(settings), 'CDI')['spec']).not.toHaveProperty('config.importProxy');
  expect(objectsOf(clusterSteps(settings)).some((each) => each.kind === 'ConfigMap')).toBe(false);
  const steps = clusterSteps(rich);
  expect(find(steps, 'CDI')['spec']).toHaveProperty('config.importProxy', {
    HTTPProxy: 'http://proxy.lan:3128',
    HTTPSProxy: 'http://proxy.lan:3128',
    noProxy: '10.0.0.0/8,.lan',
    trustedCAProxy: find(steps, 'ConfigMap').metadata.name,
  });
  expect(find(steps, 'ConfigMap')).toMatchObject({
    metadata: { namespace: 'cdi' },
    data: { 'ca.crt': rich.ca, 'ca.pem': rich.ca },
  });
});

test('the steps are in the order in which they can work', () => {
  const steps = clusterSteps(settings);
  const ids = steps.map((step) => step.id);
  expect(new Set(ids).size).toBe(ids.length);
  for (const id of ids) expect(id).toMatch(/^[a-z0-9][a-z0-9-]{0,62}$/);
  expect(ids).toEqual([
    'rung-unit', 'rung-port', 'rung-ca', 'rung-readyz', 'rung-node', 'rung-core', 'rung-paths', 'rung-storage',
    'kubevirt-operator', 'kubevirt-operator-replicas', 'kubevirt', 'cdi-operator', 'cdi', 'rung-kubevirt', 'rung-cdi',
    'storage-profile', 'hearth-objects', 'rung-devices', 'rung-smoke',
  ]); // prettier-ignore
  const climbed = steps.flatMap(({ action }) => (action.kind === 'rung' ? [action.rung] : []));
  expect(climbed).toEqual(rungs.map((rung) => rung.id));
});

test('a pool brings the kinds and the controller of snapshots, and its driver, before KubeVirt', () => {
  const steps = clusterSteps({ ...settings, storage: 'pool-file', poolSize: 2 ** 36 });
  const ids = steps.map((step) => step.id);
  const names = steps.flatMap(({ action }) => (action.kind === 'apply-download' ? [action.name] : []));
  expect(names).toEqual([...poolDownloads.map((each) => each.name), 'kubevirt-operator', 'cdi-operator']);
  expect(ids.indexOf('rung-storage-pool')).toBeLessThan(ids.indexOf('kubevirt-operator'));
  const chart = find(steps, 'HelmChart')['spec'] as { valuesContent: string };
  expect(parse(chart.valuesContent)).toMatchObject({
    lvmd: {
      managed: false,
      deviceClasses: [{ 'volume-group': 'hearth', type: 'thin', 'thin-pool': { name: 'pool' } }],
    },
    webhook: { podMutatingWebhook: { enabled: false } },
    storageClasses: [
      {
        name: 'hearth-pool',
        storageClass: { volumeBindingMode: 'WaitForFirstConsumer', isDefaultClass: false },
      },
    ],
  });
});

test('another cluster gets the same lab over its own class', () => {
  const steps = labSteps({ accelerator: 'tcg', imageVolume: false, localPathClass: 'standard' });
  expect(find(steps, 'StorageProfile').metadata.name).toBe('standard');
});

test("images may be cloned from the library's namespace by machines of other namespaces", () => {
  expect(imageNamespace).toBe(libraryNamespace);
  const binding = find(clusterSteps(settings), 'RoleBinding');
  expect(binding).toMatchObject({
    metadata: { namespace: imageNamespace },
    subjects: [{ kind: 'Group', name: 'system:serviceaccounts' }],
  });
});

test('removal goes from what runs to what runs it', () => {
  const order = removalOrder.map((each) => each.name ?? each.plural);
  const at = (name: string): number => {
    expect(order).toContain(name);
    return order.indexOf(name);
  };
  expect(at('virtualmachines')).toBeLessThan(at('kubevirt'));
  expect(at('datavolumes')).toBeLessThan(at('cdi'));
  const operator = removalOrder.findIndex((each) => each.plural === 'kubevirts');
  const namespace = removalOrder.findIndex((each) => each.plural === 'namespaces');
  expect(at('v1.subresources.kubevirt.io')).toBeGreaterThan(operator);
  expect(at('virt-api-validator')).toBeGreaterThan(operator);
  expect(namespace).toBeGreaterThan(at('virt-operator-validator'));
});
