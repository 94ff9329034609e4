import { execFileSync, spawn } from 'node:child_process';
import { mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { parse } from 'yaml';
import { pick, pickList } from '../../../main/backend/target/pick.ts';
import { rowKeys } from '../../../main/contract/row-keys.ts';
import { ovfText } from '../../support/appliances.ts';
import { windowsDisk } from '../../support/disks/foreign-disk.ts';
import { member, tar } from '../../support/disks/tar.ts';
import { startHearth, temporaryDataDir, until } from '../../support/hearth.ts';
import type { Hearth, Page } from '../../support/hearth.ts';

const entry = join(import.meta.dirname, '../../../main/cli.ts');
const data = temporaryDataDir();
const folder = join(data.path, 'files');
let hearth: Hearth;
let page: Page;
beforeAll(async () => {
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'raw'), windowsDisk('Windows 10', { 'hiberfil.sys': Buffer.alloc(9000, 'HIBR') }));
  const as = (name: string, ...options: string[]): void =>
    void execFileSync('qemu-img', ['convert', '-f', 'raw', '-O', ...options, join(folder, 'raw'), join(folder, name)], { timeout: 60_000 }); // prettier-ignore
  as('pc.vhdx', 'vhdx');
  as('pc.vmdk', 'vmdk', '-o', 'subformat=streamOptimized');
  const envelope = ovfText({ name: 'pc', memoryMiB: 2048, cpus: 2, controllers: [{ id: 3, type: 6, subType: 'lsilogic' }], disks: [{ id: 'd', file: 'pc.vmdk', gib: 1, parent: 3, place: 0 }], nics: [{ network: 'LAN', subType: 'VmxNet3' }] }); // prettier-ignore
  writeFileSync(join(folder, 'pc.ova'), tar(member('pc.ovf', Buffer.from(envelope)), member('pc.vmdk', readFileSync(join(folder, 'pc.vmdk'))))); // prettier-ignore
  hearth = await startHearth(data.path, { args: ['--stop-vms'] });
  page = await hearth.page();
  for await (const { state } of page.api.target.watch({})) if (state === 'ready') break;
}, 90_000);
afterAll(async () => {
  page?.close();
  await hearth?.stop();
  data.remove();
});

test.each(['pc.vhdx', 'pc.vmdk'])('%s alone is proposed with UEFI, SATA and the settings of Windows', async (name) => {
  const found = await page.api.foreign.preview({ files: [{ path: join(folder, name) }] });
  expect(found.inside).toMatchObject({ family: 'windows', boots: 'uefi', system: { id: 'windows-10' }, notes: ['hibernated'] }); // prettier-ignore
  expect(found.preview.problem).toBeUndefined();
  const shown = parse(found.preview.yaml) as object;
  const domain = pick(shown, 'spec', 'template', 'spec', 'domain');
  expect(pick(domain, 'firmware', 'bootloader')).toEqual({ efi: { secureBoot: false } });
  expect(pickList(domain, 'devices', 'disks')).toMatchObject([{ disk: { bus: 'sata' } }]);
  expect(pickList(domain, 'devices', 'interfaces')).toMatchObject([{ model: 'e1000e' }]);
  expect(pick(shown, 'spec', 'preference', 'name')).toBe('windows.10');
});

test('in the library it keeps what was found, and a machine is made of it as proposed; virtio comes later, and goes', async () => {
  const { taskId, image } = await page.api.images.addFromFile({ path: join(folder, 'pc.vhdx'), mode: 'copy', name: 'pc' }); // prettier-ignore
  const tasks = await until(page.api.tasks.watch({}), rowKeys.task, (all) => ['done', 'failed'].includes(all.get(taskId)?.state ?? '')); // prettier-ignore
  expect(tasks.get(taskId)?.state).toBe('done');
  const images = await until(page.api.images.watch({}), rowKeys.image, (all) => [...all.values()].some(({ state }) => state === 'ready')); // prettier-ignore
  const row = [...images.values()].find(({ name }) => name === 'pc');
  expect(row).toMatchObject({ system: { id: 'windows-10', from: 'file' }, preference: 'windows.10', cloudInit: false, inside: { format: 'vhdx', boots: 'uefi' } }); // prettier-ignore
  // A page sends beginnings alone: there the image tells.
  const head = readFileSync(join(folder, 'pc.vhdx')).subarray(0, 65_536);
  const sent = await page.api.foreign.preview({ files: [{ name: 'pc.vhdx', size: statSync(join(folder, 'pc.vhdx')).size, head: head.toString('base64') }] }); // prettier-ignore
  expect(sent.inside?.family).toBe('windows');
  expect(sent.input.source).toEqual({ type: 'image', image });
  await page.api.machines.create(sent.input);
  const of = { namespace: 'default', name: sent.input.name };
  const hardware = async () => {
    for await (const now of page.api.hardware.watch(of)) return now;
    throw new Error('it ended');
  };
  const bus = async () => (await hardware()).disks.find(({ name }) => name === 'root')?.bus;
  expect(await hardware()).toMatchObject({ size: { firmware: 'uefi' }, drivers: { state: 'first', disks: ['root'], cards: ['default'] } }); // prettier-ignore
  for (const [step, state, wanted] of [['prepare', 'prepared', 'sata'], ['change', 'changed', 'virtio'], ['undo', 'first', 'sata']] as const) {
    expect(await page.api.hardware.changeDrivers({ ...of, step })).toEqual({ when: 'now' });
    for await (const now of page.api.hardware.watch(of)) if (now.drivers?.state === state) break;
    expect(await bus()).toBe(wanted);
  }
  expect((await hardware()).disks.map(({ name }) => name)).toEqual(['root']);
}, 60_000); // prettier-ignore

test('an appliance is proposed as its disk starts, and made as a person chose', async () => {
  const source = { path: join(folder, 'pc.ova') };
  const first = await page.api.transfer.preview({ source });
  expect(first.appliance).toMatchObject({ uefi: true, buses: ['sata'], inside: { family: 'windows' }, hardware: { firmware: 'uefi', drivers: 'described' } }); // prettier-ignore
  expect(first.refused).toBeUndefined();
  expect(first.notes.join()).toContain('description says BIOS');
  const { taskId } = await page.api.transfer.import({ source, name: 'chosen', hardware: { firmware: 'bios', drivers: 'compatible' } }); // prettier-ignore
  const tasks = await until(page.api.tasks.watch({}), rowKeys.task, (all) => ['done', 'failed'].includes(all.get(taskId)?.state ?? '')); // prettier-ignore
  expect(tasks.get(taskId)).toMatchObject({ state: 'done' });
  for await (const { vm } of page.api.machines.detail({ namespace: 'default', name: 'chosen' })) {
    const domain = pick(vm, 'spec', 'template', 'spec', 'domain');
    expect(pick(domain, 'firmware', 'bootloader', 'bios')).toBeDefined();
    expect(pick(domain, 'clock', 'timer', 'hyperv')).toBeDefined();
    expect(pickList(domain, 'devices', 'interfaces')).toMatchObject([{ model: 'e1000e' }]);
    break;
  }
}, 60_000);

test('hearth import says what the disk holds', async () => {
  const run = (...args: string[]) =>
    new Promise<{ code: number | null; err: string }>((resolve) => {
      const child = spawn(process.execPath, [entry, 'import', ...args, '--data-dir', data.path], { stdio: ['ignore', 'ignore', 'pipe'] }); // prettier-ignore
      let err = '';
      child.stderr.on('data', (chunk: Buffer) => (err += chunk.toString()));
      child.once('close', (code) => resolve({ code, err }));
    });
  const preview = await run('--preview', join(folder, 'pc.vmdk'));
  expect(preview.code).toBe(0);
  expect(preview.err).toContain('The disk holds Windows 10 (EFI/Microsoft/Boot: Windows 10).');
  expect(preview.err).toContain('Windows is only asleep on it');
  expect(preview.err).toContain('It starts first with SATA');
  const made = await run(join(folder, 'pc.ova'), '--name', 'by-hand', '--drivers', 'virtio');
  expect(made.code).toBe(0);
  expect(made.err).toContain('The disk holds Windows 10');
  const wrong = await run(join(folder, 'pc.ova'), '--firmware', 'open');
  expect(wrong).toMatchObject({ code: 2 });
}, 90_000);
