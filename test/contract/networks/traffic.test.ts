import { afterAll, beforeAll, expect, test } from 'vitest';
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
