import { describe, expect, it } from 'vitest';
import { adapted, hostDevices, isOn, networksOf } from '../../../main/backend/transfer/move/adapt.ts';
import { unchanged } from '../../../main/backend/transfer/move/hold.ts';
import { portsOfService } from '../../../main/backend/transfer/move/ports.ts';
import { withIdentity } from '../../../main/backend/transfer/identity.ts';
import { rebuild } from '../../../main/backend/transfer/rebuild.ts';
import { planText } from '../../../main/cli/move.ts';
import type { KubeObject } from '../../../main/contract/kube.ts';
import { manifestOf } from '../../support/machine-file.ts';

interface Spec {
  networks: object[];
  domain: { firmware?: object; devices: { interfaces: object[]; hostDevices?: object[]; autoattachPodInterface?: boolean } };
} // prettier-ignore
const specOf = (machine: object): Spec => (machine as { spec: { template: { spec: Spec } } }).spec.template.spec;
const withCards = (networks: object[], interfaces: object[]) =>
  manifestOf(({ machine }) => {
    const spec = specOf(machine);
    spec.networks = networks;
    spec.domain.devices.interfaces = interfaces;
    spec.domain.devices.hostDevices = [{ name: 'stick', deviceName: 'example.com/stick' }];
  });
const lan = { name: 'lan', multus: { networkName: 'lan' } };
const other = { name: 'other', multus: { networkName: 'school/other' } };
const two = withCards([lan, other], [{ name: 'lan', bridge: {}, macAddress: '02:00:00:00:00:01' }, { name: 'other', bridge: {} }]); // prettier-ignore
const led = (networks: Record<string, string>, manifest = two) => specOf(adapted(manifest, { namespace: 'default', networks }).machine); // prettier-ignore

describe('networks on the way to another target', () => {
  it('are named with their namespaces', () => {
    expect(networksOf(two.machine, 'default')).toEqual(['default/lan', 'school/other']);
  });
  it('stay where nobody leads them elsewhere', () => {
    expect(led({}).networks).toEqual([lan, other]);
    expect(led({ 'default/other': 'none' }).networks).toEqual([lan, other]);
  });
  it('lead to another one, with the card as it was', () => {
    const { networks, domain } = led({ 'default/lan': 'home/lan2' });
    expect(networks).toEqual([{ name: 'lan', multus: { networkName: 'home/lan2' } }, other]);
    expect(domain.devices.interfaces[0]).toEqual({ name: 'lan', bridge: {}, macAddress: '02:00:00:00:00:01' });
  });
  it('lead to the own network of the machine once: a second card there is left out, and a bridge is none there', () => {
    const { networks, domain } = led({ 'default/lan': 'pod', 'school/other': 'pod' });
    expect(networks).toEqual([{ name: 'lan', pod: {} }]);
    expect(domain.devices.interfaces).toEqual([{ name: 'lan', masquerade: {}, macAddress: '02:00:00:00:00:01' }]);
  });
  it('lead nowhere: then there is no card, and none comes by itself', () => {
    const { networks, domain } = led({ 'default/lan': 'none', 'school/other': 'none' });
    expect([networks, domain.devices.interfaces, domain.devices.autoattachPodInterface]).toEqual([[], [], false]);
  });
});

describe('a machine on the way to another target', () => {
  it('leaves the devices of its computer behind, and they are named', () => {
    expect(hostDevices(two.machine)).toEqual(['stick']);
    expect(led({}).domain.devices.hostDevices).toBeUndefined();
    expect(specOf(two.machine).domain.devices.hostDevices).toHaveLength(1);
  });
  it('is to run as it did before it was held', () => {
    const { machine } = adapted(two, { namespace: 'default', networks: {}, strategy: 'Manual' });
    expect(machine.spec['runStrategy']).toBe('Manual');
  });
  it('has disks of other names and on another storage where it is told', () => {
    const where = { namespace: 'default', name: 'guest', identity: 'same', expanded: false, state: false } as const;
    const [plain] = rebuild(two, where).disks;
    const [told] = rebuild(two, { ...where, storageClass: 'fast', claims: { root: 'guest-root-2' } }).disks;
    expect([plain?.volume.metadata.name, plain?.volume.spec?.['storage']]).toEqual(['guest-root', expect.not.objectContaining({ storageClassName: 'fast' })]); // prettier-ignore
    expect([told?.volume.metadata.name, told?.volume.spec?.['storage']]).toEqual(['guest-root-2', expect.objectContaining({ storageClassName: 'fast' })]); // prettier-ignore
  });
  it('takes along what the Quick lab gave it, where nobody chose it', () => {
    const manifest = structuredClone(two);
    const told = { uuid: '6a1c4d1e-6f1e-4b7b-9d0a-1f2e3d4c5b6a', macs: { lan: '02:aa:00:00:00:01', other: '02:aa:00:00:00:02' } }; // prettier-ignore
    const exported = (text: string) => ({ metadata: { annotations: { 'hearth.dev/identity': text } } }) as unknown as KubeObject; // prettier-ignore
    withIdentity(manifest, exported('{"uuid":"x"}'));
    withIdentity(manifest, exported('{'));
    expect(manifest).toEqual(two);
    withIdentity(manifest, exported(JSON.stringify(told)));
    const { firmware, devices } = specOf(manifest.machine).domain;
    expect(firmware).toEqual({ uuid: told.uuid });
    expect(devices.interfaces).toMatchObject([{ macAddress: '02:00:00:00:00:01' }, { macAddress: '02:aa:00:00:00:02' }]); // prettier-ignore
  });
});

describe('the machine that is left', () => {
  const vm = (spec: object, generation = 3) => ({ metadata: { uid: 'a', generation }, spec }) as unknown as KubeObject;
  const vmi = vm({});
  it('is on while it has an instance, or is to have one', () => {
    expect([isOn(vm({ runStrategy: 'Halted' }), undefined), isOn(vm({ runStrategy: 'Manual' }), vmi), isOn(vm({ runStrategy: 'Always' }), undefined), isOn(vm({ running: true }), undefined)]).toEqual([false, true, true, true]); // prettier-ignore
  });
  it('is unchanged only as the same object, of the same generation, and off', () => {
    const held = { uid: 'a', generation: 3 };
    expect(unchanged(vm({}), undefined, held)).toBe(true);
    expect(unchanged(vm({}, 4), undefined, held)).toBe(false);
    expect(unchanged(vm({}), vmi, held)).toBe(false);
    expect(unchanged(vm({}), undefined, { ...held, uid: 'b' })).toBe(false);
  });
  it('has its ports read as they were asked for', () => {
    const service = (type: string) => ({ metadata: {}, spec: { type, ports: [{ port: 2222, targetPort: 22, nodePort: 31_000, protocol: 'TCP' }] } }) as unknown as KubeObject; // prettier-ignore
    expect(portsOfService(service('LoadBalancer'))).toEqual([{ guestPort: 22, protocol: 'TCP', hostPort: 2222 }]);
    expect(portsOfService(service('NodePort'))).toEqual([{ guestPort: 22, protocol: 'TCP' }]);
  });
});

it('the command line says a plan in words, without empty headings', () => {
  const plan = { freeName: 'web', running: false, disks: [{ name: 'root', size: 2 ** 30 }], room: { needs: 1, free: 2 }, storageClasses: ['a'], networks: [{ network: 'default/lan' }], choices: ['pod'], changes: [], left: [], blocked: [{ reason: 'No.', remedy: 'Do.' }] }; // prettier-ignore
  expect(planText(plan)).toBe('Disks\n  root, 1.0 GiB\nNetworks\n  default/lan -> nowhere yet: say --network\nIn the way\n  No. Do.\n'); // prettier-ignore
});
