import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startHearth, temporaryDataDir } from '../../support/hearth.ts';
import type { Hearth, Page } from '../../support/hearth.ts';
import type { Task } from '../../../main/contract/task.ts';
import { machineFile, manifestOf } from '../../support/machine-file.ts';
import { until } from '../../support/operations/lab.ts';

// Tested are the sources: what is built may be of yesterday.
process.env['HEARTH_TEST_SOURCES'] = '1';
const folder = mkdtempSync(join(tmpdir(), 'hearth-cut-backups-'));
const place = { type: 'folder', path: join(folder, 'backups') } as const;
const password = 'correct horse battery';
const data = temporaryDataDir();
let hearth: Hearth;
let page: Page;
let placeId = '';

const ready = async (): Promise<void> => {
  page = await hearth.page();
  await until(page.api.target.watch({}), ({ state }) => state === 'ready');
};
const restart = async (): Promise<void> => {
  const ended = new Promise((resolve) => hearth.process.once('close', resolve));
  hearth.process.kill('SIGKILL');
  await ended;
  hearth = await startHearth(data.path);
  await ready();
};
const tasks = async (): Promise<Task[]> => {
  const update = await until(page.api.tasks.watch({}), ({ type }) => type === 'snapshot');
  return update.type === 'snapshot' ? update.items : [];
};
const ended = async (taskId: string): Promise<Task> => {
  let seen: Task | undefined;
  await until(page.api.tasks.watch({}), (update) => {
    const told = update.type === 'snapshot' ? update.items : update.type === 'delta' ? update.upserted : [];
    seen = told.find(({ id }) => id === taskId) ?? seen;
    return seen !== undefined && seen.state !== 'running';
  });
  return seen!;
};
const names = (...kinds: string[]): string[] =>
  execFileSync('kubectl', ['--kubeconfig', hearth.kubeconfig, 'get', kinds.join(','), '-A', '-o', 'name'], { encoding: 'utf8' }).split('\n').filter(Boolean); // prettier-ignore
const onTheWay = (): string[] => names('virtualmachineexports', 'virtualmachinesnapshots');
const journal = (): string[] => readdirSync(join(data.path, 'backups', 'journal'));
const points = async (): Promise<string[]> =>
  (await page.api.backups.getPoints({ placeId })).filter(({ kind }) => kind === 'machine').map(({ id }) => id);
const locks = (): string[] => readdirSync(join(place.path, 'locks'));

beforeAll(async () => {
  hearth = await startHearth(data.path);
  await ready();
  ({ placeId } = await page.api.backups.addPlace({ name: 'NAS', place, password }));
  // Noise, and enough of it to be met in the middle.
  const [raw, packed, file] = ['noise.img', 'noise.qcow2', 'web.hearth-vm'].map((name) => join(folder, name));
  writeFileSync(raw!, randomBytes(160 * 2 ** 20));
  execFileSync('qemu-img', ['convert', '-f', 'raw', '-O', 'qcow2', raw!, packed!]);
  writeFileSync(
    file!,
    machineFile({
      manifest: manifestOf((it) => (it.disks[0]!.size = 160 * 2 ** 20)),
      disks: [{ name: 'disks/root.qcow2', data: readFileSync(packed!) }],
    }),
  );
  const { taskId } = await page.api.transfer.import({ source: { path: file! }, name: 'web' });
  const { problem } = await ended(taskId);
  if (problem) throw new Error(problem.detail);
  await until(page.api.machines.detail({ namespace: 'default', name: 'web' }), ({ row }) => row.status === 'Stopped');
}, 120_000);
afterAll(async () => {
  page?.close();
  await hearth?.stop();
  data.remove();
  rmSync(folder, { recursive: true, force: true });
}, 60_000);

describe('a backup that is cut', () => {
  test('stopped by a person: nothing of it stays anywhere', async () => {
    const { taskId } = await page.api.backups.run({ placeId });
    await expect.poll(onTheWay, { timeout: 60_000 }).not.toEqual([]);
    await expect.poll(locks, { timeout: 60_000 }).not.toEqual([]);
    await page.api.tasks.cancel({ id: taskId });
    expect((await ended(taskId)).state).toBe('cancelled');
    await expect.poll(onTheWay, { timeout: 30_000 }).toEqual([]);
    expect([await points(), journal()]).toEqual([[], []]);
  });

  test('Hearth killed while the disk goes out: the next one clears up, and is not kept out by the lock', async () => {
    await page.api.backups.run({ placeId });
    await expect.poll(onTheWay, { timeout: 60_000 }).not.toEqual([]);
    await expect.poll(locks, { timeout: 60_000 }).not.toEqual([]);
    await restart();
    await expect.poll(onTheWay, { timeout: 60_000 }).toEqual([]);
    await expect.poll(journal, { timeout: 30_000 }).toEqual([]);
    expect(await points()).toEqual([]);
    const task = await ended((await page.api.backups.run({ placeId })).taskId);
    expect(task.problem).toBeUndefined();
    expect(await points()).toHaveLength(1);
    // What the killed one had sent is no half point that stays for ever.
    const all = JSON.parse(execFileSync('restic', ['-r', place.path, 'snapshots', '--json', '--tag', 'hearth-disk'], { encoding: 'utf8', env: { ...process.env, RESTIC_PASSWORD: password } })) as unknown[]; // prettier-ignore
    expect(all).toHaveLength(1);
  });
});

describe('a restore that is cut', () => {
  test('stopped by a person: no machine, no disk', async () => {
    const [point] = await points();
    const { taskId } = await page.api.backups.restore({ placeId, point: point!, name: 'copy', identity: 'new' });
    await expect.poll(() => names('datavolumes').join(' '), { timeout: 60_000 }).toContain('copy-root');
    await page.api.tasks.cancel({ id: taskId });
    expect((await ended(taskId)).state).toBe('cancelled');
    await expect
      .poll(() => names('datavolumes', 'virtualmachines').join(' '), { timeout: 30_000 })
      .not.toContain('copy');
    expect(journal()).toEqual([]);
  });

  test('Hearth killed while a disk comes in: it goes on by itself and ends well', async () => {
    const [point] = await points();
    await page.api.backups.restore({ placeId, point: point!, name: 'again', identity: 'new' });
    await expect.poll(() => names('datavolumes').join(' '), { timeout: 60_000 }).toContain('again-root');
    await restart();
    await expect.poll(async () => (await tasks()).find(({ type, state }) => type === 'backup-restore' && state === 'running') ?? journal().length === 0, { timeout: 30_000 }).toBeTruthy(); // prettier-ignore
    await expect.poll(journal, { timeout: 120_000 }).toEqual([]);
    const problems = (await tasks())
      .filter(({ type }) => type === 'backup-restore')
      .flatMap(({ problem }) => problem?.code ?? []);
    // Of the task that was cut by the kill alone.
    expect(problems).toEqual(['interrupted']);
    await until(
      page.api.machines.detail({ namespace: 'default', name: 'again' }),
      ({ row }) => row.status === 'Stopped',
    );
  });
});
