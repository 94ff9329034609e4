import { expect, test } from 'vitest';
import { createThrottle, waitAfter } from '../../../main/backend/access/throttle.ts';

const pace = { free: 3, first: 1000, most: 60_000 };
const address = (n: number) => [{ key: `address ${n}`, pace }];

test('waits grow and have an end', () => {
  expect([1, 3, 4, 5, 6, 9, 10, 11, 5000].map((wrong) => waitAfter(pace, wrong))).toEqual([0, 0, 1000, 2000, 4000, 32_000, 60_000, 60_000, 60_000]); // prettier-ignore
});

test('many tries at once are as slow as one after the other', () => {
  const throttle = createThrottle(() => 0);
  const begun = Array.from({ length: 50 }, () => throttle.begin(address(1)));
  expect(begun.filter((each) => 'right' in each).length).toBe(4);
  expect(begun.at(-1)).toEqual({ wait: 1000 });
  expect('right' in throttle.begin(address(2))).toBe(true);
});

test('a right try takes only itself back: a password of one’s own does not help to guess others', () => {
  let now = 0;
  const throttle = createThrottle(() => now);
  for (let round = 0; round < 20; round += 1) {
    now += 60_000;
    const wrong = throttle.begin(address(1));
    expect('right' in wrong).toBe(true);
    now += 60_000;
    const right = throttle.begin(address(1));
    if ('right' in right) right.right();
  }
  throttle.begin(address(1));
  expect(throttle.begin(address(1))).toEqual({ wait: 60_000 });
});

test('all keys of a try are asked, and none is counted when one of them has to wait', () => {
  const throttle = createThrottle(() => 0);
  const name = { key: 'name ada', pace: { free: 0, first: 5000, most: 5000 } };
  expect('right' in throttle.begin([...address(1), name])).toBe(true);
  for (let n = 0; n < 20; n += 1) expect(throttle.begin([...address(1), name])).toEqual({ wait: 5000 });
  // The address was counted once only.
  expect(Array.from({ length: 3 }, () => 'right' in throttle.begin(address(1)))).toEqual([true, true, true]);
});

test('an hour without a wrong one, and all is forgotten; a flood of keys costs no more memory than others', () => {
  let now = 0;
  const throttle = createThrottle(() => now);
  for (let n = 0; n < 4; n += 1) throttle.begin(address(1));
  expect(throttle.begin(address(1))).toEqual({ wait: 1000 });
  now += 3_600_000;
  expect('right' in throttle.begin(address(1))).toBe(true);
  for (let n = 0; n < 20_000; n += 1) throttle.begin(address(n));
  expect('right' in throttle.begin(address(20_001))).toBe(true);
});
