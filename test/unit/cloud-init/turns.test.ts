import { setTimeout as wait } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { createTurns } from '../../../main/backend/cloud-init/turns.ts';
import { createPaced } from '../../../main/backend/target/paced.ts';

test('so many at a time, the others in the order they came; who is called off gives no place away', async () => {
  const turns = createTurns(2);
  const order: number[] = [];
  let inside = 0;
  let most = 0;
  const off = new AbortController();
  const never = new AbortController().signal;
  const all = Array.from({ length: 12 }, async (_, index) => {
    const leave = await turns.take(index === 5 ? off.signal : never);
    order.push(index);
    most = Math.max(most, (inside += 1));
    await wait(1);
    inside -= 1;
    leave();
    leave();
  });
  expect(turns.waiting).toBe(10);
  off.abort(new Error('enough'));
  const ended = await Promise.allSettled(all);
  expect(ended.filter(({ status }) => status === 'rejected')).toHaveLength(1);
  expect(order).toEqual([0, 1, 2, 3, 4, 6, 7, 8, 9, 10, 11]);
  expect([most, turns.waiting]).toEqual([2, 0]);
  await expect(turns.take(off.signal)).rejects.toThrow('enough');
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
