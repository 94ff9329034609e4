import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { randomBytes } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { scriptedCluster } from '../../support/scripted-cluster/scripted-cluster.ts';
import type { ScriptedCluster } from '../../support/scripted-cluster/scripted-cluster.ts';
import { startHearth, temporaryDataDir } from '../../support/hearth.ts';
import type { Hearth, Page } from '../../support/hearth.ts';
import { machineFile, qcow2Head } from '../../support/machine-file.ts';
import { blank, until } from '../../support/operations/lab.ts';
import { slowDisk } from '../../support/slow-disk.ts';
import type { SlowDisk } from '../../support/slow-disk.ts';

// Tested are the sources: what is built may be of yesterday.
process.env['HEARTH_TEST_SOURCES'] = '1';
const MiB = 2 ** 20;
const size = 3 * MiB;
const content = Buffer.concat([qcow2Head(), randomBytes(size - 1024)]);
const folder = mkdtempSync(join(tmpdir(), 'hearth-cut-'));
const data = temporaryDataDir();
let disk: SlowDisk;
let cluster: ScriptedCluster;
let hearth: Hearth;
let page: Page;

const ready = async (): Promise<void> => {
  page = await hearth.page();
  await until(page.api.target.watch({}), ({ state, name }) => state === 'ready' && name === 'Scripted');
};
const kill = async (): Promise<void> => {
  const ended = new Promise((resolve) => hearth.process.once('close', resolve));
  hearth.process.kill('SIGKILL');
  await ended;
};
const ended = (taskId: string): Promise<unknown> =>
  until(page.api.tasks.watch({}), (update) => {
    const tasks = update.type === 'snapshot' ? update.items : update.type === 'delta' ? update.upserted : [];
    return tasks.some(({ id, state }) => id === taskId && state !== 'running');
  });
const stateOf = async (taskId: string): Promise<string> => {
  await ended(taskId);
  const update = await until(page.api.tasks.watch({}), ({ type }) => type === 'snapshot');
  return update.type === 'snapshot' ? (update.items.find(({ id }) => id === taskId)?.state ?? '') : '';
};
const names = (group: string, plural: string): string[] =>
  cluster.objects(group, plural, 'default').map(({ metadata }) => metadata.name ?? '');
const exportOf = (file: string) => page.api.transfer.export({ namespace: 'default', name: 'web', path: file });
const partSize = (file: string): number => statSync(`${file}.part`, { throwIfNoEntry: false })?.size ?? 0;

beforeAll(async () => {
  disk = await slowDisk(content);
  cluster = await scriptedCluster({ exportServer: disk });
  hearth = await startHearth(data.path);
  page = await hearth.page();
  await page.api.targets.addCluster({ text: readFileSync(cluster.kubeconfig, 'utf8'), name: 'Scripted', use: true });
  await ready();
  await page.api.machines.create(blank('web'));
  await until(page.api.machines.detail({ namespace: 'default', name: 'web' }), ({ row }) => row.status === 'Stopped');
}, 60_000);
afterAll(async () => {
  page?.close();
  await hearth?.stop();
  await cluster?.close();
  await disk?.close();
  data.remove();
  rmSync(folder, { recursive: true, force: true });
}, 60_000);

describe('an export that is cut', () => {
  test('Hearth killed after a megabyte: the next one asks for the rest alone', async () => {
    const file = join(folder, 'resumed.hearth-vm');
    disk.holdAfter = MiB;
    await exportOf(file);
    // Where the disk's bytes begin stands in the record; the very last of what went out has to be there.
    const records = join(data.path, 'transfers');
    const begins = (): number => {
      const [name] = readdirSync(records).filter((each) => each.endsWith('.json'));
      const { disks = [] } = name ? (JSON.parse(readFileSync(join(records, name), 'utf8')) as { disks?: { at: number }[] }) : {}; // prettier-ignore
      return (disks[0]?.at ?? Number.NaN) + 512;
    };
    await expect.poll(() => partSize(file) - begins()).toBe(MiB);
    await kill();
    disk.holdAfter = undefined;
    hearth = await startHearth(data.path);
    await ready();
    const [cut] = await page.api.transfer.unfinished({});
    expect(cut).toMatchObject({ kind: 'export', machine: 'web', file });
    expect(await stateOf((await page.api.transfer.resume({ id: cut!.id })).taskId)).toBe('done');
    expect(disk.served).toEqual([
      { range: undefined, bytes: MiB },
      { range: `bytes=${MiB}-`, bytes: size - MiB },
    ]);
    expect(readFileSync(file).includes(content.subarray(1024))).toBe(true);
    expect(await page.api.transfer.unfinished({})).toEqual([]);
    expect(names('export.kubevirt.io', 'virtualmachineexports')).toEqual([]);
    expect((await page.api.transfer.preview({ source: { path: file } })).name).toBe('web');
  });

  test('cancelled in the middle: nothing of it stays, here or there', async () => {
    const file = join(folder, 'cancelled.hearth-vm');
    disk.holdAfter = MiB;
    const { taskId } = await exportOf(file);
    await expect.poll(() => partSize(file)).toBeGreaterThan(MiB);
    await page.api.tasks.cancel({ id: taskId });
    expect(await stateOf(taskId)).toBe('cancelled');
    expect(readdirSync(folder).filter((name) => name.startsWith('cancelled'))).toEqual([]);
    expect(names('export.kubevirt.io', 'virtualmachineexports')).toEqual([]);
    expect(await page.api.transfer.unfinished({})).toEqual([]);
    disk.holdAfter = undefined;
  });
});

describe('an import that is cut', () => {
  const file = join(folder, 'in.hearth-vm');
  const bytes = Buffer.concat([qcow2Head(), randomBytes(2 * MiB)]);
  const left = (): string[] => [...names('cdi.kubevirt.io', 'datavolumes'), ...names('kubevirt.io', 'virtualmachines')].filter((name) => name.startsWith('carried')); // prettier-ignore
  const half = (): Promise<void> => {
    cluster.uploads.holdAfter = MiB;
    return new Promise((resolve) => (cluster.uploads.held = resolve));
  };
  beforeAll(() => writeFileSync(file, machineFile({ disks: [{ name: 'disks/root.qcow2', data: bytes }] })));

  test('cancelled while its disk is sent: nothing of it stays', async () => {
    const held = half();
    const { taskId } = await page.api.transfer.import({ source: { path: file }, name: 'carried' });
    await held;
    expect(left()).toEqual(['carried-root']);
    await page.api.tasks.cancel({ id: taskId });
    expect(await stateOf(taskId)).toBe('cancelled');
    await expect.poll(left).toEqual([]);
    expect(await page.api.transfer.unfinished({})).toEqual([]);
  });

  test('Hearth killed while its disk is sent: it goes on with the same disk, as CDI takes it from its first byte', async () => {
    const held = half();
    await page.api.transfer.import({ source: { path: file }, name: 'carried' });
    await held;
    await kill();
    delete cluster.uploads.holdAfter;
    hearth = await startHearth(data.path);
    await ready();
    const [cut] = await page.api.transfer.unfinished({});
    expect(await stateOf((await page.api.transfer.resume({ id: cut!.id })).taskId)).toBe('done');
    expect(cluster.uploads.received.get('default/carried-root')).toBe(bytes.length);
    expect(left()).toEqual(['carried-root', 'carried']);
    // Half-written files of the killed one are gone, too; those of the new one are renamed in a moment.
    const halfWritten = (): string[] =>
      readdirSync(data.path, { recursive: true, encoding: 'utf8' }).filter(
        (path) => path.endsWith('.tmp') && !path.startsWith('engine'),
      );
    await expect.poll(halfWritten).toEqual([]);
  });
});

describe('the upload of a browser', () => {
  test('goes on at its byte in the next Hearth', async () => {
    const file = machineFile();
    const about = { fileName: 'guest.hearth-vm', size: file.length, lastModified: 1 };
    const { uploadId, endpoint } = await page.api.transfer.startUpload(about);
    const tus = (method: string, path: string, headers: Record<string, string>, body?: Buffer) =>
      fetch(new URL(path, hearth.origin), {
        method,
        headers: { cookie: page.cookie, origin: hearth.origin, 'tus-resumable': '1.0.0', ...headers },
        ...(body && { body: new Uint8Array(body) }),
      });
    const send = (at: string, offset: number, body: Buffer) =>
      tus('PATCH', at, { 'upload-offset': String(offset), 'content-type': 'application/offset+octet-stream' }, body);
    const metadata = `uploadId ${Buffer.from(uploadId).toString('base64')}`;
    const made = await tus('POST', endpoint, { 'upload-length': String(file.length), 'upload-metadata': metadata });
    const at = new URL(made.headers.get('location') ?? '', hearth.origin).pathname;
    expect((await send(at, 0, file.subarray(0, 1000))).status).toBe(204);
    await kill();
    hearth = await startHearth(data.path);
    await ready();
    expect((await page.api.transfer.startUpload(about)).uploadId).toBe(uploadId);
    const offset = Number((await tus('HEAD', at, {})).headers.get('upload-offset'));
    expect(offset).toBe(1000);
    expect((await send(at, offset, file.subarray(offset))).status).toBe(204);
    expect((await page.api.transfer.preview({ source: { uploadId } })).name).toBe('guest');
  });
});
