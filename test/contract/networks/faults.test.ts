import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ipNumber, macBytes, udpFrame } from '../../../main/embedded/network/switch/packet.ts';
import { etherFrame, SwitchLab } from '../../support/switch-lab.ts';
import type { RawCard } from '../../support/switch-lab.ts';

const ip = (text: string): number => ipNumber(text) ?? 0;
const [aliceMac, bobMac, podMac, otherMac] = ['02:00:00:00:00:01', '02:00:00:00:00:02', '02:00:00:00:00:0a', '02:00:00:00:00:0b']; // prettier-ignore
const numbered = (from: string, to: string, n: number): Buffer => {
  const body = Buffer.alloc(200);
  body.writeUInt32BE(n, 0);
  return etherFrame(to, from, 0x88b5, body);
};
const numbers = (card: RawCard): number[] => card.got.filter((frame) => frame.readUInt16BE(12) === 0x88b5).map((frame) => frame.readUInt32BE(14)); // prettier-ignore

let lab: SwitchLab;
let alice: RawCard;
let bob: RawCard;
let pod: RawCard;
let up: RawCard;
beforeAll(async () => {
  lab = await SwitchLab.open();
  alice = lab.plug('alice', aliceMac, { network: 'red' });
  bob = lab.plug('bob', bobMac, { network: 'red' });
  pod = lab.plug('pod', podMac, { pod: '10.187.0.10' });
  lab.plug('other', otherMac, { pod: '10.187.0.11' });
  up = lab.card('pod-up');
  await lab.apply([{ namespace: 'default', name: 'other', addresses: [{ on: 'pod', address: '10.187.0.11' }] }]);
}, 30_000);
afterAll(() => lab.close());

const between = async (count: number): Promise<{ there: number[]; back: number[] }> => {
  for (const card of [alice, bob]) card.got.length = 0;
  for (let n = 0; n < count; n += 1) {
    await alice.send(numbered(aliceMac, bobMac, n));
    await bob.send(numbered(bobMac, aliceMac, n));
  }
  await wait(300);
  return { there: numbers(bob), back: numbers(alice) };
};

describe('a switch that is told to', () => {
  test('lose packets loses so many on that way, and counts them; the other way loses none', async () => {
    await lab.fault('bob', { loss: { percent: 30, way: 'in' } });
    const { there, back } = await between(1000);
    expect(Math.abs(there.length / 1000 - 0.7)).toBeLessThan(0.05);
    expect(back.length).toBe(1000);
    const { faults } = await lab.counters('bob');
    expect(faults?.loss).toMatchObject({ packets: 1000, dropped: 1000 - there.length });
    expect((await lab.counters('alice')).faults).toBeUndefined();
  });

  test('let them wait keeps their order and their time; a cure lets go what still waits', async () => {
    await lab.fault('bob', { delay: { ms: 150, jitter: 0, way: 'both' } });
    const begun = performance.now();
    for (const card of [alice, bob]) card.got.length = 0;
    await alice.send(...Array.from({ length: 20 }, (_, n) => numbered(aliceMac, bobMac, n)));
    await wait(100);
    expect(numbers(bob)).toEqual([]);
    await expect.poll(() => numbers(bob).length, { interval: 2 }).toBe(20);
    expect(performance.now() - begun).toBeGreaterThan(149);
    expect(numbers(bob)).toEqual(Array.from({ length: 20 }, (_, n) => n));
    const { delay } = (await lab.counters('bob')).faults ?? {};
    expect((delay?.waited ?? 0) / (delay?.packets ?? 1)).toBeGreaterThanOrEqual(149);
    await lab.fault('bob', { delay: { ms: 10_000, jitter: 0, way: 'out' } });
    await bob.send(...Array.from({ length: 20 }, (_, n) => numbered(bobMac, aliceMac, n)));
    await wait(200);
    expect(numbers(alice)).toEqual([]);
    await lab.fault('bob', undefined);
    await expect.poll(() => numbers(alice)).toEqual(Array.from({ length: 20 }, (_, n) => n));
    expect((await lab.counters('bob')).faults).toBeUndefined();
    expect((await between(100)).there.length).toBe(100);
  });

  test('answer no names lets no question of that machine through, its own or of the way out', async () => {
    const question = (text: string): Buffer => {
      const labels = Buffer.concat(text.split('.').map((label) => Buffer.concat([Buffer.of(label.length), Buffer.from(label)]))); // prettier-ignore
      const message = Buffer.concat([Buffer.from([0, 7, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0]), labels, Buffer.from([0, 0, 1, 0, 1])]); // prettier-ignore
      return udpFrame({ sourceMac: macBytes(podMac), targetMac: macBytes('52:55:0a:00:02:03'), source: ip('10.0.2.2'), target: ip('10.0.2.3'), sourcePort: 4000, targetPort: 53, payload: message }); // prettier-ignore
    };
    const asked = async () => {
      pod.got.length = 0;
      up.got.length = 0;
      await pod.send(question('other'), question('debian.org'));
      await wait(100);
      return { answers: pod.got.length, out: up.got.length };
    };
    expect(await asked()).toEqual({ answers: 1, out: 1 });
    await lab.fault('pod', { dns: { off: true } });
    expect(await asked()).toEqual({ answers: 0, out: 0 });
    expect((await lab.counters('pod')).faults?.dns).toMatchObject({ packets: 2, dropped: 2 });
    await lab.fault('pod', undefined);
    expect(await asked()).toEqual({ answers: 1, out: 1 });
  });

  test('slow a card down lets so much through; memory stays small', async () => {
    const before = lab.memory();
    await lab.fault('bob', { rate: { kbit: 4000, way: 'in' }, delay: { ms: 2000, jitter: 0, way: 'in' } });
    bob.got.length = 0;
    const full = Array.from({ length: 40 }, () => etherFrame(bobMac, aliceMac, 0x88b5, Buffer.alloc(1400)));
    const begun = performance.now();
    for (; performance.now() - begun < 4000; await wait(10)) await alice.send(...full);
    expect(lab.memory() - before).toBeLessThan(60);
    await wait(3000);
    const { faults } = await lab.counters('bob');
    // 4 s at 4 Mbit/s, and what the line's own queue held: a quarter of a second.
    const bits = bob.got.reduce((sum, frame) => sum + frame.length * 8, 0);
    expect(Math.abs(bits / (4.25 * 4e6) - 1)).toBeLessThan(0.1);
    expect(Math.abs((faults?.rate?.fastest ?? 0) / 4e6 - 1)).toBeLessThan(0.1);
    await lab.fault('bob', undefined);
  }, 20_000);
});
