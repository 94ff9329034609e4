import { describe, expect, test } from 'vitest';
import type { ListUpdate } from '../../../main/contract/machine.ts';
import { createRing } from '../../../main/backend/consoles/ring.ts';
import { createLiveList } from '../../../main/backend/target/live-list.ts';
import { createLiveValue } from '../../../main/backend/target/live-value.ts';
import { parseMetrics, sampleOf } from '../../../main/backend/target/metrics.ts';
import { bytesQuantity, quantity } from '../../../main/backend/target/quantity.ts';

const problem = { code: 'target-unreachable', title: 'x', detail: 'y', kind: 'failed' as const };

describe('live list', () => {
  test('a snapshot, then coalesced changes; a row that reads the same is not told', async () => {
    const list = createLiveList<{ n: number }>();
    const stop = new AbortController();
    const updates = list.watch(stop.signal);
    list.set('a', { n: 1 });
    const first = updates.next();
    list.ready();
    expect((await first).value).toEqual({ type: 'snapshot', items: [{ n: 1 }] });
    list.set('a', { n: 1 });
    for (let n = 2; n <= 1000; n += 1) list.set('a', { n });
    list.set('b', { n: 0 });
    list.set('c', { n: 0 });
    list.delete('c');
    expect((await updates.next()).value).toEqual({ type: 'delta', upserted: [{ n: 1000 }, { n: 0 }], removed: ['c'] });
    stop.abort();
    expect((await updates.next()).done).toBe(true);
  });

  test('stale keeps the rows and says since when; live again', async () => {
    const list = createLiveList<number>();
    list.set('a', 1);
    list.ready();
    const stop = new AbortController();
    const updates = list.watch(stop.signal);
    const next = async (): Promise<ListUpdate<number>> => (await updates.next()).value as ListUpdate<number>;
    expect((await next()).type).toBe('snapshot');
    list.stale(problem);
    expect(await next()).toMatchObject({ type: 'stale', problem });
    list.live();
    expect(await next()).toEqual({ type: 'live' });
    const late = list.watch(stop.signal);
    expect((await late.next()).value).toEqual({ type: 'snapshot', items: [1] });
    stop.abort();
  });

  test('a page that does not read gets the newest state at once', async () => {
    const list = createLiveList<number>();
    list.ready();
    const stop = new AbortController();
    const updates = list.watch(stop.signal);
    await updates.next();
    for (let n = 0; n < 10_000; n += 1) list.set(String(n % 10), n);
    const { value } = await updates.next();
    expect(value.upserted).toHaveLength(10);
    stop.abort();
  });
});

test('live value: the present one first, then the newest', async () => {
  const live = createLiveValue(1);
  const stop = new AbortController();
  const seen = live.watch(stop.signal);
  expect((await seen.next()).value).toBe(1);
  const next = seen.next();
  live.set(2);
  live.set(3);
  expect((await next).value).toBe(3);
  stop.abort();
  expect((await seen.next()).done).toBe(true);
});

test('ring keeps the last bytes and says that the beginning is gone', () => {
  const ring = createRing(100);
  for (let n = 0; n < 1000; n += 1) ring.push(Buffer.from(`${n}\n`));
  const text = ring.read().toString();
  expect(text.length).toBe(100);
  expect(text.endsWith('998\n999\n')).toBe(true);
  expect(ring.total).toBe(3890);
  ring.push(Buffer.alloc(1000, 'x'));
  expect(ring.read().toString()).toBe('x'.repeat(100));
});

describe('figures', () => {
  const text = (cpu: number, read: number): string => `
# HELP kubevirt_vmi_cpu_usage_seconds_total x
kubevirt_vmi_cpu_usage_seconds_total{node="n",namespace="default",name="a"} ${cpu}
kubevirt_vmi_storage_read_traffic_bytes_total{drive="vda",namespace="default",name="a"} ${read}
kubevirt_vmi_storage_read_traffic_bytes_total{drive="vdb",namespace="default",name="a"} 1e3
kubevirt_vmi_memory_available_bytes{namespace="default",name="a"} 1000
kubevirt_vmi_memory_usable_bytes{namespace="default",name="a"} 400
kubevirt_vmi_memory_resident_bytes{namespace="default",name="b"} 77
kubevirt_vmi_cpu_usage_seconds_total{namespace="default",name="b"} NaN
nonsense {{{
`;
  test('two readings make a point', () => {
    const before = parseMetrics(text(10, 0), 0).get('default/a');
    const now = parseMetrics(text(11, 4000), 2000).get('default/a');
    expect(before && now && sampleOf(before, now, 2)).toEqual({
      at: 2000,
      cpu: 0.25,
      memory: 600,
      diskRead: 2000,
      diskWrite: 0,
      netIn: 0,
      netOut: 0,
    });
    expect(parseMetrics(text(1, 1), 0).get('default/b')?.memoryResident).toBe(77);
  });
  test('counters that started anew make no point', () => {
    const before = parseMetrics(text(10, 0), 0).get('default/a');
    const now = parseMetrics(text(1, 0), 2000).get('default/a');
    expect(before && now && sampleOf(before, now, 2)).toBeUndefined();
  });
});

test('quantities', () => {
  expect(['512Mi', '2', '500m', 1.5, '1e3', '1k'].map(quantity)).toEqual([2 ** 29, 2, 0.5, 1.5, 1000, 1000]);
  expect(['', 'x', '1Xi', null, {}, '1 Gi'].map(quantity)).toEqual(Array.from({ length: 6 }, () => undefined));
  expect([2 ** 30, 3 * 2 ** 29, 1000, 1024].map(bytesQuantity)).toEqual(['1Gi', '1536Mi', '1000', '1Ki']);
});
