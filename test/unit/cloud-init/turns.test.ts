import { setTimeout as wait } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { createTurns } from '../../../main/backend/cloud-init/turns.ts';
import { createPaced } from '../../../main/backend/target/paced.ts';

/** Turns whose work ends when it is told to. */
function byHand(limits: { width: number; many: number }) {
  const order: string[] = [];
  const ends = new Map<string, () => void>();
  const turns = createTurns(limits, (key) => {
    order.push(key);
    const { promise, resolve } = Promise.withResolvers<void>();
    ends.set(key, resolve);
    return promise;
  });
  const end = async (key: string): Promise<void> => {
    ends.get(key)?.();
    await wait(0);
  };
  return { turns, order, end };
}

test('so many at a time, the others in the order they came; who is dropped has no turn, and nobody has two', async () => {
  const { turns, order, end } = byHand({ width: 2, many: 10 });
  for (const key of ['a', 'b', 'c', 'd', 'e', 'c']) turns.want(key, 'next');
  expect([order, turns.waiting]).toEqual([['a', 'b'], 3]);
  turns.want('a', 'later'); // has a turn, and waits for another
  turns.drop('d');
  await end('b');
  expect(order).toEqual(['a', 'b', 'c']);
  await end('c');
  await end('e');
  // The one that waits anew has not ended its turn yet.
  expect([order, turns.waiting]).toEqual([['a', 'b', 'c', 'e'], 1]);
  await end('a');
  expect([order, turns.waiting]).toEqual([['a', 'b', 'c', 'e', 'a'], 0]);
});

test('the patient come when nobody else waits, one at a time while they are many, and at once when they are looked at', async () => {
  const { turns, order, end } = byHand({ width: 2, many: 3 });
  for (const key of ['1', '2', '3', '4', '5', '6']) turns.want(key, 'patient');
  // The first ones came before there were many.
  expect(order).toEqual(['1', '2']);
  turns.want('boots', 'next');
  await end('1');
  await end('2');
  expect(order).toEqual(['1', '2', 'boots', '3']);
  await end('boots');
  expect([order.length, turns.waiting]).toEqual([5, 2]);
  turns.soon('6');
  turns.soon('nobody');
  await end('3');
  expect(order).toEqual(['1', '2', 'boots', '3', '4', '6']);
  turns.close();
  await end('4');
  await end('6');
  expect([order.length, turns.waiting]).toEqual([6, 1]);
});

test('while very many wait patiently, one has a turn', async () => {
  const { turns, order, end } = byHand({ width: 4, many: 3 });
  turns.want('busy', 'next');
  for (let n = 0; n < 20; n += 1) turns.want(`old ${n}`, 'patient');
  const first = order.length;
  for (const key of order.slice()) await end(key);
  expect(first).toBe(4);
  // One more for the one that ended last: never several side by side.
  expect(order.length).toBe(first + 1);
});

test('work over everything: many changes are one look, and a look that takes long waits longer', async () => {
  const at: number[] = [];
  const paced = createPaced(() => {
    at.push(performance.now());
    for (const end = performance.now() + 30; performance.now() < end;);
  }, 5);
  for (let n = 0; n < 100; n += 1) paced.touch();
  await expect.poll(() => at.length, { interval: 5 }).toBe(1);
  paced.touch();
  await expect.poll(() => at.length, { interval: 5 }).toBe(2);
  expect((at[1] ?? 0) - (at[0] ?? 0)).toBeGreaterThan(290);
  paced.touch();
  paced.stop();
  await wait(400);
  expect(at).toHaveLength(2);
});
