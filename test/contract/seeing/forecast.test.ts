import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { createLog } from '../../../main/backend/log.ts';
import { daysLeft, openSpaceHistory } from '../../../main/backend/metrics/space.ts';
import type { SpaceLook } from '../../../main/backend/metrics/space.ts';
import { openNotifications } from '../../../main/backend/notifications/notifications.ts';
import { fillingSign } from '../../../main/backend/notifications/signs.ts';
import { createTasks } from '../../../main/backend/tasks/tasks.ts';
import { thresholdsSchema } from '../../../main/contract/notifications.ts';

const GiB = 1024 ** 3;
const hour = 3_600_000;
const day = 24 * hour;
const now = Date.parse('2026-06-15T12:00:00Z');
const total = 1000 * GiB;
/** Looks each `every` hours over `days`, the last one now; `free` by the days that are left until then. */
const looks = (days: number, every: number, free: (before: number) => number): SpaceLook[] =>
  Array.from({ length: Math.floor((days * 24) / every) + 1 }, (_, n) => n * every).map((ago) => ({ at: now - ago * hour, free: free(ago / 24) })).reverse(); // prettier-ignore

test('the days that are left follow the trend of the last days', () => {
  // 10 GiB a day, 100 GiB left.
  expect(
    daysLeft(
      looks(5, 1, (ago) => (100 + 10 * ago) * GiB),
      total,
      now,
    ),
  ).toBe(10);
  // By night nothing is written, by day twice as much: the same days.
  const steps = daysLeft(
    looks(8, 1, (ago) => (100 + 10 * Math.floor(ago + 0.5)) * GiB),
    total,
    now,
  );
  expect(steps).toBeGreaterThanOrEqual(9);
  expect(steps).toBeLessThanOrEqual(11);
  // One large file that came and went moves nothing.
  const file = looks(6, 1, (ago) => (100 + 10 * ago - (ago > 2 && ago < 2.2 ? 15 : 0)) * GiB);
  expect(daysLeft(file, total, now)).toBe(10);
});
test('too few days, too few looks, a disk that empties or hardly fills: no forecast', () => {
  const falling = (ago: number): number => (100 + 10 * ago) * GiB;
  expect(daysLeft(looks(2.9, 1, falling), total, now)).toBeUndefined();
  expect(daysLeft(looks(3, 1, falling), total, now)).toBe(10);
  expect(daysLeft(looks(5, 12, falling), total, now)).toBeUndefined();
  expect(daysLeft([], total, now)).toBeUndefined();
  expect(
    daysLeft(
      looks(8, 1, () => 100 * GiB),
      total,
      now,
    ),
  ).toBeUndefined();
  expect(
    daysLeft(
      looks(8, 1, (ago) => (100 - ago) * GiB),
      total,
      now,
    ),
  ).toBeUndefined();
  expect(
    daysLeft(
      looks(8, 1, (ago) => (100 + 0.1 * ago) * GiB),
      total,
      now,
    ),
  ).toBeUndefined();
});
test('what was before somebody made room, before a fortnight or after now says nothing', () => {
  // 300 GiB were freed two days ago: two days of the new trend are too few.
  expect(daysLeft(looks(8, 1, (ago) => (100 + 10 * ago - (ago > 2 ? 300 : 0)) * GiB + 300 * GiB), total, now)).toBeUndefined(); // prettier-ignore
  expect(
    daysLeft(
      looks(8, 1, (ago) => (100 + 10 * ago - (ago > 4 ? 300 : 0)) * GiB),
      total,
      now,
    ),
  ).toBe(10);
  const old = looks(30, 1, (ago) => (ago > 14 ? 900 : 100 + 10 * ago) * GiB);
  expect(daysLeft(old, total, now)).toBe(10);
  expect(
    daysLeft(
      looks(5, 1, (ago) => (100 + 10 * ago) * GiB),
      total,
      now - 6 * day,
    ),
  ).toBeUndefined();
});

let folder: string;
const log = createLog({ path: '/dev/null', quiet: true });
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'hearth-forecast-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

test('looks are kept once an hour over a restart, the forecast is shown and told once, by the days that were set', async () => {
  const file = join(folder, 'space.json');
  let at = now - 4 * day;
  const open = () => openSpaceHistory({ file, log, now: () => at });
  let space = await open();
  for (; at < now - 2 * day; at += 20 * 60_000) await space.add({ free: (100 + 10 * ((now - at) / day)) * GiB, total });
  expect(space.forecast.value.daysLeft).toBeUndefined();
  const kept = JSON.parse(await readFile(file, 'utf8')) as { looks: SpaceLook[] };
  expect(kept.looks).toHaveLength(48);
  space = await open();
  for (; at <= now; at += 20 * 60_000) await space.add({ free: (100 + 10 * ((now - at) / day)) * GiB, total });
  expect(space.forecast.value).toMatchObject({ daysLeft: 10, total });
  const tasks = await createTasks({ file: join(folder, 'tasks.json'), log });
  const told = await openNotifications({
    file: join(folder, 'notifications.json'), history: join(folder, 'history.jsonl'), disk: '/lab', tasks, log, space, everyMs: 20,
    measures: { disk: async () => ({ free: 100 * GiB, total }), memory: () => ({ free: 8 * GiB, total: 16 * GiB }) },
  }); // prettier-ignore
  const context = { signal: new AbortController().signal };
  await told.handlers.update({ thresholds: { diskDays: 12 } }, context);
  await vi.waitFor(() => expect(told.latest()).toMatchObject([{ event: 'disk-filling', title: 'The disk is full in about 10 days' }])); // prettier-ignore
  await new Promise((done) => setTimeout(done, 120));
  expect(told.latest()).toHaveLength(1);
  await told.close();
});
test('it is told by its threshold; 0 switches it off; it ends only when it is clearly better', () => {
  const limits = thresholdsSchema.parse({});
  const sign = (left: number | undefined, days = 7, was = false) => fillingSign({ free: GiB, total, ...(left !== undefined && { daysLeft: left }) }, { ...limits, diskDays: days }, was)?.title; // prettier-ignore
  expect([sign(undefined), sign(8), sign(7), sign(1), sign(0), sign(3, 0), sign(7, 7, true), sign(8, 7, true)]).toEqual([
    undefined, undefined, 'The disk is full in about 7 days', 'The disk is full in about 1 day', 'The disk is full within a day', undefined, 'The disk is full in about 7 days', undefined,
  ]); // prettier-ignore
});
