import { afterAll, beforeAll, expect, test } from 'vitest';
import { expand, expandMachine } from '../../../main/embedded/admission/instancetype.ts';
import type { KubeObject } from '../../../main/embedded/kube/object.ts';
import {
  dataVolumes,
  persistentVolumeClaims,
  virtualMachineClusterInstancetypes,
  virtualMachineInstancetypes,
  virtualMachinePreferences,
  virtualMachines,
} from '../../../main/embedded/kube/resources.ts';
import { admissionLab, engineConfig, machine } from '../../support/admission/admit.ts';
import type { AdmissionLab } from '../../support/admission/admit.ts';

let lab: AdmissionLab;
beforeAll(() => {
  lab = admissionLab();
  const make = (kind: string, name: string, spec: object): KubeObject =>
    ({
      apiVersion: 'instancetype.kubevirt.io/v1beta1',
      kind,
      metadata: { name, namespace: 'default' },
      spec,
    }) as KubeObject;
  const type = (name: string, guest: number, more: object = {}) =>
    lab.create(
      virtualMachineInstancetypes,
      make('VirtualMachineInstancetype', name, { cpu: { guest }, memory: { guest: '1Gi' }, ...more }),
    );
  type('six', 6);
  type('four', 4);
  type('huge', 1, { memory: { guest: '1Gi', hugepages: { pageSize: '2Mi' } } });
  const preference = (name: string, spec: object) =>
    lab.create(virtualMachinePreferences, make('VirtualMachinePreference', name, spec));
  preference('cores', { cpu: { preferredCPUTopology: 'cores' } });
  preference('old-cores', { cpu: { preferredCPUTopology: 'preferCores' } });
  preference('threads', { cpu: { preferredCPUTopology: 'threads' } });
  preference('spread', { cpu: { preferredCPUTopology: 'spread' } });
  preference('spread4', { cpu: { preferredCPUTopology: 'spread', spreadOptions: { ratio: 4 } } });
  preference('big', { requirements: { cpu: { guest: 8 } } });
  preference('fat', { requirements: { memory: { guest: '8Gi' } } });
  preference('arm', { requirements: { architecture: 'arm64' } });
  preference('shy', { devices: { preferredAutoattachPodInterface: false, preferredAutoattachGraphicsDevice: false } });
  preference('old-disks', { devices: { preferredDiskBus: 'sata', preferredInterfaceModel: 'e1000' } });
});
afterAll(() => lab.close());

const bare = { domain: { memory: undefined } };
const vm = (name: string, preference?: string, spec: object = bare) =>
  machine(spec as never, {
    instancetype: name.includes('.') ? { name } : { name, kind: 'VirtualMachineInstancetype' },
    ...(preference ? { preference: { name: preference, kind: 'VirtualMachinePreference' } } : {}),
  });
const expanded = (object: KubeObject) => {
  const { spec, causes } = expand(object, lab.store, engineConfig);
  expect(causes).toEqual([]);
  return spec;
};

test('u1.small gives its CPU and memory', () => {
  expect(expanded(vm('u1.small')).domain).toMatchObject({
    cpu: { sockets: 1, cores: 1, threads: 1 },
    memory: { guest: '2Gi' },
  });
});

test('o1 asks for half of what its guest sees', () => {
  const { memory, resources } = expanded(vm('o1.nano')).domain;
  expect(memory?.guest).toBe('512Mi');
  expect(resources?.requests).toEqual({ memory: String(2 ** 28) });
});

test.each([
  [undefined, { sockets: 4, cores: 1, threads: 1 }],
  ['cores', { sockets: 1, cores: 4, threads: 1 }],
  ['old-cores', { sockets: 1, cores: 4, threads: 1 }],
  ['threads', { sockets: 1, cores: 1, threads: 4 }],
  ['spread', { sockets: 2, cores: 2, threads: 1 }],
])('topology of preference %s', (preference, topology) => {
  expect(expanded(vm('four', preference)).domain.cpu).toMatchObject(topology);
});

const conflict = (field: string) => `VM field(s) spec.template.spec.${field} conflicts with selected instance type`;
test.each([
  [{ domain: { memory: { guest: '1Gi' } } }, 'domain.memory.guest'],
  [{ domain: { memory: undefined, cpu: { cores: 2 } } }, 'domain.cpu.cores'],
  [{ domain: { memory: undefined, cpu: { sockets: 2 } } }, 'domain.cpu.sockets'],
  [{ domain: { memory: undefined, resources: { requests: { cpu: '1' } } } }, 'domain.resources.requests.cpu'],
  [{ domain: { memory: undefined, resources: { limits: { memory: '1Gi' } } } }, 'domain.resources.limits.memory'],
])('%j conflicts with a type', (spec, field) => {
  const refusal = lab.refusal({ type: virtualMachines, object: vm('u1.small', undefined, spec) });
  expect(refusal.causes).toEqual([
    { reason: 'FieldValueInvalid', field: `spec.template.spec.${field}`, message: conflict(field) },
  ]);
});

test.each<[object: () => KubeObject, field: string, message: string]>([
  [() => vm('u9.none'), 'spec.instancetype', 'Failure to find instancetype: virtualmachineclusterinstancetypes.instancetype.kubevirt.io "u9.none" not found'],
  [() => vm('four', 'none'), 'spec.preference', 'Failure to find preference: virtualmachinepreferences.instancetype.kubevirt.io "none" not found'],
  [() => machine(bare, { instancetype: { name: 'a', kind: 'Size' } }), 'spec.instancetype', 'Failure to find instancetype: got unexpected kind in InstancetypeMatcher: Size'],
  [() => vm('six', 'spread4'), 'instancetype.spec.cpu.guest', '6 vCPUs provided by the instance type are not divisible by the Spec.PreferSpreadSocketToCoreRatio or Spec.CPU.PreferSpreadOptions.Ratio of 4 provided by the preference'],
  [() => vm('four', 'big'), 'spec.instancetype', 'failure checking preference requirements: insufficient CPU resources of 4 vCPU provided by instance type, preference requires 8 vCPU'],
  [() => vm('four', 'fat'), 'spec.instancetype', 'failure checking preference requirements: insufficient Memory resources of 1Gi provided by instance type, preference requires 8Gi'],
  [() => machine({}, { preference: { name: 'big', kind: 'VirtualMachinePreference' } }), 'spec.template.spec.domain.cpu.sockets', 'failure checking preference requirements: insufficient CPU resources of 1 vCPU provided by VirtualMachine, preference requires 8 vCPU provided as sockets'],
  [() => machine({}, { preference: { name: 'fat', kind: 'VirtualMachinePreference' } }), 'spec.template.spec.domain.memory', 'failure checking preference requirements: insufficient Memory resources of 512Mi provided by VirtualMachine, preference requires 8Gi'],
  [() => machine({}, { preference: { name: 'arm', kind: 'VirtualMachinePreference' } }), 'spec.template.spec.architecture', 'failure checking preference requirements: preference requires architecture arm64 but amd64 is being requested'],
  [() => machine(bare, { instancetype: {} }), 'spec.instancetype', 'Either Name or InferFromVolume should be provided within the InstancetypeMatcher'],
  [() => machine(bare, { instancetype: { name: 'a', inferFromVolume: 'root' } }), 'spec.instancetype.name', 'Name already set, should be cleared before setting inferFromVolume'],
  [() => machine(bare, { preference: { inferFromVolume: 'root', inferFromVolumeFailurePolicy: 'Pray' } }), 'spec.preference.inferFromVolumeFailurePolicy', "Invalid value 'Pray' for InferFromVolumeFailurePolicy"],
])('case %#', (make, field, message) => {
  const refusal = lab.refusal({ type: virtualMachines, object: make() });
  expect(refusal.code).toBe(422);
  expect(refusal.causes).toContainEqual(expect.objectContaining({ field, message }));
}); // prettier-ignore

test('what a type brings along is refused as if it stood in the template', () => {
  const refusal = lab.refusal({ type: virtualMachines, object: vm('huge') });
  expect(refusal.message).toContain('domain.resources.requests.memory');
});

test('a preference fills gaps only', () => {
  const spec = expanded(vm('four', 'old-disks', { ...bare, domain: { memory: undefined, devices: { disks: [{ name: 'root' }, { name: 'fast', disk: { bus: 'virtio' } }] } } }));
  expect(spec.domain.devices.disks?.map((disk) => disk.disk?.bus)).toEqual(['sata', 'virtio']);
  expect(spec.domain.devices.interfaces).toEqual([{ name: 'default', masquerade: {}, model: 'e1000' }]);
}); // prettier-ignore

test('a preference can leave out interface and screen', () => {
  const { domain, networks } = expanded(vm('four', 'shy'));
  expect(domain.devices).toMatchObject({ autoattachGraphicsDevice: false });
  expect([domain.devices.interfaces, networks]).toEqual([undefined, undefined]);
});

test('the Debian preference boots by UEFI without Secure Boot', () => {
  const object = machine(bare, { instancetype: { name: 'u1.micro' }, preference: { name: 'debian' } });
  const { spec, annotations } = expand(object, lab.store, engineConfig);
  expect(spec.domain).toMatchObject({
    firmware: { bootloader: { efi: { secureBoot: false } } },
    devices: { rng: {}, disks: [{ disk: { bus: 'virtio' } }] },
  });
  expect(annotations).toEqual({
    'kubevirt.io/cluster-instancetype-name': 'u1.micro',
    'kubevirt.io/cluster-preference-name': 'debian',
    'vm.kubevirt.io/os': 'linux',
  });
});

test('types and preferences are inferred from the labels of a volume', () => {
  const labels = {
    'instancetype.kubevirt.io/default-instancetype': 'four',
    'instancetype.kubevirt.io/default-instancetype-kind': 'VirtualMachineInstancetype',
    'instancetype.kubevirt.io/default-preference': 'debian',
  };
  lab.create(persistentVolumeClaims, {
    apiVersion: 'v1',
    kind: 'PersistentVolumeClaim',
    metadata: { name: 'web', namespace: 'default', labels },
    spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } },
  });
  const infer = { instancetype: { inferFromVolume: 'root' }, preference: { inferFromVolume: 'root' } };
  expect(lab.admit({ type: virtualMachines, object: machine(bare, infer) }).object.spec).toMatchObject({
    instancetype: { name: 'four', kind: 'VirtualMachineInstancetype' },
    preference: { name: 'debian' },
  });
});

test('an image of the library tells its preference to the machine that clones it', () => {
  lab.create(dataVolumes, {
    apiVersion: 'cdi.kubevirt.io/v1beta1',
    kind: 'DataVolume',
    metadata: {
      name: 'debian-13',
      namespace: 'hearth-images',
      labels: { 'instancetype.kubevirt.io/default-preference': 'debian' },
    },
    spec: { source: { upload: {} }, storage: { resources: { requests: { storage: '2Gi' } } } },
  });
  const object = machine(
    { volumes: [{ name: 'root', dataVolume: { name: 'web-root' } }] },
    {
      preference: { inferFromVolume: 'root' },
      dataVolumeTemplates: [
        {
          metadata: { name: 'web-root' },
          spec: { source: { pvc: { namespace: 'hearth-images', name: 'debian-13' } }, storage: {} },
        },
      ],
    },
  );
  expect(lab.admit({ type: virtualMachines, object }).object.spec).toMatchObject({ preference: { name: 'debian' } });
});

test('what cannot be inferred is a bad request, or left out under Ignore', () => {
  const at = { volumes: [{ name: 'root', emptyDisk: { capacity: '1Gi' } }] };
  const refusal = lab.refusal({
    type: virtualMachines,
    object: machine(at, { preference: { inferFromVolume: 'root' } }),
  });
  expect(refusal.code).toBe(400);
  expect(refusal.message).toBe(
    'admission webhook "virtualmachines-mutator.kubevirt.io" denied the request: unable to infer defaults from volume root as type is not supported',
  );
  const ignored = machine(at, { preference: { inferFromVolume: 'root', inferFromVolumeFailurePolicy: 'Ignore' } });
  expect(lab.admit({ type: virtualMachines, object: ignored }).object.spec).not.toHaveProperty('preference');
});

test('expand-spec writes type and preference out', () => {
  const { vm: written, causes } = expandMachine(vm('u1.small', 'cores'), lab.store, engineConfig);
  expect(causes).toEqual([]);
  expect(written.spec).not.toHaveProperty('instancetype');
  expect(written.spec).not.toHaveProperty('preference');
  expect(written.spec).toMatchObject({ template: { spec: { domain: { memory: { guest: '2Gi' } } } } });
});

test('a cluster type is found in every namespace', () => {
  expect(lab.store.get(virtualMachineClusterInstancetypes, undefined, 'u1.nano')?.metadata.labels).toMatchObject({
    'instancetype.kubevirt.io/class': 'general.purpose',
  });
});
