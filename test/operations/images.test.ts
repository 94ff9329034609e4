import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { execFile } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Locator, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ImageRow } from '../../main/contract/image.ts';
import { samples } from '../support/disks/hostile.ts';
import { startServer } from '../support/disks/server.ts';
import type { BadServer, Served } from '../support/disks/server.ts';
import { until } from '../support/hearth.ts';
import { axeInBothThemes, guestsOf, Lab } from '../e2e/support/lab.ts';

const run = promisify(execFile);
const lost = [/WebSocket connection to .* failed/, /ERR_CONNECTION_(REFUSED|RESET|CLOSED)/, /ERR_EMPTY_RESPONSE/];
const mib = 2 ** 20;

let lab: Lab;
let server: BadServer;
let folder: string;
let disk: Buffer;
let page: Page;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'hearth-e2e-images-'));
  server = await startServer();
  disk = await newDisk();
  lab = await Lab.start({ starter: 'nothing' });
  await (await lab.api()).settings.update({ setupDone: true });
  page = await lab.open('/images');
}, 180_000);
afterAll(async () => {
  await server?.stop();
  if (folder) await rm(folder, { recursive: true, force: true });
  await lab?.end();
}, 60_000);

/** A qcow2 of noise: one that the library cannot know already. */
const newDisk = async (): Promise<Buffer> => {
  const [raw, made] = [join(folder, 'noise.raw'), join(folder, 'disk.qcow2')];
  await writeFile(raw, randomBytes(24 * mib));
  await run('qemu-img', ['convert', '-f', 'raw', '-O', 'qcow2', raw, made]);
  return readFile(made);
};
const sha256 = (data: Buffer): string => createHash('sha256').update(data).digest('hex');
const button = (name: string | RegExp): Locator => page.getByRole('button', { name, exact: typeof name === 'string' });
const field = (name: string): Locator => page.getByRole('dialog').getByRole('textbox', { name, exact: true });
const row = (name: string): Locator => page.getByRole('row', { name: new RegExp(name) });
const add = async (tab: string): Promise<void> => {
  await button('Add image').click();
  await page.getByRole('tab', { name: tab }).click();
};
const byAddress = async (url: string, checksum = ''): Promise<void> => {
  await add('Address');
  await field('Address').fill(url);
  if (checksum) await page.getByRole('dialog').getByRole('textbox', { name: /^Checksum/ }).fill(checksum); // prettier-ignore
  await button('Download').click();
  await page.getByRole('dialog').waitFor({ state: 'detached' });
};
const image = async (name: string, wanted: (found: ImageRow) => boolean): Promise<ImageRow> => {
  const api = await lab.api();
  const rows = await until(api.images.watch({}), (each) => each.name, (all) => all.has(name) && wanted(all.get(name)!), 90_000); // prettier-ignore
  return rows.get(name)!;
};
const contentOf = async (name: string): Promise<string> => (await image(name, (each) => each.state === 'ready')).checksum ?? ''; // prettier-ignore

describe('the library', () => {
  it('is empty and says how to fill it; the catalogue is a list without any network', async () => {
    await page.getByText('No images yet').waitFor();
    expect(await axeInBothThemes(page)).toEqual([]);
    await button('Choose from the catalogue').click();
    const entries = page.getByRole('dialog').getByRole('listitem');
    await entries.first().waitFor();
    expect(await entries.count()).toBeGreaterThanOrEqual(20);
    await page.getByRole('dialog').getByRole('searchbox').or(page.getByRole('dialog').getByRole('textbox')).first().fill('alpine'); // prettier-ignore
    await button(/^Add Alpine/).first().waitFor(); // prettier-ignore
    expect(await axeInBothThemes(page)).toEqual([]);
    await page.keyboard.press('Escape');
    await page.keyboard.press('Escape');
    await page.getByRole('dialog').waitFor({ state: 'detached' });
  });
});

describe('an address', () => {
  it('is fetched to the end although the connection breaks', async () => {
    server.files.set('/broken-line.qcow2', {
      content: disk,
      etag: '"a"',
      drops: [5 * mib, 7 * mib],
      pace: 10,
      piece: mib / 4,
    });
    await byAddress(server.url('/broken-line.qcow2'), sha256(disk));
    await row('broken-line.*Ready').waitFor({ timeout: 90_000 });
    await row('broken-line').getByText('Verified').waitFor();
    const sent = server.requests.filter((each) => each.path === '/broken-line.qcow2').reduce((sum, each) => sum + each.sent, 0); // prettier-ignore
    expect(sent).toBeLessThan(disk.length * 1.05);
    expect(await contentOf('broken-line')).toBe(`sha256:${sha256(disk)}`);
  });

  it('goes on after Hearth was killed in the middle, hardly anything sent twice', async () => {
    const other = await newDisk();
    const served: Served = { content: other, etag: '"b"', pace: 400, piece: mib / 2 };
    server.files.set('/killed.qcow2', served);
    await byAddress(server.url('/killed.qcow2'), sha256(other));
    const requests = () => server.requests.filter((each) => each.path === '/killed.qcow2');
    await expect.poll(() => requests()[0]?.sent ?? 0, { timeout: 30_000 }).toBeGreaterThan(4 * mib);
    await lab.expecting(lost, async () => {
      const ended = once(lab.hearth.process, 'close');
      const programs = guestsOf(lab.dataDir, 'node');
      expect(programs.length).toBe(2);
      for (const { pid } of programs) process.kill(pid, 'SIGKILL');
      await ended;
      expect(requests()[0]?.sent).toBeLessThan(other.length);
      served.pace = 0;
      await lab.up();
      await row('killed.*Ready').waitFor({ timeout: 120_000 });
    });
    expect(requests().length).toBeGreaterThan(1);
    expect(requests().reduce((sum, each) => sum + each.sent, 0)).toBeLessThan(other.length * 1.05);
    expect(await contentOf('killed')).toBe(`sha256:${sha256(other)}`);
  });

  it('is refused with a checksum that does not fit, and the page says so', async () => {
    server.files.set('/other.qcow2', { content: disk });
    await byAddress(server.url('/other.qcow2'), '0'.repeat(64));
    await row('other.*Failed').waitFor({ timeout: 60_000 });
    await row('other').getByText(/checksum/i).first().waitFor(); // prettier-ignore
    expect(await axeInBothThemes(page)).toEqual([]);
    await row('other').getByText('other.qcow2').first().click(); // prettier-ignore
    await page.getByRole('dialog').getByText(/checksum/i).first().waitFor(); // prettier-ignore
    expect(await axeInBothThemes(page)).toEqual([]);
    await button('Close').last().click();
  });

  it('can be called off while it comes', async () => {
    server.files.set('/slow.qcow2', { content: disk, pace: 400, piece: mib / 4 });
    await byAddress(server.url('/slow.qcow2'));
    await row('slow').getByRole('button', { name: 'Stop' }).click();
    await row('slow').waitFor({ state: 'detached' });
    await page.goto(`${lab.hearth.origin}/#/activity`);
    await page.getByText('Add slow.qcow2').waitFor();
    await page.getByText(/cancelled|stopped/i).first().waitFor(); // prettier-ignore
    expect(await axeInBothThemes(page)).toEqual([]);
    await page.goto(`${lab.hearth.origin}/#/images`);
    server.files.set('/slow.qcow2', { content: disk, status: 404 });
  });
});

describe('uploads', () => {
  it('go on after a reload when the same file is chosen again', async () => {
    // Slowed down by the browser itself, so that a reload comes in the middle.
    const big = join(folder, 'upload.raw');
    await writeFile(big, randomBytes(40 * mib));
    const session = await lab.context.newCDPSession(page);
    await session.send('Network.enable');
    const speed = (bytes: number) => session.send('Network.emulateNetworkConditions', { offline: false, latency: 0, downloadThroughput: -1, uploadThroughput: bytes }); // prettier-ignore
    await speed(4 * mib);
    await add('Upload');
    await page.getByLabel('Choose files').last().setInputFiles(big); // prettier-ignore
    const uploaded = async (): Promise<number> => {
      const names = await readdir(join(lab.dataDir, 'uploads'));
      const sizes = await Promise.all(names.filter((name) => !name.includes('.')).map(async (name) => (await stat(join(lab.dataDir, 'uploads', name))).size)); // prettier-ignore
      return Math.max(0, ...sizes);
    };
    await expect.poll(uploaded, { timeout: 60_000 }).toBeGreaterThan(4 * mib);
    await page.reload();
    await button('Details').click();
    await page.getByText(/Choose upload\.raw again/).first().waitFor(); // prettier-ignore
    expect(await axeInBothThemes(page)).toEqual([]);
    const before = await uploaded();
    expect(before).toBeGreaterThan(mib);
    let sent = 0;
    page.on('request', (request) => {
      if (request.method() === 'PATCH') sent += Number(request.headers()['content-length'] ?? 0) || request.postDataBuffer()?.length || 0; // prettier-ignore
    });
    await speed(-1);
    const [chooser] = await Promise.all([page.waitForEvent('filechooser'), button('Choose the file again').click()]);
    await chooser.setFiles(big);
    const done = await image('upload', (each) => each.state === 'ready');
    expect(done.checksum).toBe(`sha256:${sha256(await readFile(big))}`);
    expect(sent).toBeLessThan(40 * mib);
  });

  it('run side by side, chosen or dropped', async () => {
    const files = await Promise.all(
      ['left', 'right', 'upper', 'lower'].map(async (name) => {
        const path = join(folder, `${name}.raw`);
        await writeFile(path, randomBytes(4 * mib));
        return path;
      }),
    );
    await page.goto('about:blank');
    await page.goto(`${lab.hearth.origin}/#/images`);
    await add('Upload');
    const [chooser] = await Promise.all([page.waitForEvent('filechooser'), button('Choose files').first().click()]); // prettier-ignore
    await chooser.setFiles(files.slice(0, 2));
    const dropped = await Promise.all(files.slice(2).map(async (path) => [path.split('/').at(-1) ?? '', (await readFile(path)).toString('base64')])); // prettier-ignore
    const dataTransfer = await page.evaluateHandle((contents) => {
      const transfer = new DataTransfer();
      for (const [name = '', text = ''] of contents)
        transfer.items.add(new File([Uint8Array.from(atob(text), (each) => each.charCodeAt(0))], name));
      return transfer;
    }, dropped);
    const place = page.getByText('Drop disk or installer files here').last();
    await place.dispatchEvent('dragover', { dataTransfer });
    await place.dispatchEvent('drop', { dataTransfer });
    for (const name of ['left', 'right', 'upper', 'lower']) {
      const done = await image(name, (each) => each.state === 'ready');
      expect(done.checksum).toBe(`sha256:${sha256(await readFile(join(folder, `${name}.raw`)))}`);
    }
    await page.keyboard.press('Escape');
    await row('left.*Ready').waitFor();
  });
});

describe('files of this computer', () => {
  it('are used in place, untouched', async () => {
    const path = join(folder, 'mine.qcow2');
    await writeFile(path, disk, { mode: 0o644 });
    const before = await stat(path);
    await add('File on this computer');
    await field('Path').fill(path);
    await page.getByRole('radio', { name: 'Use it in place' }).check({ force: true });
    await page.getByRole('dialog').getByRole('button', { name: 'Add', exact: true }).click();
    await row('mine.*Ready').waitFor({ timeout: 60_000 });
    const after = await stat(path);
    expect([after.ino, after.uid, after.mode, after.mtimeMs]).toEqual([before.ino, before.uid, before.mode, before.mtimeMs]); // prettier-ignore
    expect(sha256(await readFile(path))).toBe(sha256(disk));
  });

  it.each(['qcow2 with a backing file', 'VMDK text naming a host file', 'gzip bomb'])(
    'are refused when they are hostile: %s',
    async (what) => {
      const sample = samples.find(({ name }) => name === what)!;
      const name = what.replaceAll(/[^a-z0-9]+/gi, '-').toLowerCase();
      const path = join(folder, `${name}.img`);
      await sample.make(path, '/etc/hostname');
      await add('File on this computer');
      await field('Path').fill(path);
      await page.getByRole('dialog').getByRole('button', { name: 'Add', exact: true }).click();
      await row(`${name}.*Failed`).waitFor({ timeout: 60_000 });
      const { problem = '' } = await image(name, (each) => each.state === 'failed');
      // A sentence for people, not a code or a stack.
      expect(problem).toMatch(/^[A-Z][^]{20,}\.$/);
      await row(name).getByText(problem).first().waitFor(); // prettier-ignore
    },
  );
});

describe('an image that is used', () => {
  it('is not deleted, and the page names who uses it', async () => {
    const api = await lab.api();
    await api.machines.create({
      name: 'tenant',
      source: { type: 'image', image: { namespace: 'hearth-images', name: 'mine' } },
      size: { type: 'free', sockets: 1, cores: 1, threads: 1, memory: 64 * mib },
      start: false,
      runStrategy: 'Halted',
    });
    await image('mine', (each) => each.usedBy.includes('default/tenant'));
    // By keyboard: messages of what was added lie over the last rows for some seconds.
    await button('More for mine.qcow2').press('Enter');
    const remove = page.getByRole('menuitem', { name: /Delete…/ });
    await page.getByText('tenant uses it. Delete that machine first.').waitFor();
    expect(await remove.getAttribute('aria-disabled')).toBe('true');
    expect(await axeInBothThemes(page)).toEqual([]);
    await page.keyboard.press('Escape');
    await expect(api.images.remove({ namespace: 'hearth-images', name: 'mine' })).rejects.toThrow(/default\/tenant/);

    await button('More for left.raw').press('Enter');
    await remove.press('Enter');
    await button('Delete').click();
    await row('left').waitFor({ state: 'detached' });
  });
});
