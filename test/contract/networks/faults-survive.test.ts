import { afterAll, beforeAll, expect, test } from 'vitest';
import { faultsAnnotation } from '../../../main/embedded/network/faults.ts';
import { virtualMachines } from '../../../main/embedded/kube/resources.ts';
import { MachineLab } from '../../support/machine-lab.ts';

let lab: MachineLab;
beforeAll(async () => {
  lab = await MachineLab.open();
});
afterAll(() => lab.close());

/** What a fault of the machine `talks` has counted; undefined while there is none. */
async function counted(fault: string, what = 'packets_total'): Promise<number | undefined> {
  const lines = (await lab.machines.metrics()).split('\n');
  const line = lines.find((each) => each.startsWith(`hearth_vmi_fault_${what}{`) && each.includes('name="talks"') && each.includes(`fault="${fault}"`)); // prettier-ignore
  return line === undefined ? undefined : Number(line.split(' ').at(-1));
}
const ask = (faults: object | string | undefined): void => {
  lab.context.store.mutate(virtualMachines, 'default', 'talks', (draft) => {
    const { [faultsAnnotation]: _before, ...rest } = draft.metadata.annotations ?? {};
    const text = typeof faults === 'string' ? faults : JSON.stringify(faults);
    draft.metadata.annotations = { ...rest, ...(faults !== undefined && { [faultsAnnotation]: text }) };
  });
};
const reasons = (): string[] => lab.events.map(({ reason }) => reason);

test('a fault asked for at a machine that is off holds from its start on, over restarts of the engine and of the machine', async () => {
  // With a place in the boot order its card brings a boot ROM, which asks for an address.
  lab.createVm('talks', { runStrategy: 'Manual', devices: { interfaces: [{ name: 'default', masquerade: {}, bootOrder: 1 }] }, spec: { networks: [{ name: 'default', pod: {} }] } }); // prettier-ignore
  ask({ loss: { percent: 100, way: 'out' } });
  await lab.call(virtualMachines, 'talks', 'start', {});
  await lab.until('it runs', () => lab.phase('talks') === 'Running');
  await expect.poll(() => counted('loss'), { timeout: 30_000 }).toBeGreaterThan(0);
  expect(await counted('loss', 'dropped_packets_total')).toBe(await counted('loss'));
  // Of the answers nothing came back, for nothing went out: the fault is real.
  const text = await lab.machines.metrics();
  expect(text).toMatch(/kubevirt_vmi_network_receive_bytes_total\{[^}]*name="talks"[^}]*\} 0$/m);

  const before = (await counted('loss')) ?? 0;
  await lab.restartEngine();
  // The switch outlives the engine, and counts on where it was.
  await expect.poll(() => counted('loss')).toBeGreaterThanOrEqual(before);

  const first = lab.vmi('talks')?.metadata.uid;
  await lab.call(virtualMachines, 'talks', 'restart', { gracePeriodSeconds: 0 });
  await lab.until('it runs anew', () => lab.phase('talks') === 'Running' && lab.vmi('talks')?.metadata.uid !== first);
  await expect.poll(() => counted('loss'), { timeout: 30_000 }).toBeGreaterThan(0);
});

test('what cannot be understood is said once and holds for nothing; the cure ends what was counted', async () => {
  ask('{"loss":{"percent":120}}');
  await expect.poll(reasons).toContain('FaultsNotUnderstood');
  await expect.poll(() => counted('loss')).toBeUndefined();
  const { message } = lab.events.find(({ reason }) => reason === 'FaultsNotUnderstood') ?? {};
  expect(message).toContain('loss.percent has to be a number from 0 to 100');
  ask({ rate: { kbit: 64 } });
  await expect.poll(() => counted('rate')).toBeDefined();
  ask(undefined);
  await expect.poll(() => counted('rate')).toBeUndefined();
  expect(reasons().filter((reason) => reason === 'FaultsNotUnderstood')).toHaveLength(1);
});

test('a machine that goes takes its faults along: one of the same name is whole', async () => {
  ask({ machine: lab.vm('talks')?.metadata.uid, loss: { percent: 100 } });
  await expect.poll(() => counted('loss')).toBeDefined();
  const text = lab.vm('talks')?.metadata.annotations?.[faultsAnnotation] ?? '';
  lab.context.store.delete(virtualMachines, 'default', 'talks');
  await lab.until('it is gone', () => lab.vm('talks') === undefined && lab.vmi('talks') === undefined);
  lab.createVm('talks', { runStrategy: 'Always' });
  // As a copy would bring it along.
  ask(text);
  await lab.until('it runs', () => lab.phase('talks') === 'Running');
  expect(await counted('loss')).toBeUndefined();
});
