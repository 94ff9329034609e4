import { describe, expect, test } from 'vitest';
import {
  nobodysPassword,
  passwordFits,
  storePassword,
  usualCost,
  weakness,
} from '../../../main/backend/access/password.ts';

const cheap = { N: 1024, r: 8, p: 1 };

describe('passwords', () => {
  test.each([
    ['short', 'fewer than 10'],
    ['x'.repeat(201), 'more than 200'],
    ['password123', 'tried first'],
    ['Password123!', 'tried first'],
    ['P@ssw0rd2024', 'tried first'],
    ['1234567890', 'tried first'],
    ['qwertyuiop', 'tried first'],
    ['correcthorsebatterystaple', 'tried first'],
    ['aaaaaaaaaaaa', 'hardly any different'],
    ['abababababab', 'hardly any different'],
    ['abcdefghijkl', 'row'],
    ['poiuytrewq', 'row'],
    ['asdfghjkl12345', 'tried first'],
    ['hgfdsa67890', 'row'],
    ['Margarete!', 'the name'],
    ['margarete2025', 'the name'],
  ])('%s is refused', (password, why) => expect(weakness(password, 'Margarete')).toContain(why));
  test.each(['four wet shoes sing', 'bJ7#qLz0pWm', '濡れた靴が歌うよ夜明けに', 'welcome to the jungle gym'])('%s is taken', (password) =>
    expect(weakness(password, 'ada')).toBeUndefined(),
  );

  test('are kept as a salted hash with its parameters, and nothing else fits', async () => {
    const [one, two] = await Promise.all([storePassword('four wet shoes', cheap), storePassword('four wet shoes', cheap)]);
    expect(one).toMatchObject({ kdf: 'scrypt', ...cheap });
    expect(one.salt).not.toBe(two.salt);
    expect(one.hash).not.toBe(two.hash);
    expect(await passwordFits('four wet shoes', one)).toBe(true);
    // The same letters, composed otherwise.
    expect(await passwordFits('caf\u00E9 noir nuit', await storePassword('cafe\u0301 noir nuit', cheap))).toBe(true);
    for (const wrong of ['', 'four wet shoe', 'four wet shoes ', 'Four wet shoes']) expect(await passwordFits(wrong, one)).toBe(false);
    expect(await passwordFits('', nobodysPassword(cheap))).toBe(false);
    // What is kept says itself what it cost, so that the usual cost may grow.
    expect(await passwordFits('four wet shoes', await storePassword('four wet shoes', { N: 2048, r: 8, p: 2 }))).toBe(true);
  });
  test('cost whoever guesses 32 MiB each at least', () => expect(128 * usualCost.N * usualCost.r).toBeGreaterThanOrEqual(32 * 2 ** 20));
}); // prettier-ignore
