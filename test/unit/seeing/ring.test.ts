import { mkdtemp, open, readdir, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { fileSize, fine, readPoints, writePoints } from '../../../main/backend/metrics/ring.ts';
import { mean, openStore, ringFile } from '../../../main/backend/metrics/store.ts';
import type { MachineSample } from '../../../main/contract/machine.ts';

let folder: string;
const warnings: unknown[] = [];
const log = {
  debug: () => undefined,
  info: () => undefined,
  warn: (fields: object) => warnings.push(fields),
  error: (fields: object) => warnings.push(fields),
  child: () => log,
};
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ring-'));
  warnings.length = 0;
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const start = 1_700_000_000_000;
const point = (at: number, cpu = 0.5): MachineSample => ({ at, cpu, memory: 1024, diskRead: 1, diskWrite: 2, netIn: 3, netOut: 4 }); // prettier-ignore

describe('ring', () => {
  test('a file never grows, and holds the last hour of any number of points', async () => {
    const path = join(folder, 'a.ring');
    const points = Array.from({ length: 1000 }, (_, n) => point(start + n * 10_000, n / 1000));
    for (let n = 0; n < points.length; n += 6)
      await writePoints(path, { fine: points.slice(n, n + 6), coarse: [] }, log);
    expect((await stat(path)).size).toBe(fileSize);
    const now = start + 999 * 10_000;
    const read = await readPoints(path, fine, now, log);
    expect(read).toHaveLength(360);
    expect(read.at(-1)?.at).toBe(now);
    expect(read[0]?.at).toBe(now - 359 * 10_000);
    expect(read.at(-1)?.cpu).toBeCloseTo(0.999, 5);
  });

  test('a torn slot is no point; its neighbours stay', async () => {
    const path = join(folder, 'a.ring');
    const points = Array.from({ length: 10 }, (_, n) => point(start + n * 10_000));
    await writePoints(path, { fine: points, coarse: [] }, log);
    const file = await open(path, 'r+');
    const slot = Math.floor((points[4]?.at ?? 0) / 10_000) % 360;
    await file.write(Buffer.from([1, 2, 3]), 0, 3, 64 + slot * 32 + 9);
    await file.close();
    const read = await readPoints(path, fine, start + 100_000, log);
    expect(read.map(({ at }) => (at - start) / 10_000)).toEqual([0, 1, 2, 3, 5, 6, 7, 8, 9]);
  });

  test('a file that is no ring is set aside and told, and the ring begins anew', async () => {
    const path = join(folder, 'a.ring');
    await writeFile(path, 'not a ring');
    await writePoints(path, { fine: [point(start)], coarse: [] }, log);
    expect(await readPoints(path, fine, start, log)).toHaveLength(1);
    expect((await readdir(folder)).filter((name) => name.includes('.corrupt-'))).toHaveLength(1);
    expect(warnings).toHaveLength(1);
  });
});

describe('store', () => {
  test('points survive closing and opening; a minute is the mean of its points', async () => {
    let now = start;
    const store = await openStore({ folder, log, now: () => now });
    for (let n = 0; n < 12; n += 1) {
      now = start + n * 10_000;
      store.add('default/web', point(now, n / 10));
    }
    expect(await store.read('default/web', '1h')).toHaveLength(12);
    await store.close();
    const again = await openStore({ folder, log, now: () => now });
    const hour = await again.read('default/web', '1h');
    expect(hour.map(({ cpu }) => Math.round(cpu * 10))).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]);
    const day = await again.read('default/web', '24h');
    expect(day.length).toBeGreaterThanOrEqual(2);
    expect(day[0]?.at).toBe(Math.floor(start / 60_000) * 60_000);
    expect(await again.read('default/other', '24h')).toEqual([]);
    await again.close();
  });

  test('the ring of what is gone goes after a day, not before; what is there stays', async () => {
    const now = Date.now();
    const store = await openStore({ folder, log, now: () => now });
    for (const key of ['default/old', 'default/fresh', 'default/there']) store.add(key, point(now));
    await store.flush();
    const before = new Date(now - 25 * 3_600_000);
    await utimes(join(folder, ringFile('default/old')), before, before);
    await utimes(join(folder, ringFile('default/there')), before, before);
    await store.prune((file) => file === ringFile('default/there'));
    expect((await readdir(folder)).sort()).toEqual(['default_fresh.ring', 'default_there.ring']);
    await store.close();
  });

  test('of many that are gone the latest 200 stay, however fast they come and go', async () => {
    const now = Date.now();
    const store = await openStore({ folder, log, now: () => now });
    for (let n = 0; n < 230; n += 1) store.add(`default/m${n}`, point(now));
    store.add('default/there', point(now));
    await store.flush();
    const minutes = (n: number): Date => new Date(now - n * 60_000);
    for (let n = 0; n < 230; n += 1) await utimes(join(folder, ringFile(`default/m${n}`)), minutes(n), minutes(n));
    await utimes(join(folder, ringFile('default/there')), minutes(600), minutes(600));
    await store.prune((file) => file === ringFile('default/there'));
    const left = await readdir(folder);
    expect(left).toHaveLength(201);
    expect(left).toEqual(expect.arrayContaining(['default_m0.ring', 'default_m199.ring', 'default_there.ring']));
    await store.close();
  });

  test('the name of a ring fits a file name, whatever the machine is called', () => {
    expect(ringFile('default/web')).toBe('default_web.ring');
    expect(ringFile(`ns/${'x'.repeat(253)}`).length).toBeLessThan(60);
    expect(ringFile('../../etc/passwd')).not.toContain('/');
  });

  test('mean', () => {
    expect(mean([])).toBeUndefined();
    expect(mean([point(start, 0), point(start + 10_000, 1)])?.cpu).toBe(0.5);
  });
});
