import { expect, test } from 'vitest';
import {
  beforeAnnotation,
  changeDrivers,
  driverWay,
  keepDrivers,
  prepareDrivers,
  undoDrivers,
} from '../../../main/backend/hardware/drivers.ts';
import type { KubeObject } from '../../../main/contract/kube.ts';
import { ProblemError } from '../../../main/contract/problem.ts';

/** A machine of Windows as an import leaves it. */
const windows = (): KubeObject => ({
  apiVersion: 'kubevirt.io/v1',
  kind: 'VirtualMachine',
  metadata: { name: 'eleven', annotations: { mine: 'stays' } },
  spec: {
    dataVolumeTemplates: [{ metadata: { name: 'eleven-root' } }],
    template: {
      spec: {
        domain: {
          devices: {
            disks: [
              { name: 'root', bootOrder: 1, disk: { bus: 'sata' } },
              { name: 'fast', disk: { bus: 'virtio' } },
              { name: 'disc', cdrom: { bus: 'sata' } },
            ],
            interfaces: [{ name: 'default', model: 'e1000e', masquerade: {} }, { name: 'lan', bridge: {} }],
          },
        },
        volumes: [{ name: 'root', dataVolume: { name: 'eleven-root' } }, { name: 'fast', emptyDisk: { capacity: '1Gi' } }],
      },
    },
  },
}); // prettier-ignore
interface Inner {
  domain: { devices: { disks: { name: string; disk?: { bus: string } }[]; interfaces: { model?: string }[] } };
  volumes: { name: string }[];
}
const inner = (vm: KubeObject): Inner => (vm.spec as { template: { spec: Inner } }).template.spec;
const code = (work: () => void): string => {
  try {
    work();
  } catch (error) {
    if (error instanceof ProblemError) return error.problem.code;
    throw error;
  }
  return 'nothing';
};

test('the way to virtio: a small disk first, the change, and back to the very same machine', () => {
  const vm = windows();
  const was = structuredClone(vm);
  expect(driverWay(vm)).toEqual({ state: 'first', disks: ['root'], cards: ['default'] });
  prepareDrivers(vm);
  prepareDrivers(vm);
  expect(driverWay(vm)?.state).toBe('prepared');
  expect(inner(vm).domain.devices.disks.at(-1)).toEqual({ name: 'virtio-helper', disk: { bus: 'virtio' } });
  expect(inner(vm).volumes.filter(({ name }) => name === 'virtio-helper')).toHaveLength(1);
  changeDrivers(vm);
  expect(driverWay(vm)).toEqual({ state: 'changed', disks: ['root'], cards: ['default'] });
  expect(inner(vm).domain.devices.disks).toEqual([
    { name: 'root', bootOrder: 1, disk: { bus: 'virtio' } },
    { name: 'fast', disk: { bus: 'virtio' } },
    { name: 'disc', cdrom: { bus: 'sata' } },
  ]);
  expect(inner(vm).domain.devices.interfaces.map(({ model }) => model)).toEqual(['virtio', undefined]);
  expect(inner(vm).volumes).toEqual(inner(was).volumes);
  undoDrivers(vm);
  expect(vm).toEqual(was);
});

test('what was changed is kept, and then there is nothing to undo', () => {
  const vm = windows();
  changeDrivers(vm);
  keepDrivers(vm);
  expect(driverWay(vm)).toBeUndefined();
  expect(vm.metadata.annotations).toEqual({ mine: 'stays' });
  expect(code(() => undoDrivers(vm))).toBe('no-change-to-undo');
  expect(code(() => changeDrivers(vm))).toBe('no-other-drivers');
});

test.each(['', '{', '[]', '{"disks":{"root":1},"cards":{}}'])('an annotation that is not ours counts as none: %s', (text) => {
  const vm = windows();
  vm.metadata.annotations = { [beforeAnnotation]: text };
  expect(driverWay(vm)?.state).toBe('first');
  expect(code(() => undoDrivers(vm))).toBe('no-change-to-undo');
}); // prettier-ignore
