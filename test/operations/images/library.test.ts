import { execFile } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { chmod, mkdir, open, readFile, stat, symlink, truncate, writeFile } from 'node:fs/promises';
import { once } from 'node:events';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createServer, request } from 'node:http';
import type { IncomingMessage, Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ImageRow } from '../../../main/contract/image.ts';
import type { Task } from '../../../main/contract/task.ts';
import { startHearth, until } from '../../support/hearth.ts';
import type { Hearth, Page } from '../../support/hearth.ts';
import { starterCache, starterImage } from '../../support/starter.ts';

const run = promisify(execFile);
let dataDir: string;
let folder: string;
let hearth: Hearth;
let page: Page;
let web: Server;
let address: string;
let disk: Buffer;

// Who may do everything may read everything: of root's rights this Hearth has not the one over others' files.
const under = process.getuid?.() === 0 ? ['setpriv', '--bounding-set=-dac_override,-dac_read_search'] : [];
const environment = { env: { HEARTH_TEST_SOURCES: '1' }, under };
beforeAll(async () => {
  dataDir = mkdtempSync(join(tmpdir(), 'hearth-data-'));
  folder = mkdtempSync(join(tmpdir(), 'hearth-library-'));
  const raw = join(folder, 'disk.raw');
  await writeFile(raw, randomBytes(6 * 1024 * 1024));
  await truncate(raw, 64 * 1024 * 1024);
  await run('qemu-img', ['convert', '-f', 'raw', '-O', 'qcow2', raw, join(folder, 'disk.qcow2')]);
  disk = await readFile(join(folder, 'disk.qcow2'));
  web = createServer((request, response) => {
    response.setHeader('accept-ranges', 'bytes');
    if (request.url === '/slow.qcow2') {
      response.writeHead(200, { 'content-length': disk.length });
      response.write(disk.subarray(0, 1024 * 1024));
      response.on('close', () => web.emit('left'));
      web.emit('slow');
    } else if (request.url === '/disk.qcow2') response.writeHead(200, { 'content-length': disk.length }).end(disk);
    else response.writeHead(404).end();
  }).listen(0, '127.0.0.1');
  await new Promise((resolve) => web.once('listening', resolve));
  address = `http://127.0.0.1:${(web.address() as AddressInfo).port}`;
  process.env['HEARTH_TEST_SOURCES'] = '1';
  hearth = await startHearth(dataDir, environment);
  page = await hearth.page();
}, 120_000);
afterAll(async () => {
  page.close();
  await hearth.stop();
  web.closeAllConnections();
  web.close();
  rmSync(dataDir, { recursive: true, force: true });
  rmSync(folder, { recursive: true, force: true });
});

const ended = async (id: string): Promise<Task> => {
  const tasks = await until(page.api.tasks.watch({}), (task) => task.id, (rows) => (rows.get(id)?.state ?? 'running') !== 'running'); // prettier-ignore
  return tasks.get(id) as Task;
};
const row = async (name: string, done: (row: ImageRow | undefined) => boolean): Promise<ImageRow | undefined> => {
  const find = (all: ReadonlyMap<string, ImageRow>): ImageRow | undefined =>
    [...all.values()].find((one) => one.name === name);
  return find(await until(page.api.images.watch({}), (one) => one.uid, (all) => done(find(all)), 20_000)); // prettier-ignore
};
const ref = (name: string) => ({ namespace: 'hearth-images', name });
const ready = (one: ImageRow | undefined): boolean => one?.state === 'ready';
const sha256 = (data: Buffer): string => createHash('sha256').update(data).digest('hex');

describe('by address', () => {
  it('downloads, verifies and shows where an image is from', async () => {
    const { taskId } = await page.api.images.addFromUrl({
      url: `${address}/disk.qcow2`,
      mirrors: [],
      name: 'by-url',
      displayName: 'By URL',
      checksum: `sha256:${sha256(disk)}`,
      preference: 'debian',
      defaultUser: 'debian',
    });
    expect(await ended(taskId)).toMatchObject({ state: 'done', type: 'image-import', progress: 1 });
    expect(await row('by-url', ready)).toMatchObject({
      displayName: 'By URL',
      source: `${address}/disk.qcow2`,
      checksumVerified: true,
      checksum: `sha256:${sha256(disk)}`,
      virtualSize: 64 * 1024 * 1024,
      format: 'qcow2',
      preference: 'debian',
      defaultUser: 'debian',
      usedBy: [],
    });
  });

  it('refuses a taken name before it does anything', async () => {
    const again = page.api.images.addFromUrl({ url: `${address}/disk.qcow2`, mirrors: [], name: 'by-url' });
    await expect(again).rejects.toMatchObject({ problem: { code: 'already-exists', fields: { name: 'taken' } } });
  });

  it('says why an import failed, and lets the failed image be removed', async () => {
    const { taskId } = await page.api.images.addFromUrl({
      url: `${address}/disk.qcow2`,
      mirrors: [],
      name: 'wrong-sum',
      checksum: `sha256:${'0'.repeat(64)}`,
    });
    const task = await ended(taskId);
    expect(task.state).toBe('failed');
    expect(task.problem?.code).toMatch(/^import-/);
    expect(task.problem?.detail.toLowerCase()).toContain('sha256');
    expect((await row('wrong-sum', (one) => one?.state === 'failed'))?.problem).toBe(task.problem?.detail);
    await page.api.images.remove(ref('wrong-sum'));
    await row('wrong-sum', (one) => one === undefined);
  });

  it('cancels: nothing stays', async () => {
    const asked = once(web, 'slow');
    const { taskId } = await page.api.images.addFromUrl({ url: `${address}/slow.qcow2`, mirrors: [], name: 'slow' });
    await asked;
    const left = once(web, 'left');
    await page.api.tasks.cancel({ id: taskId });
    expect((await ended(taskId)).state).toBe('cancelled');
    await row('slow', (one) => one === undefined);
    await left;
  });
});

describe('a file of this computer', () => {
  it('is used in place', async () => {
    const path = join(folder, 'disk.qcow2');
    const { taskId } = await page.api.images.addFromFile({ path, mode: 'in-place', name: 'in-place' });
    expect((await ended(taskId)).state).toBe('done');
    expect(await row('in-place', ready)).toMatchObject({ source: path, virtualSize: 64 * 1024 * 1024 });
    expect(await readFile(path)).toEqual(disk);
  });

  it('that cannot be used is refused with the reason', async () => {
    await mkdir(join(folder, 'sub'));
    await writeFile(join(folder, 'empty.img'), '');
    await symlink(join(folder, 'loop'), join(folder, 'loop'));
    const add = (path: string) => page.api.images.addFromFile({ path, mode: 'copy', name: 'bad' });
    await expect(add(join(folder, 'none.img'))).rejects.toMatchObject({ problem: { code: 'file-not-found' } });
    await expect(add(join(folder, 'sub'))).rejects.toMatchObject({ problem: { code: 'path-not-file' } });
    await expect(add(join(folder, 'empty.img'))).rejects.toMatchObject({ problem: { code: 'file-empty' } });
    await expect(add(join(folder, 'loop'))).rejects.toMatchObject({ problem: { code: 'file-link-loop' } });
    // Named at once, also in a folder that cannot be entered: nothing is begun that would fail later.
    await mkdir(join(folder, 'shut'));
    for (const path of [join(folder, 'private.iso'), join(folder, 'shut', 'private.iso')]) {
      await writeFile(path, 'not for you', { mode: 0o000 });
      await chmod(join(folder, 'shut'), 0o000);
      for (const mode of ['copy', 'in-place'] as const) {
        const refused = await page.api.images.addFromFile({ path, mode, name: 'bad' }).catch((error: unknown) => error);
        expect(refused).toMatchObject({
          problem: { code: 'file-not-readable', detail: expect.stringContaining(path) },
        });
      }
      await chmod(join(folder, 'shut'), 0o700);
    }
    expect(await row('bad', () => true)).toBeUndefined();
    await expect(add('relative.img')).rejects.toMatchObject({ problem: { code: 'path-not-absolute' } });
    await expect(add('/dev/null')).rejects.toMatchObject({ problem: { code: 'path-not-file' } });
  });
});

describe('an upload', () => {
  const tus = (path: string, method: string, headers: Record<string, string>, body?: Buffer): Promise<Response> =>
    fetch(`${hearth.origin}${path}`, {
      method,
      headers: { cookie: page.cookie, origin: hearth.origin, 'tus-resumable': '1.0.0', ...headers },
      ...(body && { body: new Uint8Array(body) }),
    });
  const create = (id: string, size: number): Promise<Response> =>
    tus('/upload', 'POST', {
      'upload-length': String(size),
      'upload-metadata': `uploadId ${Buffer.from(id).toString('base64')}`,
    });
  const send = (id: string, from: number, to: number): Promise<Response> =>
    tus(
      `/upload/${id}`,
      'PATCH',
      { 'upload-offset': String(from), 'content-type': 'application/offset+octet-stream' },
      disk.subarray(from, to),
    );
  const offset = async (id: string): Promise<number> =>
    Number((await tus(`/upload/${id}`, 'HEAD', {})).headers.get('upload-offset'));
  const file = (name: string) => ({ name, fileName: 'disk.qcow2', size: disk.length, lastModified: 1 });

  it('goes on after a reload of the page and after a restart of Hearth, then becomes an image', async () => {
    const ticket = await page.api.images.startUpload(file('sent'));
    expect((await create(ticket.uploadId, disk.length)).status).toBe(201);
    expect((await send(ticket.uploadId, 0, 1_000_000)).status).toBe(204);
    expect(await row('sent', (one) => one !== undefined)).toMatchObject({ source: 'disk.qcow2' });

    // A reload: the same file finds its upload, also when the page has forgotten its address.
    const again = await page.api.images.startUpload(file('sent'));
    expect(again).toEqual(ticket);
    expect((await create(ticket.uploadId, disk.length)).headers.get('location')).toBe(`/upload/${ticket.uploadId}`);
    expect(await offset(ticket.uploadId)).toBe(1_000_000);

    page.close();
    expect(await hearth.stop()).toBe(0);
    hearth = await startHearth(dataDir, environment);
    page = await hearth.page();
    await row('sent', (one) => one !== undefined);
    const third = await page.api.images.startUpload(file('sent'));
    expect(third.uploadId).toBe(ticket.uploadId);
    expect(await offset(ticket.uploadId)).toBe(1_000_000);
    expect((await send(ticket.uploadId, 1_000_000, disk.length)).status).toBe(204);
    expect(await ended(third.taskId)).toMatchObject({ state: 'done' });
    expect(await row('sent', ready)).toMatchObject({ virtualSize: 64 * 1024 * 1024, kind: 'disk' });
    expect(readdirSync(join(dataDir, 'uploads'))).toEqual([]);
  });

  it('two at once, the later bytes first', async () => {
    const [one, two] = await Promise.all([
      page.api.images.startUpload(file('one')),
      page.api.images.startUpload(file('two')),
    ]);
    await Promise.all([create(one.uploadId, disk.length), create(two.uploadId, disk.length)]);
    await Promise.all([send(two.uploadId, 0, disk.length), send(one.uploadId, 0, disk.length)]);
    expect((await ended(one.taskId)).state).toBe('done');
    expect((await ended(two.taskId)).state).toBe('done');
  });

  it('of 5 GiB with almost nothing in it takes hardly any room', async () => {
    const size = 5 * 2 ** 30;
    const ticket = await page.api.images.startUpload({ name: 'sparse', fileName: 'sparse.raw', size, lastModified: 1 });
    await create(ticket.uploadId, size);
    const zeros = Buffer.alloc(4 * 2 ** 20);
    const words = Buffer.from('at the very end');
    async function* content(): AsyncGenerator<Buffer> {
      for (let sent = 0; sent + zeros.length < size; sent += zeros.length) yield zeros;
      yield zeros.subarray(words.length);
      yield words;
    }
    const sending = request(`${hearth.origin}/upload/${ticket.uploadId}`, {
      method: 'PATCH',
      headers: { cookie: page.cookie, origin: hearth.origin, 'tus-resumable': '1.0.0', 'upload-offset': '0', 'content-type': 'application/offset+octet-stream', 'content-length': size },
    }); // prettier-ignore
    const answered = once(sending, 'response');
    await pipeline(Readable.from(content()), sending);
    const [answer] = (await answered) as [IncomingMessage];
    expect(answer.statusCode).toBe(204);
    expect((await ended(ticket.taskId)).state).toBe('done');
    const done = await row('sparse', ready);
    expect(done).toMatchObject({ virtualSize: size, kind: 'disk' });
    const base = join(dataDir, 'engine/disks/base', `${done?.checksum?.replace('sha256:', '') ?? ''}.raw`);
    const { blocks, size: whole } = await stat(base);
    expect([whole, blocks * 512 < 2 ** 20]).toEqual([size, true]);
    const handle = await open(base);
    const { buffer } = await handle.read(Buffer.alloc(words.length), 0, words.length, size - words.length);
    await handle.close();
    expect(buffer.toString()).toBe(words.toString());
    await page.api.images.remove(ref('sparse'));
    await row('sparse', (one) => one === undefined);
  }, 240_000);

  it('cancelled or removed leaves nothing', async () => {
    const first = await page.api.images.startUpload(file('given-up'));
    await create(first.uploadId, disk.length);
    await send(first.uploadId, 0, 500_000);
    await page.api.tasks.cancel({ id: first.taskId });
    expect((await ended(first.taskId)).state).toBe('cancelled');
    await row('given-up', (one) => one === undefined);
    const second = await page.api.images.startUpload(file('given-up'));
    expect(second.uploadId).not.toBe(first.uploadId);
    await create(second.uploadId, disk.length);
    await page.api.images.remove(ref('given-up'));
    await row('given-up', (one) => one === undefined);
    expect((await ended(second.taskId)).state).toBe('cancelled');
    expect(readdirSync(join(dataDir, 'uploads'))).toEqual([]);
    expect((await send(second.uploadId, 0, 10)).status).toBe(404);
  });

  it('that nobody announced, of another size, or with a crooked id is refused', async () => {
    expect((await create('00000000-0000-4000-8000-000000000000', 10)).status).toBe(404);
    expect((await create('../../settings', 10)).status).toBe(404);
    const ticket = await page.api.images.startUpload(file('sized'));
    const answer = await create(ticket.uploadId, 10);
    expect(answer.status).toBe(400);
    expect(await answer.json()).toMatchObject({ code: 'upload-size' });
    await page.api.images.remove(ref('sized'));
  });

  it('larger than the disk is refused before it begins', async () => {
    const huge = page.api.images.startUpload({ ...file('huge'), size: 2 ** 50 });
    await expect(huge).rejects.toMatchObject({ problem: { code: 'not-enough-space' } });
  });
});

describe('the library', () => {
  it('renames', async () => {
    await page.api.images.rename({ ...ref('by-url'), displayName: 'Better name' });
    const renamed = await row('by-url', (one) => one?.displayName === 'Better name');
    expect(renamed).toMatchObject({ name: 'by-url', state: 'ready' });
  });

  it('keeps an image that a machine was made from, and names the machine', async () => {
    const vm = {
      apiVersion: 'kubevirt.io/v1',
      kind: 'VirtualMachine',
      metadata: { name: 'user', namespace: 'default' },
      spec: {
        runStrategy: 'Halted',
        dataVolumeTemplates: [
          {
            metadata: { name: 'user-root' },
            spec: {
              source: { pvc: { namespace: 'hearth-images', name: 'by-url' } },
              storage: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } },
            },
          },
        ],
        template: {
          spec: {
            domain: { memory: { guest: '128Mi' }, devices: { disks: [{ name: 'root', disk: { bus: 'virtio' } }] } },
            volumes: [{ name: 'root', dataVolume: { name: 'user-root' } }],
          },
        },
      },
    };
    const manifest = join(folder, 'vm.json');
    await writeFile(manifest, JSON.stringify(vm));
    await run('kubectl', ['--kubeconfig', hearth.kubeconfig, 'apply', '-f', manifest]);
    expect((await row('by-url', (one) => one?.usedBy.length === 1))?.usedBy).toEqual(['default/user']);
    const refused = page.api.images.remove(ref('by-url'));
    await expect(refused).rejects.toMatchObject({ problem: { code: 'image-in-use', kind: 'denied' } });
    await expect(refused).rejects.toThrow('default/user');
    await run('kubectl', ['--kubeconfig', hearth.kubeconfig, 'delete', 'vm', 'user', '--wait=true']);
    await row('by-url', (one) => one?.usedBy.length === 0);
    await page.api.images.remove(ref('by-url'));
    await row('by-url', (one) => one === undefined);
  });

  it('goes on with an import that Hearth was stopped in, as a task again', async () => {
    const asked = once(web, 'slow');
    await page.api.images.addFromUrl({ url: `${address}/slow.qcow2`, mirrors: [], name: 'resumed' });
    await asked;
    page.close();
    await hearth.stop();
    hearth = await startHearth(dataDir, environment);
    page = await hearth.page();
    const tasks = await until(page.api.tasks.watch({}), (task) => task.id, (all) => [...all.values()].some((task) => task.state === 'running' && task.object?.name === 'resumed')); // prettier-ignore
    const task = [...tasks.values()].find((one) => one.state === 'running' && one.object?.name === 'resumed');
    // The task that was interrupted is not shown as if somebody had cancelled it.
    expect([...tasks.values()].filter((one) => one.object?.name === 'resumed')).toEqual([task]);
    await page.api.tasks.cancel({ id: task?.id ?? '' });
    await row('resumed', (one) => one === undefined);
  });

  it('builds the starter image and puts it in, and finds it ready the second time', async () => {
    await starterImage();
    await run('cp', ['-r', starterCache(), join(dataDir, 'starter')]);
    const { taskId } = await page.api.images.buildStarter({});
    expect(await ended(taskId)).toMatchObject({ state: 'done', type: 'starter-build' });
    const starter = await row('starter', ready);
    expect(starter).toMatchObject({
      catalogueId: 'starter',
      defaultUser: 'hearth',
      cloudInit: true,
      preference: 'linux',
    });
    expect(starter?.source).toContain('built here from Debian packages');
    const again = await page.api.images.addFromCatalogue({ id: 'starter' });
    expect((await ended(again.taskId)).state).toBe('done');
  });

  it('tells of a publisher that cannot be reached, without leaving a half image', async () => {
    expect((await page.api.images.catalogue({})).length).toBeGreaterThanOrEqual(24);
    await expect(page.api.images.addFromCatalogue({ id: 'nothing' })).rejects.toMatchObject({
      problem: { code: 'not-found' },
    });
  });
});
