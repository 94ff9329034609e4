import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Hardware } from '../../main/contract/hardware.ts';
import type { Task } from '../../main/contract/task.ts';
import { rowKeys } from '../../main/contract/row-keys.ts';
import { startHearth, temporaryDataDir, until } from '../support/hearth.ts';
import type { Hearth, Page } from '../support/hearth.ts';
import { installerDisc } from '../support/installer-disc.ts';

// A real guest that installs itself: it writes a boot sector onto its disk and restarts. Hearth then takes the disc out, and says why.
const data = temporaryDataDir();
let hearth: Hearth;
let page: Page;
beforeAll(async () => {
  hearth = await startHearth(data.path, { args: ['--stop-vms'] });
  page = await hearth.page();
  for (const [name, disc] of [['installer', installerDisc()], ['live', installerDisc({ live: true })]] as const) {
    const path = join(data.path, `${name}.iso`);
    writeFileSync(path, disc);
    const { taskId } = await page.api.images.addFromFile({ path, mode: 'copy', name });
    const { state, problem } = await ended(taskId);
    if (state !== 'done') throw new Error(`${name} was not taken into the library: ${problem?.detail}`);
  }
}, 120_000); // prettier-ignore
afterAll(async () => {
  // They would be waited for: nothing in them hears that it should end.
  for (const name of ['fresh', 'kept', 'live']) await page?.api.machines.act({ ...ref(name), action: 'forceStop' }).catch(() => undefined); // prettier-ignore
  page?.close();
  await hearth?.stop();
  data.remove();
}, 60_000);

const ref = (name: string) => ({ namespace: 'default', name });
async function ended(taskId: string): Promise<Task> {
  const rows = await until(page.api.tasks.watch({}), rowKeys.task, (all) => (all.get(taskId)?.state ?? 'running') !== 'running'); // prettier-ignore
  return rows.get(taskId) as Task;
}
const create = (name: string, image: string, ejectInstaller = true) =>
  page.api.machines.create({
    ...ref(name),
    source: { type: 'iso', image: { namespace: 'hearth-images', name: image } },
    size: { type: 'free', sockets: 1, cores: 1, threads: 1, memory: 64 * 2 ** 20 },
    rootDisk: { size: 2 ** 26, bus: 'virtio' },
    firmware: 'bios',
    ejectInstaller,
  });
async function hardware(name: string, fits: (hardware: Hardware) => boolean): Promise<Hardware> {
  for await (const item of page.api.hardware.watch(ref(name))) if (fits(item)) return item;
  throw new Error('it ended');
}
const disc = ({ disks }: Hardware): string | undefined => disks.find(({ name }) => name === 'install')?.claim;

test('the disc goes once the guest runs from its disk, across a restart of Hearth; it is said why, and comes back, once', async () => {
  await create('fresh', 'installer');
  await create('kept', 'installer', false);
  await create('live', 'live');
  await until(page.api.machines.watch({}), rowKeys.machine, (rows) => [...rows.values()].filter(({ status }) => status === 'Running').length === 3); // prettier-ignore
  // What is waited for stands at the machine: Hearth may end and begin in the middle, while the machines run on.
  page.close();
  hearth.process.kill('SIGKILL');
  await hearth.stop();
  hearth = await startHearth(data.path, { args: ['--stop-vms'] });
  page = await hearth.page();
  const done = await hardware('fresh', ({ ejected }) => ejected !== undefined);
  expect(done.running).toBe(true);
  expect(disc(done)).toBeUndefined();
  expect(done.ejected).toMatchObject({ drive: 'install', claim: 'fresh-install' });
  expect(done.ejected?.why).toMatch(/^the disk root was written, the machine restarted itself after that, and since then it runs from its disk: it read [\d.]+ (MiB|KiB) of the disk and \d+ KiB of the disc$/); // prettier-ignore
  const rows = await until(page.api.tasks.watch({}), rowKeys.task, (all) => [...all.values()].some(({ type, state }) => type === 'installer-eject' && state === 'done')); // prettier-ignore
  const tasks = [...rows.values()].filter(({ type }) => type === 'installer-eject');
  expect(tasks.map(({ object, notice }) => [object?.name, notice?.title])).toEqual([['fresh', 'The installer’s disc was taken out of fresh']]); // prettier-ignore
  // Undo: it is in again, and stays. The ones that nobody may touch never went.
  await page.api.hardware.settleEjected({ ...ref('fresh'), back: true });
  const again = await hardware('fresh', (each) => disc(each) !== undefined);
  expect([disc(again), again.ejected]).toEqual(['fresh-install', undefined]);
  await page.api.machines.act({ ...ref('fresh'), action: 'forceRestart' });
  await new Promise((resolve) => setTimeout(resolve, 25_000));
  for (const name of ['fresh', 'kept', 'live']) expect([name, disc(await hardware(name, () => true))]).toEqual([name, `${name}-install`]); // prettier-ignore
  expect((await page.api.machines.preview({ ...ref('x'), source: { type: 'blank' }, size: { type: 'free', sockets: 1, cores: 1, threads: 1, memory: 2 ** 26 } })).yaml).not.toContain('installer-disc'); // prettier-ignore
}, 240_000);
