import { describe, expect, it } from 'vitest';
import type { KubeObject } from '../../../main/contract/kube.ts';
import { describeDefinition, networkDefinition } from '../../../main/backend/networks/definition.ts';
import { addNic, dropNic, moveNic, noteRollBack, rollBacksOf } from '../../../main/backend/networks/nics.ts';
import { listening } from '../../../main/backend/networks/port-holder.ts';
import { networkRows } from '../../../main/backend/networks/rows.ts';
import { liveNics, nicsCutOut, nicsNeedRestart, withoutDetached } from '../../../main/embedded/network/live-spec.ts';
import { parseNetworkConfig } from '../../../main/embedded/network/nad.ts';
import type { Stored } from '../../../main/embedded/kube/object.ts';
import { forwardsOf, unknownPorts } from '../../../main/embedded/network/service-ports.ts';
import type { VmiSpec } from '../../../main/embedded/machine/spec.ts';

const parse = (config: object | string) =>
  parseNetworkConfig(typeof config === 'string' ? config : JSON.stringify(config), (name) => name === 'br0');

describe('the configuration of a network', () => {
  it('is a bridge, with a range or without', () => {
    expect(parse({ type: 'bridge', bridge: 'lab' })).toEqual({ bridge: 'lab', range: undefined });
    expect(parse({ plugins: [{ type: 'cnv-bridge', bridge: 'lab', vlan: 7 }, { type: 'tuning' }] }).bridge).toBe(
      'lab.7',
    );
    expect(parse({ type: 'bridge', ipam: { type: 'host-local', subnet: '10.9.0.0/24', rangeStart: '10.9.0.10' } }).range).toMatchObject({ prefix: 24, first: 0x0a09000a, server: 0x0a090001 }); // prettier-ignore
    expect(parse({ type: 'bridge', ipam: { type: 'whereabouts', range: '10.9.0.5-10.9.0.9/24', exclude: ['10.9.0.6/32'] } }).range).toMatchObject({ first: 0x0a090005, last: 0x0a090009 }); // prettier-ignore
  });

  it.each([
    [{ type: 'macvlan' }, /macvlan.*administrator/],
    [{ type: 'bridge', bridge: 'br0' }, /br0.*bridge of this computer/],
    [{ type: 'bridge', ipMasq: true }, /ipMasq/],
    [{ type: 'bridge', ipam: { type: 'dhcp' } }, /dhcp/],
    [{ type: 'bridge', ipam: { type: 'host-local', subnet: '10.9.0.0/40' } }, /subnet/],
    [{ type: 'bridge', ipam: { type: 'host-local', subnet: '10.9.0.0/24', rangeStart: '10.8.0.1' } }, /rangeStart/],
    [{}, /type/],
    ['{', /JSON/],
  ] as const)('is refused by name: %j', (config, why) => expect(() => parse(config)).toThrow(why));

  it('made here says what it is', () => {
    const made = networkDefinition({ namespace: 'default', name: 'storage', subnet: '10.9.0.77/24' });
    expect(describeDefinition(made)).toMatchObject({ kind: 'private', range: '10.9.0.0/24' });
    expect(parse((made.spec as { config: string }).config).range).toMatchObject({
      first: 0x0a09000a,
      last: 0x0a0900fe,
    });
    expect(describeDefinition(networkDefinition({ namespace: 'default', name: 'home', bridge: 'br0' }))).toMatchObject({ kind: 'lan', bridge: 'br0' }); // prettier-ignore
    expect(() => networkDefinition({ namespace: 'default', name: 'x', subnet: '10.9.0.0/24', first: '10.8.0.1' })).toThrow(/do not fit/); // prettier-ignore
  });
});

const machine = (): KubeObject => ({
  apiVersion: 'kubevirt.io/v1', kind: 'VirtualMachine', metadata: { name: 'web', namespace: 'default' },
  spec: { template: { spec: { domain: { devices: {} } } } },
}); // prettier-ignore
const specOf = (vm: KubeObject): VmiSpec => (vm.spec as { template: { spec: VmiSpec } }).template.spec;

describe('interfaces of a machine', () => {
  it('are added beside the one that nobody wrote down, moved and taken out', () => {
    const vm = machine();
    expect(addNic(vm, 'default/lab', 'virtio')).toBe('lab');
    expect(specOf(vm).networks).toEqual([
      { name: 'default', pod: {} },
      { name: 'lab', multus: { networkName: 'lab' } },
    ]);
    expect(moveNic(vm, 'lab', 'other/far')).toBe('default/lab');
    expect(specOf(vm).networks?.[1]?.multus?.networkName).toBe('other/far');
    expect(() => moveNic(vm, 'lab', 'pod')).toThrow(/pod network already/);
    dropNic(vm, 'lab', true);
    expect(specOf(vm).domain.devices.interfaces?.[1]?.state).toBe('absent');
    expect(withoutDetached(specOf(vm), specOf(machine()))?.interfaces).toHaveLength(1);
    dropNic(vm, 'lab', false);
    dropNic(vm, 'default', false);
    expect(specOf(vm).domain.devices).toMatchObject({ interfaces: [], autoattachPodInterface: false });
  });

  it('carry their way back, and what is no way back is none', () => {
    const vm = machine();
    const back = { network: 'default/lab', until: '2026-01-01T00:00:00.000Z' };
    noteRollBack(vm, 'lab', back);
    vm.metadata.annotations = { ...vm.metadata.annotations, 'hearth.dev/network-roll-back.x': '{', 'hearth.dev/network-roll-back.y': '{"network":1}' }; // prettier-ignore
    expect([...rollBacksOf(vm)]).toEqual([['lab', back]]);
  });

  it('change live where KubeVirt changes them, else at a restart', () => {
    const before = machine();
    addNic(before, 'default/lab', 'virtio');
    const running = structuredClone(specOf(before));
    const moved = structuredClone(before);
    moveNic(moved, 'lab', 'default/far');
    expect(liveNics(specOf(moved), running)?.networks[1]?.multus?.networkName).toBe('far');
    expect(nicsNeedRestart(specOf(before), specOf(moved))).toBe(false);
    expect(liveNics(specOf(before), running)).toBeUndefined();
    // Cut out of the YAML it stays until the next start; asked for by `absent` it goes live.
    expect([nicsCutOut(specOf(machine()), running), nicsCutOut(specOf(before), running)]).toEqual([true, false]);
    const leaving = structuredClone(before);
    dropNic(leaving, 'lab', true);
    expect(nicsCutOut(specOf(machine()), specOf(leaving))).toBe(false);
    const out = structuredClone(before);
    moveNic(out, 'default', 'default/far');
    expect(nicsNeedRestart(specOf(before), specOf(out))).toBe(true);
    const model = structuredClone(before);
    Object.assign(specOf(model).domain.devices.interfaces?.[1] ?? {}, { model: 'e1000' });
    expect(nicsNeedRestart(specOf(before), specOf(model))).toBe(true);
  });
});

it('a network lists who is on it, by which address and names', () => {
  const vm = machine();
  addNic(vm, 'default/lab', 'virtio');
  const rows = networkRows({
    definitions: [networkDefinition({ namespace: 'default', name: 'lab' })],
    machines: [vm],
    instanceOf: () => ({ ...vm, status: { phase: 'Running', interfaces: [{ name: 'lab', ipAddresses: ['10.9.0.9'], mac: '02:00:00:00:00:01' }] } }),
    services: [{ apiVersion: 'v1', kind: 'Service', metadata: { name: 'front', namespace: 'default' }, spec: { selector: { 'vm.kubevirt.io/name': 'web' } } }],
    machineNames: true,
  }); // prettier-ignore
  expect(rows.map(({ id, members }) => [id, members.map(({ names, addresses }) => ({ names, addresses }))])).toEqual([
    ['pod', [{ names: ['web', 'front.default.svc'], addresses: [] }]],
    ['default/lab', [{ names: ['web'], addresses: ['10.9.0.9'] }]],
  ]);
});

it('reads who listens from the kernel', () => {
  const table = `  sl  local_address rem_address   st tx rx tr tm retrnsmt   uid  timeout inode
   0: 0100007F:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000  1000        0 4242 1
   1: 0100007F:1F90 0100007F:C000 01 00000000:00000000 00:00000000 00000000  1000        0 4243 1`;
  expect(listening(table, 8080, 'TCP')).toEqual(['4242']);
  expect(listening(table, 8081, 'TCP')).toEqual([]);
});

it('a Service leads to the port that it says, by number or by the name that the machine gives it', () => {
  const object = (kind: string, spec: object): Stored => ({ apiVersion: 'v1', kind, metadata: { name: 'x', namespace: 'default', uid: 'u', resourceVersion: '1', creationTimestamp: '' }, spec }) as unknown as Stored; // prettier-ignore
  const ports = [
    { name: 'a', port: 8080, targetPort: 80 },
    { name: 'b', port: 8081, targetPort: 'web' },
    { name: 'c', port: 53, targetPort: 'web', protocol: 'UDP' },
    { name: 'd', port: 22 },
    { name: 'e', port: 25, targetPort: 'mail' },
  ];
  const service = object('Service', { type: 'LoadBalancer', ports });
  const named = [{ name: 'web', port: 3000 }, { name: 'web', port: 5353, protocol: 'UDP' }]; // prettier-ignore
  const vmi = object('VirtualMachineInstance', { domain: { devices: { interfaces: [{ name: 'default', ports: named }] } } }); // prettier-ignore
  expect(forwardsOf(service, vmi).map(({ protocol, hostPort, guestPort }) => [protocol, hostPort, guestPort])).toEqual([
    ['tcp', 8080, 80],
    ['tcp', 8081, 3000],
    ['udp', 53, 5353],
    ['tcp', 22, 22],
  ]);
  expect(unknownPorts(service, vmi)).toEqual(['mail']);
});
