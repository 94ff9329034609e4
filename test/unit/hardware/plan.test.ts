import { describe, expect, it } from 'vitest';
import type { MachineSize } from '../../../main/contract/hardware.ts';
import { planResize } from '../../../main/backend/hardware/plan.ts';
import { dropDisk, orderDisks, setDisc, setSize } from '../../../main/backend/hardware/template.ts';
import type { KubeObject } from '../../../main/contract/kube.ts';

const GiB = 2 ** 30;
const off: MachineSize = { sockets: 2, cores: 1, threads: 1, memory: 2 * GiB, firmware: 'bios' };
const on: MachineSize = {
  ...off,
  running: { sockets: 2, cores: 1, threads: 1, memory: 2 * GiB, memoryAtBoot: 2 * GiB },
  most: { sockets: 8, memory: 8 * GiB },
};
const can = { cpu: { can: true }, memory: { can: true } };
const whens = (...args: Parameters<typeof planResize>) =>
  Object.fromEntries(planResize(...args).map(({ what, when }) => [what, when]));

describe('what a new size means', () => {
  it('is everything at once for a machine that is off, and nothing where nothing changes', () => {
    expect(whens(off, { sockets: 4, cores: 2, memory: 4 * GiB }, can)).toEqual({
      sockets: 'now',
      cores: 'now',
      memory: 'now',
    });
    expect(planResize(on, { sockets: 2, memory: 2 * GiB }, can)).toEqual([]);
  });
  it('is now within the limits of the start, and after a restart beyond them', () => {
    expect(whens(on, { sockets: 8, memory: 8 * GiB }, can)).toEqual({ sockets: 'now', memory: 'now' });
    expect(whens(on, { sockets: 9, memory: 8 * GiB + 1 }, can)).toEqual({ sockets: 'restart', memory: 'restart' });
    expect(whens(on, { sockets: 1, memory: GiB }, can)).toEqual({ sockets: 'restart', memory: 'restart' });
    expect(whens(on, { memory: 3 * GiB + 1 }, can)).toEqual({ memory: 'restart' });
  });
  it('waits as a whole when cores or threads change, with a reason for each', () => {
    const plan = planResize(on, { cores: 2, sockets: 4 }, can);
    expect(plan.map(({ when }) => when)).toEqual(['restart', 'restart']);
    expect(plan.every(({ why }) => why)).toBe(true);
  });
  it('says what the target lacks', () => {
    const lacks = { cpu: { can: false, why: 'The target has one node.' }, memory: { can: true } };
    expect(planResize(on, { sockets: 4 }, lacks)).toEqual([
      { what: 'sockets', from: '2', to: '4', when: 'restart', why: 'The target has one node.' },
    ]);
  });
  it('refuses single figures of a machine whose size comes from a type', () => {
    expect(whens({ ...on, instancetype: 'u1.small' }, { sockets: 4 }, can)).toEqual({ sockets: 'refused' });
    expect(whens({ ...on, instancetype: 'u1.small' }, { instancetype: 'u1.medium' }, can)).toEqual({
      instancetype: 'now',
    });
  });
  it('judges what another type gives, CPUs and memory each for itself', () => {
    const to = { instancetype: 'u1.medium' };
    expect(whens(on, to, can, { sockets: 4, memory: 4 * GiB })).toEqual({ instancetype: 'now', sockets: 'now', memory: 'now' });
    const small = { ...on, running: { ...on.running!, memory: GiB / 2, memoryAtBoot: GiB / 2 }, most: { sockets: 8, memory: GiB / 2 } };
    const plan = planResize(small, to, can, { sockets: 4, memory: 4 * GiB });
    expect(plan.map(({ what, when }) => [what, when])).toEqual([['instancetype', 'restart'], ['sockets', 'now'], ['memory', 'restart']]);
    expect(plan.at(-1)).toMatchObject({ from: '0.5 GiB', to: '4 GiB', why: expect.stringContaining('1 GiB') as string });
    expect(whens(off, to, can, { sockets: 2, memory: 4 * GiB })).toEqual({ instancetype: 'now', memory: 'now' });
  }); // prettier-ignore
});

const machine = (): KubeObject =>
  ({
    apiVersion: 'kubevirt.io/v1', kind: 'VirtualMachine', metadata: { name: 'a', namespace: 'default' },
    spec: {
      instancetype: { name: 'u1.small', revisionName: 'r1' },
      dataVolumeTemplates: [{ metadata: { name: 'a-root' } }, { metadata: { name: 'a-cd' } }],
      template: { spec: {
        domain: { cpu: { sockets: 1, maxSockets: 2 }, devices: {
          disks: [{ name: 'root', disk: { bus: 'virtio' }, bootOrder: 1 }, { name: 'cd', cdrom: { bus: 'sata' }, bootOrder: 2 }],
          interfaces: [{ name: 'default', bootOrder: 3 }],
        } },
        volumes: [{ name: 'root', dataVolume: { name: 'a-root' } }, { name: 'cd', dataVolume: { name: 'a-cd', hotpluggable: true } }],
      } },
    },
  }) as KubeObject; // prettier-ignore
const text = (vm: KubeObject): string => JSON.stringify(vm.spec);

describe('changes of a template', () => {
  it('take a disc out with what made it, and leave its drive', () => {
    const vm = machine();
    setDisc(vm, 'cd', undefined);
    expect(text(vm)).not.toContain('a-cd');
    expect(text(vm)).toContain('"cdrom"');
    setDisc(vm, 'cd', 'other');
    expect(text(vm)).toContain('{"name":"cd","dataVolume":{"name":"other","hotpluggable":true}}');
    expect(() => setDisc(vm, 'root', 'other')).toThrow(/no drive/);
  });
  it('take a disk out, and refuse one that is not there', () => {
    const vm = machine();
    dropDisk(vm, 'root');
    expect(text(vm)).not.toContain('root');
    expect(() => dropDisk(vm, 'root')).toThrow(/not there/);
  });
  it('give every device that boots its own place', () => {
    const vm = machine();
    orderDisks(vm, [{ name: 'cd', boot: true }, { name: 'root', boot: true }]); // prettier-ignore
    const places = [...text(vm).matchAll(/"name":"(\w+)"[^{}]*(?:\{[^{}]*\})?,?"bootOrder":(\d)/g)].map((found) => `${found[1]} ${found[2]}`); // prettier-ignore
    expect(places).toEqual(['cd 1', 'root 2', 'default 3']);
  });
  it('choose another type without the copy of the old one, and lift a limit that is too low', () => {
    const vm = machine();
    setSize(vm, { instancetype: 'u1.large' });
    expect(vm.spec?.['instancetype']).toEqual({ name: 'u1.large' });
    setSize(vm, { sockets: 4 });
    expect(text(vm)).not.toContain('maxSockets');
  });
});
