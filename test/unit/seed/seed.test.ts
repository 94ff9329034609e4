import { totalmem } from 'node:os';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { bytesOf } from '../../../main/embedded/kube/quantity.ts';
import { schemasFrom } from '../../../main/embedded/admission/schema.ts';
import { prune, validate } from '../../../main/embedded/admission/structural.ts';
import type { FieldError } from '../../../main/embedded/admission/field-error.ts';
import {
  kubevirts,
  namespaces,
  nodes,
  pods,
  resourceTypes,
  storageClasses,
  virtualMachineClusterInstancetypes,
  virtualMachineClusterPreferences,
} from '../../../main/embedded/kube/resources.ts';
import { seedObjects } from '../../../main/embedded/seed/seed.ts';
import { admissionLab, assets, engineConfig } from '../../support/admission/admit.ts';
import type { AdmissionLab } from '../../support/admission/admit.ts';

let lab: AdmissionLab;
beforeAll(() => {
  lab = admissionLab();
});
afterAll(() => lab.close());

const names = (type: Parameters<AdmissionLab['store']['list']>[0]) =>
  lab.store.list(type).map((object) => object.metadata.name);

test('everything seeded is valid by its own schema', () => {
  let count = 0;
  for (const type of resourceTypes) {
    const schema = schemasFrom(assets).schemaOf(type);
    for (const object of lab.store.list(type)) {
      const unknown: string[] = [];
      const errors: FieldError[] = [];
      validate(schema, prune(schema, object, '', unknown), '', errors);
      expect({ object: object.metadata.name, unknown, errors }).toMatchObject({ unknown: [], errors: [] });
      count += 1;
    }
  }
  expect(count).toBeGreaterThan(50);
});

test('namespaces, class, KubeVirt and the door to the metrics', () => {
  expect(names(namespaces)).toEqual(['default', 'hearth-images', 'kubevirt']);
  expect(lab.store.get(storageClasses, undefined, 'hearth')).toMatchObject({
    provisioner: 'hearth.dev/qcow2',
    allowVolumeExpansion: true,
    metadata: {
      annotations: {
        'storageclass.kubernetes.io/is-default-class': 'true',
        'storageclass.kubevirt.io/is-default-virt-class': 'true',
      },
    },
  });
  expect(lab.store.get(kubevirts, 'kubevirt', 'kubevirt')).toMatchObject({
    spec: { configuration: { developerConfiguration: { useEmulation: true } } },
    status: { phase: 'Deployed', observedKubeVirtVersion: 'v1.9.0' },
  });
  expect(lab.store.get(pods, 'kubevirt', 'virt-handler-lab')?.metadata.labels).toMatchObject({
    'kubevirt.io': 'virt-handler',
  });
});

test('the node has this computer’s size, what machines may take of it, and its accelerator', () => {
  const node = lab.store.get(nodes, undefined, 'lab');
  expect(node?.metadata.labels).toMatchObject({
    'hearth.dev/accelerator': 'tcg',
    'kubevirt.io/schedulable': 'true',
    'kubernetes.io/arch': 'amd64',
  });
  const status = node?.status as {
    capacity: Record<string, string>;
    allocatable: Record<string, string>;
    conditions: { type: string; status: string; message: string }[];
  };
  expect(bytesOf(status.capacity['memory'])).toBe(Math.floor(totalmem() / 1024) * 1024);
  expect(status.allocatable).toMatchObject({ cpu: '2', memory: '2097152Ki', 'devices.kubevirt.io/kvm': '0' });
  expect(bytesOf(status.capacity['ephemeral-storage'])).toBeGreaterThan(2 ** 20);
  const conditions = Object.fromEntries(status.conditions.map((one) => [one.type, one.status]));
  expect(conditions).toEqual({ Ready: 'True', HardwareAcceleration: 'False' });
});

test('types and preferences of guests that can run here, and no others', () => {
  const types = names(virtualMachineClusterInstancetypes);
  expect(types).toHaveLength(19);
  expect(types.every((name) => /^[uo]1\./.test(name))).toBe(true);
  const preferences = names(virtualMachineClusterPreferences);
  expect(preferences).toEqual(expect.arrayContaining(['alpine', 'debian', 'fedora', 'ubuntu', 'windows.10']));
  expect(preferences).toContain('windows.11');
  for (const name of ['fedora.arm64', 'rhel.9.s390x', 'rhel.9.realtime', 'linux.virtiotransitional']) {
    expect(preferences).not.toContain(name);
  }
});

test('seeding again writes nothing, and brings back what was ours', () => {
  const before = lab.store.resourceVersion;
  const types = lab.store.list(virtualMachineClusterInstancetypes);
  seedObjects(lab.context);
  expect(lab.store.list(virtualMachineClusterInstancetypes)).toEqual(types);
  lab.store.delete(virtualMachineClusterInstancetypes, undefined, 'u1.nano');
  lab.store.mutate(virtualMachineClusterInstancetypes, undefined, 'u1.micro', (draft) => {
    draft.spec = { cpu: { guest: 64 }, memory: { guest: '1Ti' } };
  });
  expect(Number(lab.store.resourceVersion)).toBeGreaterThan(Number(before));
  seedObjects(lab.context);
  expect(lab.store.get(virtualMachineClusterInstancetypes, undefined, 'u1.nano')).toBeDefined();
  expect(lab.store.get(virtualMachineClusterInstancetypes, undefined, 'u1.micro')?.spec).toMatchObject({
    memory: { guest: '1Gi' },
  });
});

test('what a user made under the same name stays as it is', () => {
  lab.store.delete(virtualMachineClusterInstancetypes, undefined, 'u1.small');
  const spec = { cpu: { guest: 3 }, memory: { guest: '3Gi' } };
  lab.store.create(virtualMachineClusterInstancetypes, {
    apiVersion: 'instancetype.kubevirt.io/v1beta1',
    kind: 'VirtualMachineClusterInstancetype',
    metadata: { name: 'u1.small' },
    spec,
  });
  lab.store.mutate(storageClasses, undefined, 'hearth', (draft) => {
    draft.metadata.annotations = {};
  });
  seedObjects(lab.context);
  expect(lab.store.get(virtualMachineClusterInstancetypes, undefined, 'u1.small')?.spec).toEqual(spec);
  expect(lab.store.get(storageClasses, undefined, 'hearth')?.metadata.annotations ?? {}).toEqual({});
});

test('another accelerator is told by label, condition and KubeVirt’s setting', () => {
  const other = admissionLab({ ...engineConfig, accelerator: 'kvm' });
  try {
    const node = other.store.get(nodes, undefined, 'lab');
    expect(node?.metadata.labels?.['hearth.dev/accelerator']).toBe('kvm');
    expect(JSON.stringify(node?.status)).toContain('machines run on the processor with KVM');
    expect(other.store.get(kubevirts, 'kubevirt', 'kubevirt')?.spec).toMatchObject({
      configuration: { developerConfiguration: { useEmulation: false } },
    });
  } finally {
    other.close();
  }
});
