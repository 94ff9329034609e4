import { expect, test } from 'vitest';
import { watchEvents } from '../../../main/backend/machines/events.ts';
import { keyOf } from '../../../main/backend/target/kinds.ts';
import type { Cache, CollectionListener } from '../../../main/backend/target/collection.ts';
import { event } from '../../support/crowd/objects.ts';

test('of very many events a page is told the newest; what happens again to one does not count as more', async () => {
  let told: CollectionListener = {};
  const cache = {
    use(_kind: unknown, _namespace: unknown, listener: CollectionListener) {
      told = listener;
      return { synced: true, lost: undefined, release: () => undefined };
    },
  } as unknown as Pick<Cache, 'use'> as Cache;
  const stop = new AbortController();
  const updates = watchEvents({ cache }, undefined, stop.signal, 100);
  const rows = new Map<string, string>();
  const next = async (): Promise<void> => {
    const { value } = await updates.next();
    if (value?.type === 'snapshot') for (const row of value.items) rows.set(row.uid, row.lastAt);
    if (value?.type !== 'delta') return;
    for (const row of value.upserted) rows.set(row.uid, row.lastAt);
    for (const uid of value.removed) rows.delete(uid);
  };
  await next();
  const put = (index: number): void => {
    const object = event(index, 10);
    told.changed?.(keyOf(object), object, undefined);
  };
  for (let index = 0; index < 1000; index += 1) put(index);
  await next();
  expect(rows.size).toBeGreaterThanOrEqual(100);
  expect(rows.size).toBeLessThanOrEqual(110);
  const newest = Array.from({ length: 100 }, (_, index) => event(900 + index, 10).metadata.uid);
  expect(newest.filter((uid) => !rows.has(uid ?? ''))).toEqual([]);
  const before = [...rows.keys()];
  for (let round = 0; round < 500; round += 1) put(999);
  put(1000);
  await next();
  expect(before.filter((uid) => !rows.has(uid)).length).toBeLessThanOrEqual(11);
  stop.abort();
});
