import { afterEach, beforeEach, describe, expect, it, test, vi } from 'vitest';
import { packetOf } from '../../../main/embedded/network/switch/frames.ts';
import { ipNumber, udpFrame } from '../../../main/embedded/network/switch/packet.ts';
import type { PortFaults } from '../../../main/embedded/network/switch/protocol.ts';
import { seeded } from '../../../main/embedded/network/switch/random.ts';
import { laneWish, Shaper } from '../../../main/embedded/network/switch/shaper.ts';
import { Timeline } from '../../../main/embedded/network/switch/timeline.ts';

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
});
afterEach(() => {
  vi.useRealTimers();
});

/** A numbered packet whose frame has so many bytes. */
function packet(n: number, bytes = 100): Buffer {
  const frame = Buffer.alloc(bytes);
  frame.writeUInt32BE(n, 14);
  return packetOf(frame);
}
/** One way of a port with faults, and what came through it and when. */
function way(faults: PortFaults, seed = 1) {
  const waiting = { bytes: 0 };
  const shaper = new Shaper(seeded(seed), waiting);
  shaper.set(faults);
  const got: { n: number; at: number; bytes: number }[] = [];
  const begun = performance.now();
  const take = (one: Buffer) => got.push({ n: one.readUInt32BE(18), at: performance.now() - begun, bytes: one.length - 4 }); // prettier-ignore
  return {
    shaper,
    waiting,
    got,
    send: (one: Buffer) => (shaper.in ? shaper.in.pass(one, take) : take(one)),
    order: () => got.map(({ n }) => n),
  };
}

describe('loss', () => {
  it.each([5, 10, 20, 50, 90])('of %i percent is that, within 5 points, whatever the seed', (percent) => {
    for (const seed of [1, 2, 77, 4_000_000_000]) {
      const { shaper, send, got } = way({ loss: { percent, way: 'in' } }, seed);
      for (let n = 0; n < 1000; n += 1) send(packet(n));
      const { packets, dropped } = shaper.counters.loss ?? { packets: 0, dropped: 0 };
      expect(packets).toBe(1000);
      expect(got.length).toBe(1000 - dropped);
      expect(Math.abs((dropped / packets) * 100 - percent)).toBeLessThan(5);
    }
  });

  it('of nothing loses nothing, of all loses all', () => {
    const none = way({ loss: { percent: 0, way: 'in' } });
    const all = way({ loss: { percent: 100, way: 'in' } });
    for (let n = 0; n < 500; n += 1) for (const { send } of [none, all]) send(packet(n));
    expect([none.got.length, all.got.length]).toEqual([500, 0]);
  });

  it('is the same for the same seed, and another for another', () => {
    const lost = (seed: number): number[] => {
      const { send, order } = way({ loss: { percent: 50, way: 'in' } }, seed);
      for (let n = 0; n < 100; n += 1) send(packet(n));
      return order();
    };
    expect(lost(5)).toEqual(lost(5));
    expect(lost(5)).not.toEqual(lost(6));
  });

  it('is of the way it was asked for', () => {
    const loss = (of: 'in' | 'out' | 'both'): PortFaults => ({ loss: { percent: 10, way: of } });
    expect([laneWish(loss('in'), 'in'), laneWish(loss('in'), 'out')]).toEqual([{ loss: 0.1 }, {}]);
    expect([laneWish(loss('both'), 'in'), laneWish(loss('both'), 'out')]).toEqual([{ loss: 0.1 }, { loss: 0.1 }]);
    const { shaper } = way(loss('out'));
    expect(shaper.in).toBeUndefined();
    expect(shaper.out).toBeDefined();
  });
});

describe('delay', () => {
  it('lets every packet wait as long as it was asked to, and keeps their order', () => {
    const { shaper, send, got, order } = way({ delay: { ms: 120, jitter: 0, way: 'both' } });
    for (let n = 0; n < 50; n += 1) {
      send(packet(n));
      vi.advanceTimersByTime(3);
    }
    vi.advanceTimersByTime(500);
    expect(order()).toEqual(Array.from({ length: 50 }, (_, n) => n));
    for (const { n, at } of got) {
      expect(at - n * 3).toBeGreaterThanOrEqual(120);
      expect(at - n * 3).toBeLessThan(123);
    }
    const { packets, waited } = shaper.counters.delay ?? { packets: 0, waited: 0 };
    expect(waited / packets).toBeGreaterThanOrEqual(120);
    expect(waited / packets).toBeLessThan(123);
  });

  it('keeps the order where it becomes shorter', () => {
    const { shaper, send, order } = way({ delay: { ms: 500, jitter: 0, way: 'in' } });
    send(packet(0));
    shaper.set({ delay: { ms: 10, jitter: 0, way: 'in' } });
    send(packet(1));
    vi.advanceTimersByTime(100);
    expect(order()).toEqual([]);
    vi.advanceTimersByTime(500);
    expect(order()).toEqual([0, 1]);
  });

  it('with jitter spreads them around it, and then one may overtake another', () => {
    const { send, got, order } = way({ delay: { ms: 100, jitter: 50, way: 'in' } });
    for (let n = 0; n < 400; n += 1) send(packet(n));
    vi.advanceTimersByTime(1000);
    const times = got.map(({ at }) => at);
    expect(times.length).toBe(400);
    expect(Math.min(...times)).toBeGreaterThanOrEqual(50);
    expect(Math.max(...times)).toBeLessThanOrEqual(152);
    expect(times.reduce((sum, at) => sum + at, 0) / 400).toBeGreaterThan(92);
    expect(times.reduce((sum, at) => sum + at, 0) / 400).toBeLessThan(108);
    expect(order()).not.toEqual(order().toSorted((a, b) => a - b));
  });

  it('keeps what it holds in bounds, drops the rest and says so', () => {
    const { shaper, waiting, send, got } = way({ delay: { ms: 10_000, jitter: 0, way: 'in' } });
    for (let n = 0; n < 6000; n += 1) send(packet(n, 1500));
    expect(waiting.bytes).toBeLessThanOrEqual(4 * 2 ** 20);
    const dropped = shaper.counters.delay?.dropped ?? 0;
    expect(dropped).toBeGreaterThan(3000);
    vi.advanceTimersByTime(11_000);
    expect(got.length + dropped).toBe(6000);
    expect(waiting.bytes).toBe(0);
  });
});

describe('rate', () => {
  it.each([64, 500, 2000, 50_000, 900_000])(
    'of %i kbit/s is that, within 10 percent, for one who sends more',
    (kbit) => {
      const { shaper, send, got } = way({ rate: { kbit, way: 'both' } });
      const perMs = kbit / 8;
      const seconds = kbit < 100 ? 30 : kbit > 100_000 ? 2 : 5;
      let owed = 0;
      for (let ms = 0; ms < seconds * 1000; ms += 1) {
        for (owed += 2 * perMs; owed > 1514; owed -= 1514) send(packet(ms, 1514));
        vi.advanceTimersByTime(1);
      }
      const through = got.reduce((sum, { bytes }) => sum + bytes, 0) / (seconds * 1000);
      expect(Math.abs(through / perMs - 1)).toBeLessThan(0.1);
      const counted = shaper.counters.rate ?? { fastest: 0, dropped: 0 };
      expect(Math.abs(counted.fastest / (kbit * 1000) - 1)).toBeLessThan(0.1);
      expect(counted.dropped).toBeGreaterThan(0);
    },
  );

  it('keeps the order, and nobody who sends less waits', () => {
    const { send, got, order } = way({ rate: { kbit: 1000, way: 'in' } });
    for (let n = 0; n < 100; n += 1) {
      send(packet(n, 500));
      vi.advanceTimersByTime(10);
    }
    expect(order()).toEqual(Array.from({ length: 100 }, (_, n) => n));
    for (const { n, at } of got) expect(at - n * 10).toBeLessThan(6);
  });

  it('and delay come one after the other', () => {
    const { send, got } = way({ rate: { kbit: 80, way: 'in' }, delay: { ms: 200, jitter: 0, way: 'in' } });
    for (let n = 0; n < 4; n += 1) send(packet(n, 1000));
    vi.advanceTimersByTime(2000);
    // 10 bytes a millisecond: a packet each 100 ms, the first one out of the line's rest.
    expect(got.map(({ at }) => Math.round(at / 10) * 10)).toEqual([200, 290, 390, 490]);
  });
});

describe('names', () => {
  const to = (port: number): Buffer =>
    udpFrame({ sourceMac: Buffer.alloc(6), targetMac: Buffer.alloc(6), source: ipNumber('10.0.2.2') ?? 0, target: ipNumber('10.0.2.3') ?? 0, sourcePort: 4000, targetPort: port, payload: Buffer.from('question') }); // prettier-ignore
  it('are not asked for while they are off; all else is', () => {
    const { shaper } = way({ dns: { off: true } });
    expect([shaper.swallows(to(53)), shaper.swallows(to(54))]).toEqual([true, false]);
    expect(shaper.counters.dns).toMatchObject({ packets: 1, dropped: 1 });
    shaper.set({});
    expect(shaper.swallows(to(53))).toBe(false);
  });
});

describe('a cure', () => {
  it('lets go at once what waited, in its order, and nobody looks at packets any more', () => {
    const { shaper, waiting, send, order } = way({ delay: { ms: 5000, jitter: 0, way: 'both' } });
    for (let n = 0; n < 10; n += 1) send(packet(n));
    expect(order()).toEqual([]);
    shaper.set({});
    expect(order()).toEqual(Array.from({ length: 10 }, (_, n) => n));
    expect([shaper.in, shaper.out, waiting.bytes, shaper.counters]).toEqual([undefined, undefined, 0, {}]);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('of one fault leaves the others with what they counted', () => {
    const { shaper, send } = way({ loss: { percent: 100, way: 'in' }, rate: { kbit: 100, way: 'in' } });
    send(packet(1));
    shaper.set({ loss: { percent: 100, way: 'in' } });
    expect(shaper.counters).toEqual({ loss: { packets: 1, dropped: 1, waited: 0, bytes: 0, fastest: 0 } });
    // The same once more is no other fault.
    shaper.set({ loss: { percent: 100, way: 'in' } });
    expect(shaper.counters.loss?.packets).toBe(1);
    shaper.set({ loss: { percent: 50, way: 'in' } });
    expect(shaper.counters.loss?.packets).toBe(0);
  });
});

test('a timeline gives back what was put in by its time', () => {
  const random = seeded(9);
  const line = new Timeline<{ at: number; order: number }>();
  for (let order = 0; order < 500; order += 1) line.add({ at: Math.floor(random() * 50), order });
  const out = Array.from({ length: 500 }, () => line.take());
  expect(line.take()).toBeUndefined();
  const sorted = out.toSorted((a, b) => (a?.at ?? 0) - (b?.at ?? 0) || (a?.order ?? 0) - (b?.order ?? 0));
  expect(out).toEqual(sorted);
});
