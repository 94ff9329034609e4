import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Notification } from '../../../main/contract/notifications.ts';
import { startHearth, temporaryDataDir } from '../../support/hearth.ts';
import type { Hearth, Page } from '../../support/hearth.ts';
import { blank, until } from '../../support/operations/lab.ts';

// Tested are the sources: what is built may be of yesterday.
process.env['HEARTH_TEST_SOURCES'] = '1';
const folder = mkdtempSync(join(tmpdir(), 'hearth-plan-'));
const place = { type: 'folder', path: join(folder, 'backups') } as const;
const data = temporaryDataDir();
const file = join(data.path, 'backups', 'places.json');
const hour = 3_600_000;
let hearth: Hearth;
let page: Page;
let placeId = '';

const up = async (): Promise<void> => {
  hearth = await startHearth(data.path);
  page = await hearth.page();
  await until(page.api.target.watch({}), ({ state }) => state === 'ready');
};
/** Hearth was off for some hours of its plan: what stands in its file is older by that. */
async function wasOff(hours: number): Promise<void> {
  page.close();
  await hearth.stop();
  const kept = JSON.parse(readFileSync(file, 'utf8')) as { places: { since?: string; served?: string }[] };
  for (const each of kept.places)
    for (const key of ['since', 'served'] as const)
      if (each[key]) each[key] = new Date(Date.parse(each[key]) - hours * hour).toISOString();
  writeFileSync(file, JSON.stringify(kept));
  await up();
}
const scheduled = async () => {
  const view = await until(page.api.backups.watch({}), ({ places }) => places[0]?.taskId === undefined);
  return view.places[0]!;
};
const points = async () => (await page.api.backups.getPoints({ placeId })).filter(({ kind }) => kind === 'machine');
const told = async (): Promise<Notification[]> =>
  (await until(page.api.notifications.watch({}), () => true)).filter(({ event }) => event === 'schedule-trouble');

beforeAll(async () => {
  await up();
  ({ placeId } = await page.api.backups.addPlace({ name: 'NAS', place, password: 'correct horse' }));
  await page.api.machines.create(blank('web'));
  await until(page.api.machines.detail({ namespace: 'default', name: 'web' }), ({ row }) => row.status === 'Stopped');
  const keep = { last: 2, daily: 0, weekly: 0, monthly: 0 };
  const { id: target } = await until(page.api.target.watch({}), () => true);
  await page.api.backups.setPlan({
    placeId,
    plan: { rhythm: { every: 'hours', hours: 1 }, keep, target, machines: 'all' },
  });
}, 120_000);
afterAll(async () => {
  page?.close();
  await hearth?.stop();
  data.remove();
  rmSync(folder, { recursive: true, force: true });
}, 60_000);

test('before its time nothing comes by itself; after hours of absence one run makes up for all, and says so', async () => {
  expect(await points()).toEqual([]);
  await wasOff(3);
  await expect.poll(async () => (await points()).length, { timeout: 60_000 }).toBe(1);
  expect((await points())[0]).toMatchObject({ name: 'web', byHand: false });
  await expect.poll(async () => (await told()).map(({ title }) => title), { timeout: 20_000 }).toEqual(['NAS: scheduled backups were missed']); // prettier-ignore
});

test('so many points stay as the plan keeps; those made by hand do not count, and stay', async () => {
  const { taskId } = await page.api.backups.run({ placeId });
  await until(page.api.tasks.watch({}), (update) => {
    const tasks = update.type === 'snapshot' ? update.items : update.type === 'delta' ? update.upserted : [];
    return tasks.some(({ id, state }) => id === taskId && state === 'done');
  });
  for (let run = 0; run < 2; run += 1) {
    const before = (await scheduled()).last?.endedAt;
    await wasOff(1);
    await expect.poll(async () => (await scheduled()).last?.endedAt, { timeout: 60_000 }).not.toBe(before);
  }
  await expect.poll(async () => (await points()).map(({ byHand }) => byHand), { timeout: 30_000 }).toEqual([false, false, true]); // prettier-ignore
}, 180_000);

test('one that cannot be made is loud: a failed task, a notification, the place says why; it is tried again at the next time only', async () => {
  rmSync(place.path, { recursive: true });
  await wasOff(1);
  await expect.poll(async () => (await scheduled()).last?.failed[0]?.title, { timeout: 60_000 }).toBe('There are no backups at this place'); // prettier-ignore
  await expect.poll(async () => (await told()).some(({ title, tone }) => title === 'Scheduled backup to NAS: failed' && tone === 'problem'), { timeout: 20_000 }).toBe(true); // prettier-ignore
  const { next } = await scheduled();
  expect(Date.parse(next!)).toBeGreaterThan(Date.now());
}, 120_000);
