import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { services } from '../../../main/embedded/kube/resources.ts';
import { machineFiles, nicSockets } from '../../../main/embedded/machine/files.ts';
import { MachineLab } from '../../support/machine-lab.ts';

let lab: MachineLab;
beforeAll(async () => {
  lab = await MachineLab.open();
});
afterAll(() => lab.close());

const value = (text: string, metric: string): number | undefined => {
  const line = text.split('\n').find((each) => each.startsWith(`kubevirt_vmi_${metric}{`) && each.includes('name="talks"') && each.includes('interface="default"')); // prettier-ignore
  return line === undefined ? undefined : Number(line.split(' ').at(-1));
};

test('what goes through a card is counted without an agent in the guest: its firmware asks for an address, and gets it', async () => {
  // With a place in the boot order its card brings a boot ROM.
  lab.createVm('talks', { runStrategy: 'Once', devices: { interfaces: [{ name: 'default', masquerade: {}, bootOrder: 1 }] }, spec: { networks: [{ name: 'default', pod: {} }] } }); // prettier-ignore
  await lab.until('it runs', () => lab.phase('talks') === 'Running');
  await expect
    .poll(async () => value(await lab.machines.metrics(), 'network_transmit_bytes_total'), { timeout: 30_000 })
    .toBeGreaterThan(0);
  await expect
    .poll(async () => value(await lab.machines.metrics(), 'network_receive_bytes_total'), { timeout: 30_000 })
    .toBeGreaterThan(0);
  const before = value(await lab.machines.metrics(), 'network_transmit_bytes_total') ?? 0;
  // The switch outlives the engine, and counts on.
  await lab.restartEngine();
  await expect.poll(async () => value(await lab.machines.metrics(), 'network_transmit_bytes_total') ?? -1).toBeGreaterThanOrEqual(before); // prettier-ignore
});

test('a switch that is killed comes back by itself: same card, same address, and the machine says that it happened', async () => {
  const switches = () =>
    readdirSync('/proc').filter((pid) => {
      try {
        return /^\d+$/.test(pid) && readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(`${lab.context.paths.run}/switch.sock`); // prettier-ignore
      } catch {
        return false;
      }
    });
  const nics = () => lab.vmi('talks')?.status?.['interfaces'];
  const before = { nics: nics(), switches: switches(), pid: lab.pid('talks') };
  expect(before.switches).toHaveLength(1);
  process.kill(Number(before.switches[0]), 'SIGKILL');
  await expect.poll(() => lab.events.map(({ reason }) => reason), { timeout: 10_000 }).toContain('NetworkRestored');
  expect(lab.events.map(({ reason }) => reason)).toContain('NetworkInterrupted');
  // The cable is in again: it counts from nothing, as a new one does, and the firmware asks on.
  expect(value(await lab.machines.metrics(), 'network_transmit_bytes_total')).toBeDefined();
  const { socket } = nicSockets(machineFiles(lab.context.paths, lab.vmi('talks')?.metadata.uid ?? '', ''), 'default');
  // QEMU's side of the cable has a partner: one that listens and one that is connected.
  await expect.poll(() => readFileSync('/proc/net/unix', 'utf8').split('\n').filter((line) => line.endsWith(socket) && / 03 \d+ /.test(line)).length, { timeout: 10_000 }).toBe(1); // prettier-ignore
  expect({ nics: nics(), pid: lab.pid('talks') }).toEqual({ nics: before.nics, pid: before.pid });
  expect(switches()).toHaveLength(1);
  expect(switches()).not.toEqual(before.switches);
});

test('a Service whose port somebody else has says so, opens it when it is free, and leads by name where the machine names its ports', async () => {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const { store } = lab.context;
  const service = (name: string, ports: object[]) =>
    store.create(services, { apiVersion: 'v1', kind: 'Service', metadata: { name, namespace: 'default' }, spec: { type: 'LoadBalancer', selector: { 'vm.kubevirt.io/name': 'talks' }, ports } }); // prettier-ignore
  const told = (name: string) => (store.get(services, 'default', name)?.status?.['conditions'] as { status: string; message: string }[] | undefined)?.[0]; // prettier-ignore
  service('front', [{ port, targetPort: 80 }]);
  service('second', [{ port, targetPort: 81 }]);
  service('named', [{ port: 1, targetPort: 'nowhere' }]);
  await expect.poll(() => told('front')?.message).toMatch(new RegExp(`TCP port ${port} on 127.0.0.1 could not be opened`)); // prettier-ignore
  await expect
    .poll(() => told('named')?.message)
    .toMatch(/no interface of machine default\/talks has a port named nowhere/i);
  await new Promise((resolve) => server.close(resolve));
  await expect.poll(() => told('front')?.status ?? told('second')?.status, { timeout: 15_000 }).toBe('True');
  await expect.poll(() => told('second')?.message, { timeout: 15_000 }).toMatch(/in use by Service default\/front/);
  // As soon as the first lets go the second has it.
  store.delete(services, 'default', 'front');
  await expect.poll(() => told('second')?.status, { timeout: 15_000 }).toBe('True');
});

test('a machine of an engine that had no switch is adopted as it is, and is told to nobody', async () => {
  await lab.restartEngine(async () => {
    const { record } = machineFiles(lab.context.paths, lab.vmi('talks')?.metadata.uid ?? '', '');
    const old = JSON.parse(readFileSync(record, 'utf8')) as { argv: string[]; attached?: unknown; instance?: unknown };
    // What an earlier build wrote: a card on QEMU's own network, and nothing of later fields.
    old.argv = old.argv.filter((one) => !/^(stream|hubport),/.test(one));
    delete old.attached;
    delete old.instance;
    writeFileSync(record, JSON.stringify(old));
    return Promise.resolve();
  });
  const pid = lab.pid('talks');
  await lab.until('it runs on', () => lab.phase('talks') === 'Running');
  await expect.poll(async () => value(await lab.machines.metrics(), 'network_transmit_bytes_total')).toBeUndefined();
  expect(lab.pid('talks')).toBe(pid);
  expect(lab.events.filter(({ reason }) => reason === 'InterfaceFailed')).toEqual([]);
});
