import { afterAll, beforeAll, expect, test } from 'vitest';
import type { KubeObject } from '../../../main/embedded/kube/object.ts';
import {
  configMaps,
  dataVolumes,
  namespaces,
  persistentVolumeClaims,
  secrets,
  services,
  storageClasses,
  virtualMachineClusterInstancetypes,
  virtualMachineInstances,
} from '../../../main/embedded/kube/resources.ts';
import type { ResourceType } from '../../../main/embedded/kube/resources.ts';
import { admissionLab, machine, merge } from '../../support/admission/admit.ts';
import type { AdmissionLab } from '../../support/admission/admit.ts';

let lab: AdmissionLab;
beforeAll(() => {
  lab = admissionLab();
});
afterAll(() => lab.close());

let count = 0;
const object = (type: ResourceType, fields: object): KubeObject =>
  merge(
    {
      apiVersion: type.group ? `${type.group}/${type.version}` : type.version,
      kind: type.kind,
      metadata: { name: `a${(count += 1)}`, ...(type.namespaced ? { namespace: 'default' } : {}) },
    },
    fields,
  ) as KubeObject;
const service = (spec: object) => object(services, { spec: { type: 'NodePort', ports: [{ port: 80 }], ...spec } });
const claim = (spec: object = {}) =>
  object(persistentVolumeClaims, {
    spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } }, ...spec },
  });
const dataVolume = (spec: object) =>
  object(dataVolumes, {
    spec: { source: { blank: {} }, storage: { resources: { requests: { storage: '1Gi' } } }, ...spec },
  });
const storage = (request: string) => ({ storage: { resources: { requests: { storage: request } } } });

type Case = [title: string, type: ResourceType, object: () => KubeObject, field: string, message: string];
const cases: Case[] = [
  ['service without ports', services, () => service({ ports: [] }), 'spec.ports', 'Required value'],
  ['service with nameless ports', services, () => service({ ports: [{ port: 1 }, { port: 2, name: 'b' }] }), 'spec.ports[0].name', 'Required value'],
  ['service with a name twice', services, () => service({ ports: [{ port: 1, name: 'b' }, { port: 2, name: 'b' }] }), 'spec.ports[1].name', 'Duplicate value: "b"'],
  ['service port', services, () => service({ ports: [{ port: 70000 }] }), 'spec.ports[0].port', 'Invalid value: 70000: must be between 1 and 65535, inclusive'],
  ['node port out of range', services, () => service({ ports: [{ port: 80, nodePort: 8080 }] }), 'spec.ports[0].nodePort', 'Invalid value: 8080: provided port is not in the valid range. The range of valid ports is 30000-32767'],
  ['node port of a ClusterIP service', services, () => service({ type: 'ClusterIP', ports: [{ port: 80, nodePort: 30080 }] }), 'spec.ports[0].nodePort', "Forbidden: may not be used when `type` is 'ClusterIP'"],
  ['SCTP', services, () => service({ ports: [{ port: 80, protocol: 'SCTP' }] }), 'spec.ports[0].protocol', 'Unsupported value: "SCTP": supported values: "TCP", "UDP"'],
  ['ExternalName', services, () => service({ type: 'ExternalName', externalName: 'a.b' }), 'spec.type', 'Forbidden: there is no cluster DNS to publish a name in; use NodePort or LoadBalancer'],
  ['unknown service type', services, () => service({ type: 'Magic' }), 'spec.type', 'Unsupported value: "Magic": supported values: "ClusterIP", "ExternalName", "LoadBalancer", "NodePort"'],
  ['config key', configMaps, () => object(configMaps, { data: { 'a/b': 'c' } }), 'data[a/b]', `Invalid value: "a/b": a valid config key must consist of alphanumeric characters, '-', '_' or '.' (e.g. 'key.name',  or 'KEY_NAME',  or 'key-name', regex used for validation is '[-._a-zA-Z0-9]+')`],
  ['large config map', configMaps, () => object(configMaps, { data: { a: 'x'.repeat(2 ** 20 + 1) } }), '', 'Too long: may not be more than 1048576 bytes'],
  ['TLS secret without key', secrets, () => object(secrets, { type: 'kubernetes.io/tls', data: { 'tls.crt': 'YQ==' } }), 'data[tls.key]', 'Required value'],
  ['claim without size', persistentVolumeClaims, () => claim({ resources: {} }), 'spec.resources[storage]', 'Required value'],
  ['claim without mode', persistentVolumeClaims, () => claim({ accessModes: [] }), 'spec.accessModes', 'Required value: at least 1 access mode is required'],
  ['claim of a strange mode', persistentVolumeClaims, () => claim({ accessModes: ['ReadAlways'] }), 'spec.accessModes[0]', 'Unsupported value: "ReadAlways": supported values: "ReadOnlyMany", "ReadWriteMany", "ReadWriteOnce", "ReadWriteOncePod"'],
  ['claim of size 0', persistentVolumeClaims, () => claim({ resources: { requests: { storage: '0' } } }), 'spec.resources[storage]', 'Invalid value: "0": must be greater than zero'],
  ['claim filled from elsewhere', persistentVolumeClaims, () => claim({ dataSource: { kind: 'PersistentVolumeClaim', name: 'a' } }), 'spec.dataSource', 'Forbidden: claims are filled from a VolumeSnapshot only; make a DataVolume with a source instead'],
  ['storage class of another maker', storageClasses, () => object(storageClasses, { provisioner: 'ebs.csi.aws.com' }), 'provisioner', 'Forbidden: only hearth.dev/qcow2 makes volumes here'],
  ['data volume without target', dataVolumes, () => dataVolume({ storage: undefined }), 'spec.PVC', 'Missing Data volume PVC'],
  ['data volume of two targets', dataVolumes, () => dataVolume({ pvc: { accessModes: ['ReadWriteOnce'] } }), 'spec.PVC.Storage', 'Duplicate storage definition, both target storage and target pvc defined'],
  ['data volume without source', dataVolumes, () => dataVolume({ source: undefined }), 'spec.source', 'Data volume should have either Source or SourceRef, or be externally populated'],
  ['data volume of two sources', dataVolumes, () => dataVolume({ source: { blank: {}, upload: {} } }), 'spec.source', 'Multiple dataVolume sources'],
  ['data volume of no source', dataVolumes, () => dataVolume({ source: {} }), 'spec.source', 'Missing dataVolume source'],
  ['data volume without size', dataVolumes, () => dataVolume({ storage: {} }), 'spec.Storage.resources.requests.size', 'Storage size is missing'],
  ['data volume of size 0', dataVolumes, () => dataVolume(storage('0')), 'spec.Storage.resources.requests.size', "Storage size can't be equal or less than zero"],
  ['small data volume', dataVolumes, () => dataVolume(storage('1000k')), 'spec.Storage.resources.requests.size', 'Storage size should be at least 1MiB'],
  ['pvc without access mode', dataVolumes, () => dataVolume({ storage: undefined, pvc: { resources: { requests: { storage: '1Gi' } } } }), 'spec.PVC.accessModes', 'Required value: at least 1 access mode is required'],
  ['pvc of two access modes', dataVolumes, () => dataVolume({ storage: undefined, pvc: { accessModes: ['ReadWriteOnce', 'ReadOnlyMany'], resources: { requests: { storage: '1Gi' } } } }), 'spec.PVC.accessModes', 'PVC multiple accessModes'],
  ['url scheme', dataVolumes, () => dataVolume({ source: { http: { url: 'ftp://a/b' } } }), 'spec.source.HTTP.url', 'spec.source Invalid source URL scheme: ftp://a/b'],
  ['no url', dataVolumes, () => dataVolume({ source: { http: { url: '' } } }), 'spec.source.HTTP.url', 'spec.source source URL is empty'],
  ['checksum', dataVolumes, () => dataVolume({ source: { http: { url: 'https://a/b', checksum: 'sha256:12' } } }), 'spec.source.HTTP.checksum', 'Invalid checksum format: a sha256 hash has 64 hexadecimal digits'],
  ['sourceRef kind', dataVolumes, () => dataVolume({ source: undefined, sourceRef: { kind: 'Disk', name: 'a' } }), 'spec.sourceRef.Kind', 'Unsupported sourceRef kind Disk, currently only DataSource is supported'],
  ['registry source', dataVolumes, () => dataVolume({ source: { registry: { url: 'docker://a/b' } } }), 'spec.source.registry', 'Forbidden: a container registry is not read; use an http, upload, blank or pvc source'],
  ['archive', dataVolumes, () => dataVolume({ source: { upload: {} }, contentType: 'archive' }), 'spec.contentType', 'Forbidden: archives are not unpacked into volumes; import a disk image'],
  ['instance type of no CPU', virtualMachineClusterInstancetypes, () => object(virtualMachineClusterInstancetypes, { spec: { cpu: { guest: 0 }, memory: { guest: '1Gi' } } }), 'spec.cpu.guest', "spec.cpu.guest '0': must be greater than 0."],
]; // prettier-ignore
test.each(cases)('%s is refused', (_title, type, make, field, message) => {
  const refusal = lab.refusal({ type, object: make() });
  expect(refusal).toMatchObject({ code: 422, reason: 'Invalid' });
  expect(refusal.causes).toContainEqual(expect.objectContaining({ field, message }));
});

test('CDI speaks as its webhook', () => {
  expect(lab.refusal({ type: dataVolumes, object: dataVolume({ source: undefined }) }).message).toBe(
    'admission webhook "datavolume-validate.cdi.kubevirt.io" denied the request: Data volume should have either Source or SourceRef, or be externally populated',
  );
});

test('the spec of a DataVolume stays; its labels may change', () => {
  const old = lab.create(dataVolumes, dataVolume({}));
  const grown = merge(old, { spec: storage('2Gi') }) as KubeObject;
  const refusal = lab.refusal({ type: dataVolumes, object: grown, old });
  expect(refusal.message).toContain('Cannot update DataVolume Spec');
  const labelled = merge(old, { metadata: { labels: { a: 'b' } } }) as KubeObject;
  expect(lab.admit({ type: dataVolumes, object: labelled, old }).object.metadata.labels).toEqual({ a: 'b' });
});

test('a DataVolume does not take a claim that is there', () => {
  const stored = lab.create(persistentVolumeClaims, claim());
  const { name } = stored.metadata;
  const refusal = lab.refusal({
    type: dataVolumes,
    object: merge(dataVolume({}), { metadata: { name } }) as KubeObject,
  });
  expect(refusal.causes[0]?.message).toBe(`Destination PVC default/${name} already exists`);
});

test('a claim gets the default class, grows when bound, and never shrinks', () => {
  const made = lab.create(persistentVolumeClaims, claim());
  expect(made.spec).toMatchObject({ storageClassName: 'hearth', volumeMode: 'Filesystem' });
  const sized = (size: string) => merge(made, { spec: { resources: { requests: { storage: size } } } }) as KubeObject;
  expect(lab.refusal({ type: persistentVolumeClaims, object: sized('2Gi'), old: made }).message).toContain(
    'spec: Forbidden: spec is immutable after creation except resources.requests and volumeAttributesClassName for bound claims',
  );
  const bound = lab.store.mutate(
    persistentVolumeClaims,
    'default',
    made.metadata.name,
    (draft) => void (draft.status = { phase: 'Bound' }),
    { subresource: 'status' },
  );
  if (!bound) throw new Error('the claim is gone');
  const { object: grown } = lab.admit({ type: persistentVolumeClaims, object: sized('2Gi'), old: bound });
  expect(grown.spec).toMatchObject({ resources: { requests: { storage: '2Gi' } } });
  expect(lab.refusal({ type: persistentVolumeClaims, object: sized('1Mi'), old: bound }).causes[0]).toMatchObject({
    field: 'spec.resources.requests.storage',
    message: 'Forbidden: field can not be less than status.capacity',
  });
});

test('stringData is folded into data; an immutable secret stays', () => {
  const made = lab.create(secrets, object(secrets, { immutable: true, data: { a: 'YQ==' }, stringData: { b: 'ü' } }));
  expect(made['data']).toEqual({ a: 'YQ==', b: 'w7w=' });
  expect(made).not.toHaveProperty('stringData');
  const changed = merge(made, { data: { a: 'Yg==' } }) as KubeObject;
  expect(lab.refusal({ type: secrets, object: changed, old: made }).causes).toEqual([
    { reason: 'FieldValueForbidden', field: 'data', message: 'Forbidden: field is immutable when `immutable` is set' },
  ]);
});

test('node ports are given out once', () => {
  const first = lab.create(services, service({ ports: [{ port: 80, nodePort: 30080 }] }));
  const refusal = lab.refusal({ type: services, object: service({ ports: [{ port: 80, nodePort: 30080 }] }) });
  expect(refusal.causes[0]?.message).toBe('Invalid value: 30080: provided port is already allocated');
  expect(lab.admit({ type: services, object: first, old: first }).object.spec).toEqual(first.spec);
  const other = lab.admit({ type: services, object: service({}) }).object;
  const [port] = (other.spec as { ports: { nodePort: number }[] }).ports;
  expect(port?.nodePort).toBeGreaterThanOrEqual(30000);
  expect(port?.nodePort).toBeLessThanOrEqual(32767);
});

test('an update keeps node ports that it leaves out, and drops them with the type that needs them', () => {
  const made = lab.create(
    services,
    service({
      ports: [
        { port: 22, nodePort: 30022 },
        { port: 80, name: 'http' },
      ].map((port, index) => ({ name: `p${index}`, ...port })),
    }),
  );
  const ports = (spec: unknown) => (spec as { ports: { nodePort?: number }[] }).ports.map((port) => port.nodePort);
  const bare = [
    { name: 'p0', port: 22 },
    { name: 'http', port: 80 },
  ];
  const update = (spec: object) =>
    lab.admit({ type: services, object: merge(made, { spec }) as KubeObject, old: made });
  expect(ports(update({ ports: bare }).object.spec)).toEqual(ports(made.spec));
  expect(ports(update({ type: 'ClusterIP' }).object.spec)).toEqual([undefined, undefined]);
});

test.each(['default', 'kubevirt', 'hearth-images'])('namespace %s may not be deleted', (name) => {
  const old = lab.store.get(namespaces, undefined, name);
  if (!old) throw new Error('not seeded');
  expect(lab.refusal({ operation: 'DELETE', type: namespaces, old })).toMatchObject({ code: 403, reason: 'Forbidden' });
});

test('an instance is not edited', () => {
  const { spec } = machine();
  const { template } = spec as { template: { spec: object } };
  const old = lab.create(virtualMachineInstances, object(virtualMachineInstances, { spec: template.spec }));
  expect(old.spec).toMatchObject({
    domain: {
      cpu: { sockets: 1, cores: 1, threads: 1, model: 'host-model' },
      devices: { interfaces: [{ name: 'default', masquerade: {}, model: 'virtio' }] },
    },
    networks: [{ name: 'default', pod: {} }],
  });
  const edited = merge(old, { spec: { hostname: 'other' } }) as KubeObject;
  const refusal = lab.refusal({ type: virtualMachineInstances, object: edited, old });
  expect(refusal.message).toBe(
    'admission webhook "virtualmachineinstances-update-validator.kubevirt.io" denied the request: update of VMI object is restricted',
  );
});
