import { execFile, execFileSync } from 'node:child_process';
import { promisify } from 'node:util';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { KubeObject } from '../../../main/contract/kube.ts';
import type { Task } from '../../../main/contract/task.ts';
import type { MoveMachine } from '../../../main/contract/transfer-moves.ts';
import { scriptedCluster } from '../../support/scripted-cluster/scripted-cluster.ts';
import type { ScriptedCluster } from '../../support/scripted-cluster/scripted-cluster.ts';
import { startHearth, temporaryDataDir } from '../../support/hearth.ts';
import type { Hearth, Page } from '../../support/hearth.ts';
import { kubeOf } from '../../support/kube.ts';
import { machineFile, manifestOf } from '../../support/machine-file.ts';
import { blank, problemOf, until } from '../../support/operations/lab.ts';

// Tested are the sources: what is built may be of yesterday.
process.env['HEARTH_TEST_SOURCES'] = '1';
const cli = join(import.meta.dirname, '../../../main/cli.ts');
const MiB = 2 ** 20;
/** Machines that run end with it. */
const ending = { args: ['--stop-vms'] };
const folder = mkdtempSync(join(tmpdir(), 'hearth-move-'));
const data = temporaryDataDir();
/** A second Hearth: its engine is the other target, with disks of its own. */
const away = temporaryDataDir();
const content = join(folder, 'content.raw');
let cluster: ScriptedCluster;
let far: Hearth;
let hearth: Hearth;
let page: Page;
let ids: Record<'here' | 'far' | 'played', string>;

const vmPath = (name: string): string => `/apis/kubevirt.io/v1/namespaces/default/virtualmachines/${name}`;
const vmOn = (at: Hearth, name: string): Promise<KubeObject | undefined> =>
  kubeOf(at.kubeconfig).request('GET', vmPath(name)).catch(() => undefined); // prettier-ignore
const taskEnd = async (taskId: string): Promise<Task> => {
  let seen: Task | undefined;
  await until(page.api.tasks.watch({}), (update) => {
    const tasks = update.type === 'snapshot' ? update.items : update.type === 'delta' ? update.upserted : [];
    seen = tasks.find(({ id }) => id === taskId) ?? seen;
    return seen !== undefined && seen.state !== 'running';
  });
  return seen as Task;
};
const ref = (name: string) => ({ namespace: 'default', name });
const move = async (name: string, to: string, more: Partial<MoveMachine> = {}): Promise<Task> =>
  taskEnd((await page.api.transfer.move({ ...ref(name), to, ...more })).taskId);
const show = async (id: string): Promise<void> => {
  await page.api.targets.use({ id });
  await until(page.api.target.watch({}), (target) => target.id === id && target.state === 'ready');
};
/** What of a machine must not change: all but what the target gave it. */
const told = (vm: KubeObject | undefined): unknown => {
  const { labels, annotations } = vm?.metadata ?? {};
  const { 'hearth.dev/exported': _, ...own } = annotations ?? {};
  return { labels, annotations: own, spec: JSON.parse(JSON.stringify(vm?.spec).replaceAll(/web-root(-2)?/g, 'web-root')) as unknown }; // prettier-ignore
};
const sameContent = async (name: string): Promise<void> => {
  const path = join(folder, `${name}-${Date.now()}.hearth-vm`);
  expect((await taskEnd((await page.api.transfer.export({ ...ref(name), path })).taskId)).state).toBe('done');
  execFileSync('tar', ['-xf', path, '-C', folder, 'disks/root.qcow2']);
  // Throws where one byte is another.
  execFileSync('qemu-img', ['compare', '-f', 'qcow2', '-F', 'raw', join(folder, 'disks/root.qcow2'), content]);
};
const moving = (): string[] => readdirSync(join(data.path, 'transfers')).filter((name) => /moving|json/.test(name));

beforeAll(async () => {
  writeFileSync(content, Buffer.concat([randomBytes(3 * MiB), Buffer.alloc(5 * MiB)]));
  const disk = join(folder, 'first.qcow2');
  execFileSync('qemu-img', ['convert', '-f', 'raw', '-O', 'qcow2', content, disk]);
  const manifest = manifestOf((each) => {
    each.machine.metadata = { name: 'web', labels: { tier: 'front' }, annotations: { 'hearth.dev/description': 'to be moved' } }; // prettier-ignore
    Object.assign(each.disks[0]!, { size: 8 * MiB });
    Object.assign(each.machine.spec, { runStrategy: 'Manual' });
    const { spec } = each.machine.spec['template'] as { spec: { domain: Record<string, unknown>; networks?: unknown } };
    spec.domain['firmware'] = { uuid: '6a1c4d1e-6f1e-4b7b-9d0a-1f2e3d4c5b6a' };
    Object.assign(spec.domain['devices'] as object, { interfaces: [{ name: 'default', masquerade: {}, macAddress: '02:00:00:00:00:17' }] }); // prettier-ignore
    spec.networks = [{ name: 'default', pod: {} }];
  });
  const file = join(folder, 'web.hearth-vm');
  writeFileSync(file, machineFile({ manifest, disks: [{ name: 'disks/root.qcow2', data: readFileSync(disk) }] }));
  [far, hearth, cluster] = await Promise.all([
    startHearth(away.path, ending),
    startHearth(data.path, ending),
    scriptedCluster(),
  ]);
  page = await hearth.page();
  await page.api.settings.update({ setupDone: true });
  const add = async (kubeconfig: string, name: string) =>
    (await page.api.targets.addCluster({ text: readFileSync(kubeconfig, 'utf8'), name, use: false })).id;
  ids = { here: 'quick-lab', far: await add(far.kubeconfig, 'Far'), played: await add(cluster.kubeconfig, 'Scripted') };
  await show(ids.here);
  const ended = await taskEnd((await page.api.transfer.import({ source: { path: file }, name: 'web', identity: 'same' })).taskId); // prettier-ignore
  if (ended.state !== 'done') throw new Error(`the import ended ${ended.state}`);
  await page.api.organise.change({ ...ref('web'), folder: 'home/lab', notes: 'mine' });
}, 120_000);
afterAll(async () => {
  page?.close();
  await hearth?.stop();
  await far?.stop();
  await cluster?.close();
  for (const each of [data, away]) each.remove();
  rmSync(folder, { recursive: true, force: true });
}, 60_000);

describe('a machine from one target to another', () => {
  test('there, and back again: it is what it was, and so is its disk', async () => {
    const targets = await page.api.transfer.destinations({});
    expect(targets.map(({ name, why }) => [name, why])).toEqual([['Far', undefined], ['Scripted', undefined]]); // prettier-ignore
    const first = await vmOn(hearth, 'web');
    const plan = await page.api.transfer.planMove({ ...ref('web'), to: ids.far });
    expect(plan).toMatchObject({ freeName: 'web', running: false, networks: [], left: [], blocked: [] });
    expect(plan.disks).toEqual([{ name: 'root', size: 8 * MiB }]);

    expect(await move('web', ids.far)).toMatchObject({ state: 'done' });
    expect(await vmOn(hearth, 'web')).toBeUndefined();
    const there = await vmOn(far, 'web');
    expect(told(there)).toEqual(told(first));
    expect(there?.metadata.uid).not.toBe(first?.metadata.uid);
    expect(moving()).toEqual([]);
    // Its old self can be had back, to run as it did.
    const bin = await until(page.api.bin.watch({}), ({ entries }) => entries.length > 0);
    expect(bin.entries).toMatchObject([{ name: 'web', id: first?.metadata.uid }]);

    await show(ids.far);
    await sameContent('web');
    expect(await move('web', ids.here)).toMatchObject({ state: 'done' });
    expect(await vmOn(far, 'web')).toBeUndefined();
    await show(ids.here);
    const back = await vmOn(hearth, 'web');
    expect(told(back)).toEqual(told(first));
    await sameContent('web');
    // The disk of the first one is in the bin still: this one has another.
    expect(JSON.stringify(back?.spec)).toContain('web-root-2');
    // Undone after another target was chosen: it comes back where it was.
    await show(ids.far);
    expect(await page.api.bin.restore({ id: first?.metadata.uid ?? '', namespace: 'default', newName: 'web-old' })).toMatchObject({ name: 'web-old' }); // prettier-ignore
    expect(await vmOn(far, 'web-old')).toBeUndefined();
    await show(ids.here);
    expect((await vmOn(hearth, 'web-old'))?.spec?.['runStrategy']).toBe('Manual');
  }, 120_000);

  test('copied: both are there, and the copy is a machine of its own', async () => {
    expect(await move('web', ids.far, { keep: true, newName: 'copy' })).toMatchObject({ state: 'done' });
    expect((await vmOn(hearth, 'web'))?.spec?.['runStrategy']).toBe('Manual');
    const copy = JSON.stringify(await vmOn(far, 'copy'));
    expect(copy).not.toContain('02:00:00:00:00:17');
    expect(copy).not.toContain('6a1c4d1e');
  }, 60_000);

  test('by the command line: looked at first, then copied', async () => {
    const command = (...args: string[]) => promisify(execFile)(process.execPath, [cli, 'move', 'web', '--to', 'Far', '--copy', '--name', 'by-command', '--data-dir', data.path, ...args]); // prettier-ignore
    const look = await command('--dry-run');
    expect(look.stdout).toContain('The copy is a new machine');
    expect(look.stdout).not.toContain('In the way');
    expect(await vmOn(far, 'by-command')).toBeUndefined();
    await command();
    expect(await vmOn(far, 'by-command')).toBeDefined();
    await expect(command()).rejects.toMatchObject({ code: 1, stderr: expect.stringContaining('has a machine by-command there already') }); // prettier-ignore
  }, 60_000);

  test('what the Quick lab gave it by itself goes along: its addresses and its firmware uuid', async () => {
    await page.api.machines.create(blank('own', { start: true }));
    await until(page.api.machines.detail(ref('own')), ({ row }) => row.status === 'Running');
    const vmi = await kubeOf(hearth.kubeconfig).request('GET', vmPath('own').replace('virtualmachines', 'virtualmachineinstances')); // prettier-ignore
    const [{ mac } = { mac: '' }] = (vmi.status?.['interfaces'] ?? []) as { mac: string }[];
    expect(mac).toMatch(/^02:/);
    await page.api.machines.act({ ...ref('own'), action: 'forceStop', deleteDisks: false });
    await until(page.api.machines.detail(ref('own')), ({ row }) => row.status === 'Stopped');
    expect(await move('own', ids.far)).toMatchObject({ state: 'done' });
    const template = (await vmOn(far, 'own'))?.spec?.['template'] as { spec: { domain: { firmware: { uuid: string }; devices: { interfaces: object[] } } } }; // prettier-ignore
    const { domain } = template.spec;
    expect(domain.devices.interfaces).toMatchObject([{ macAddress: mac }]);
    expect(domain.firmware.uuid).toMatch(/^[0-9a-f-]{36}$/);
  }, 60_000);

  test('what is in the way is said before, and nothing is begun', async () => {
    expect((await page.api.transfer.planMove({ ...ref('web'), to: ids.far, newName: 'copy' })).blocked).toEqual([
      { reason: 'default has a machine copy there already.', remedy: 'Choose another name, for example web.' },
    ]);
    expect((await problemOf(page.api.transfer.move({ ...ref('web'), to: ids.far, newName: 'copy' }))).code).toBe('move-blocked'); // prettier-ignore
    expect((await problemOf(page.api.transfer.move({ ...ref('web'), to: ids.here }))).code).toBe('same-target');
    await page.api.machines.act({ ...ref('web'), action: 'start', deleteDisks: false });
    await until(page.api.machines.detail(ref('web')), ({ row }) => row.status === 'Running');
    expect((await problemOf(page.api.transfer.move({ ...ref('web'), to: ids.far }))).detail).toContain('web is on');
    await page.api.machines.act({ ...ref('web'), action: 'forceStop', deleteDisks: false });
    await until(page.api.machines.detail(ref('web')), ({ row }) => row.status === 'Stopped');
    expect(moving()).toEqual([]);
  }, 60_000);
});

describe('a move that is cut', () => {
  const left = (): string[] =>
    [['cdi.kubevirt.io', 'datavolumes'], ['kubevirt.io', 'virtualmachines']].flatMap(([group = '', plural = '']) => cluster.objects(group, plural, 'default').map(({ metadata }) => metadata.name ?? '')); // prettier-ignore
  const half = (): Promise<void> => {
    cluster.uploads.holdAfter = MiB;
    return new Promise((resolve) => (cluster.uploads.held = resolve));
  };

  test('cancelled while its disk is sent: nothing of it stays there, and it is as it was here', async () => {
    const before = await vmOn(hearth, 'web');
    const held = half();
    const { taskId } = await page.api.transfer.move({ ...ref('web'), to: ids.played });
    await held;
    expect(left()).toEqual(['web-root']);
    expect((await vmOn(hearth, 'web'))?.spec?.['runStrategy']).toBe('Halted');
    await page.api.tasks.cancel({ id: taskId });
    expect(await taskEnd(taskId)).toMatchObject({ state: 'cancelled' });
    await expect.poll(left, { timeout: 10_000 }).toEqual([]);
    expect((await vmOn(hearth, 'web'))?.spec).toEqual(before?.spec);
    expect(moving()).toEqual([]);
  }, 60_000);

  test('refused there in the middle: it waits, and given up all is as it was', async () => {
    const before = await vmOn(hearth, 'web');
    cluster.uploads.codes.push(503, 503, 503);
    delete cluster.uploads.holdAfter;
    expect(await move('web', ids.played)).toMatchObject({ state: 'failed' });
    const [cut] = await page.api.transfer.unfinished({});
    expect(cut).toMatchObject({ kind: 'move', machine: 'web' });
    expect((await problemOf(page.api.transfer.move({ ...ref('web'), to: ids.far }))).code).toBe('move-under-way');
    const both = await Promise.allSettled([1, 2].map(() => page.api.transfer.discard({ id: cut!.id })));
    expect(both.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    await expect.poll(left, { timeout: 10_000 }).toEqual([]);
    expect((await vmOn(hearth, 'web'))?.spec).toEqual(before?.spec);
    expect(moving()).toEqual([]);
  }, 60_000);

  test('its file lost on the way: given up all the same', async () => {
    const before = await vmOn(hearth, 'web');
    cluster.uploads.codes.push(503, 503, 503);
    expect(await move('web', ids.played)).toMatchObject({ state: 'failed' });
    expect(left()).toEqual(['web-root']);
    const [cut] = await page.api.transfer.unfinished({});
    rmSync(join(data.path, 'transfers', `${cut!.id}.moving`));
    await page.api.transfer.discard({ id: cut!.id });
    await expect.poll(left, { timeout: 10_000 }).toEqual([]);
    expect((await vmOn(hearth, 'web'))?.spec).toEqual(before?.spec);
    expect(moving()).toEqual([]);
  }, 60_000);

  test('Hearth killed while its disk is sent: it goes on there, and ends as if nothing had been', async () => {
    const held = half();
    await page.api.transfer.move({ ...ref('web'), to: ids.played });
    await held;
    const ended = new Promise((resolve) => hearth.process.once('close', resolve));
    hearth.process.kill('SIGKILL');
    await ended;
    delete cluster.uploads.holdAfter;
    hearth = await startHearth(data.path, ending);
    page = await hearth.page();
    await show(ids.here);
    expect(await vmOn(hearth, 'web')).toBeDefined();
    const [cut] = await page.api.transfer.unfinished({});
    expect(cut).toMatchObject({ kind: 'move', machine: 'web', file: 'Scripted', target: 'Quick lab' });
    const { taskId } = await page.api.transfer.resume({ id: cut!.id });
    expect(await taskEnd(taskId)).toMatchObject({ state: 'done' });
    expect(left()).toEqual(['web-root', 'web']);
    expect(cluster.object('kubevirt.io', 'virtualmachines', 'default', 'web')?.metadata.annotations).not.toHaveProperty('hearth.dev/import'); // prettier-ignore
    expect(await vmOn(hearth, 'web')).toBeUndefined();
    expect(moving()).toEqual([]);
  }, 90_000);

  test('started here meanwhile: the copy goes, the machine stays', async () => {
    const before = left();
    // The upload Pod is not up yet: time enough.
    cluster.uploads.codes.push(503, 503);
    const { taskId } = await page.api.transfer.move({ ...ref('web-old'), to: ids.played });
    await expect.poll(left, { timeout: 20_000 }).toContain('web-old-root');
    await page.api.machines.act({ ...ref('web-old'), action: 'start', deleteDisks: false });
    await until(page.api.machines.detail(ref('web-old')), ({ row }) => row.status === 'Running');
    expect(await taskEnd(taskId)).toMatchObject({ state: 'failed', problem: { code: 'source-changed' } });
    expect((await vmOn(hearth, 'web-old'))?.spec?.['runStrategy']).toBe('Always');
    await expect.poll(left, { timeout: 10_000 }).toEqual(before);
    expect(moving()).toEqual([]);
  }, 60_000);
  test('deleted here meanwhile: the copy, which is the only one now, stays', async () => {
    await page.api.machines.act({ ...ref('web-old'), action: 'forceStop', deleteDisks: false });
    await until(page.api.machines.detail(ref('web-old')), ({ row }) => row.status === 'Stopped');
    cluster.uploads.codes.push(503, 503);
    const { taskId } = await page.api.transfer.move({ ...ref('web-old'), to: ids.played, newName: 'only' });
    await expect.poll(left, { timeout: 20_000 }).toContain('only-root');
    await page.api.machines.act({ ...ref('web-old'), action: 'delete', deleteDisks: true });
    expect(await taskEnd(taskId)).toMatchObject({ state: 'done' });
    expect(left()).toContain('only');
    expect(await vmOn(hearth, 'web-old')).toBeUndefined();
    expect(moving()).toEqual([]);
  }, 60_000);
  test('nothing was written there that KubeVirt and CDI do not know', () => expect(cluster.misfits()).toEqual([]));
});
