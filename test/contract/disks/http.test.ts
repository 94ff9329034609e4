import { execFileSync, spawn } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { zstdCompressSync, gzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { dataVolumes } from '../../../main/embedded/kube/resources.ts';
import { claimUid, qemuImg, running, startLab } from '../../support/disks/lab.ts';
import type { Lab } from '../../support/disks/lab.ts';
import { startServer } from '../../support/disks/server.ts';
import type { BadServer } from '../../support/disks/server.ts';

let lab: Lab;
let server: BadServer;
const content = Buffer.concat([randomBytes(2 << 20), Buffer.alloc(6 << 20), randomBytes(1 << 20)]);
const sha = (data: Buffer, algorithm = 'sha256'): string => createHash(algorithm).update(data).digest('hex');
const library = { labels: { 'hearth.dev/image': 'true' } };
beforeAll(async () => {
  [lab, server] = await Promise.all([startLab(), startServer()]);
});
afterAll(async () => {
  await lab.end();
  await server.stop();
});

let counter = 0;
/** Imports what the server has under a path of its own, and gives the base's content. */
async function importing(
  served: Parameters<BadServer['files']['set']>[1],
  source: object = {},
  annotations: Record<string, string> = {},
) {
  counter += 1;
  const path = `/file-${counter}`;
  const name = `http-${counter}`;
  server.files.set(path, served);
  lab.volume(name, { http: { url: server.url(path), ...source } }, { ...library, annotations });
  const done = await lab.phase(name, 'Succeeded');
  const node = await lab.disks.open(lab.machine(`opens-${name}`, [name]), name);
  return {
    done,
    name,
    base: node.backing?.path ?? '',
    requests: server.requests.filter((request) => request.path === path),
  };
}
const failing = async (name: string) => {
  await lab.phase(name, 'Succeeded').catch(() => undefined);
  const found = lab.context.store.get(dataVolumes, 'default', name);
  expect(found?.status?.['phase']).toBe('Failed');
  return running(found);
};

test('a raw image becomes a sparse base of the same content', async () => {
  const { done, base } = await importing({ content }, { checksum: `sha512:${sha(content, 'sha512')}` });
  expect(readFileSync(base).equals(content)).toBe(true);
  expect((await stat(base)).blocks * 512).toBeLessThan(content.length / 2);
  expect(done.metadata.annotations).toMatchObject({
    'hearth.dev/content-sha256': sha(content),
    'hearth.dev/checksum-verified': 'true',
  });
});

test('goes on after broken connections without sending anything twice', async () => {
  const other = randomBytes(3 << 20);
  const { done, base, requests } = await importing({
    content: other,
    etag: '"a"',
    drops: [1, 700_000, 65_536, 1_000_001],
  });
  expect(readFileSync(base).equals(other)).toBe(true);
  expect(Number(done.status?.['restartCount'])).toBe(4);
  // Of the first only one byte was sent, which may be lost with its connection: the second then starts anew.
  const [first, second, ...others] = requests.map(({ status }) => status);
  expect([first, others]).toEqual([200, [206, 206, 206]]);
  expect([200, 206]).toContain(second);
  expect(requests.reduce((sum, { sent }) => sum + sent, 0)).toBeLessThan(other.length * 1.05);
});

test('begins anew when the server ignores ranges or has another content by now', async () => {
  const [first, second] = [randomBytes(1 << 20), randomBytes(1 << 20)];
  const ignoring = await importing({ content: first, etag: '"a"', drops: [500_000], ignoreRange: true });
  expect(readFileSync(ignoring.base).equals(first)).toBe(true);
  const served = { content: first.subarray(0, 900_000), etag: '"old"', drops: [500_000] };
  const swap = importing(served);
  const path = `/file-${counter}`;
  while (!server.requests.some((request) => request.path === path))
    await new Promise((resolve) => setTimeout(resolve, 1));
  server.files.set(path, { content: second, etag: '"new"' });
  expect(readFileSync((await swap).base).equals(second)).toBe(true);
});

test('a length that is a lie ends in a plain retry, not in a short disk', async () => {
  const short = randomBytes(300_000);
  server.files.set('/lie', { content: short, etag: '"l"', lie: 400_000 });
  lab.volume('lie', { http: { url: server.url('/lie') } }, library);
  while (server.requests.filter(({ path }) => path === '/lie').length < 3)
    await new Promise((resolve) => setTimeout(resolve, 5));
  expect(lab.context.store.get(dataVolumes, 'default', 'lie')?.status?.['phase']).toBe('ImportInProgress');
  lab.context.store.delete(dataVolumes, 'default', 'lie');
  while ((await readdir(join(lab.root, 'scratch'))).length > 0) await new Promise((resolve) => setTimeout(resolve, 5));
});

test('a wrong checksum and a missing file fail at once, in words', async () => {
  server.files.set('/bad', { content });
  lab.volume('bad', { http: { url: server.url('/bad'), checksum: `sha256:${'0'.repeat(64)}` } }, library);
  expect(await failing('bad')).toMatchObject({
    status: 'False',
    reason: 'ChecksumMismatch',
    message: expect.stringContaining(sha(content)),
  });
  lab.volume('gone', { http: { url: server.url('/gone') } }, library);
  expect(await failing('gone')).toMatchObject({ reason: 'HttpStatus404' });
  server.files.set('/page', { content: Buffer.from('<!DOCTYPE html><html><body>Please sign in</body></html>') });
  lab.volume('page', { http: { url: server.url('/page') } }, library);
  expect(await failing('page')).toMatchObject({ reason: 'NotADisk' });
  expect(await readdir(join(lab.root, 'scratch'))).toEqual([]);
});

test('mirrors take over in order, also in the middle when the checksum is known', async () => {
  const other = randomBytes(1 << 20);
  server.files.set('/mirror', { content: other, etag: '"m"' });
  const { base, done } = await importing(
    { content: other, status: 403 },
    { checksum: `sha256:${sha(other)}` },
    { 'hearth.dev/mirrors': JSON.stringify([server.url('/nothing'), server.url('/mirror')]) },
  );
  expect(readFileSync(base).equals(other)).toBe(true);
  expect(Number(done.status?.['restartCount'])).toBeGreaterThan(0);
});

test('follows redirects and needs no length', async () => {
  const other = randomBytes(600_000 - (600_000 % 512));
  server.files.set('/real', { content: other, chunked: true });
  const { base } = await importing({ content: other, redirect: '/real' });
  expect(readFileSync(base).equals(other)).toBe(true);
});

test.each(['gz', 'zst', 'xz', 'bz2'])('unpacks %s while it arrives, over a broken connection', async (kind) => {
  const raw = Buffer.concat([randomBytes(1 << 20), Buffer.alloc(4 << 20), randomBytes(70_000 - (70_000 % 512))]);
  const pack: Record<string, () => Buffer> = {
    gz: () => gzipSync(raw),
    zst: () => Buffer.concat([zstdCompressSync(raw.subarray(0, 900_000)), zstdCompressSync(raw.subarray(900_000))]),
    xz: () => execFileSync('xz', ['-c'], { input: raw, maxBuffer: 1 << 30 }),
    bz2: () => execFileSync('bzip2', ['-c'], { input: raw, maxBuffer: 1 << 30 }),
  };
  const packed = pack[kind]?.() ?? raw;
  const { base, done } = await importing(
    { content: packed, etag: '"p"', drops: [400_000] },
    { checksum: `sha256:${sha(packed)}` },
  );
  expect(readFileSync(base).equals(raw)).toBe(true);
  expect(done.metadata.annotations?.['hearth.dev/content-sha256']).toBe(sha(packed));
});

test('a known checksum that is in the library needs no download at all', async () => {
  const before = server.requests.length;
  lab.volume('again', { http: { url: server.url('/file-1'), checksum: `sha256:${sha(content)}` } }, library);
  await lab.phase('again', 'Succeeded');
  expect(server.requests.length).toBe(before);
});

test('killed at many places and started again, it asks for nothing twice', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'hearth-kill-'));
  const other = join(folder, 'other.qcow2');
  writeFileSync(join(folder, 'raw'), randomBytes(8 << 20));
  await qemuImg('convert', '-f', 'raw', '-O', 'qcow2', join(folder, 'raw'), other);
  const image = readFileSync(other);
  server.files.set('/kill', { content: image, etag: '"k"', pace: 1, piece: 16_384 });
  const script = join(import.meta.dirname, '../../support/disks/import-child.ts');
  try {
    let kills = 0;
    const kept: number[] = [];
    for (let done = false; !done;) {
      const child = spawn(process.execPath, [script, join(folder, 'data'), server.url('/kill'), sha(image)], {
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      const before = server.requests.filter(({ path }) => path === '/kill').reduce((sum, { sent }) => sum + sent, 0);
      const out: string[] = [];
      child.stdout.on('data', (text: Buffer) => out.push(text.toString()));
      const timer = setInterval(() => {
        const sent = server.requests.filter(({ path }) => path === '/kill').reduce((sum, entry) => sum + entry.sent, 0);
        if (kills < 8 && sent - before > 400_000 + kills * 77_777) child.kill('SIGKILL');
      }, 2);
      const [code] = await new Promise<[number | null]>((resolve) => child.once('close', (code) => resolve([code])));
      clearInterval(timer);
      if (code === null) {
        kills += 1;
        const [work = ''] = await readdir(join(folder, 'data/scratch'));
        kept.push((await stat(join(folder, 'data/scratch', work, 'part'))).size);
      } else {
        if (code !== 0) throw new Error(out.join(''));
        done = true;
      }
    }
    expect(kills).toBeGreaterThanOrEqual(5);
    const requests = server.requests.filter(({ path }) => path === '/kill');
    const starts = requests.map(({ range }) => Number(/\d+/.exec(range ?? '0')?.[0]));
    // Each run asks for exactly what the one before did not have on disk.
    expect(starts).toEqual([0, ...kept]);
    const base = join(folder, 'data/disks/base', `${sha(image)}.qcow2`);
    expect(existsSync(base)).toBe(true);
    expect(readFileSync(base).equals(image)).toBe(true);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

test('deleting the DataVolume in the middle leaves nothing behind', async () => {
  server.files.set('/slow', { content: randomBytes(4 << 20), etag: '"s"', pace: 20 });
  lab.volume('slow', { http: { url: server.url('/slow') } }, library);
  while (!server.requests.some(({ path, sent }) => path === '/slow' && sent > 200_000))
    await new Promise((resolve) => setTimeout(resolve, 5));
  const uid = claimUid(lab, 'slow');
  lab.context.store.delete(dataVolumes, 'default', 'slow');
  while ((await readdir(join(lab.root, 'scratch'))).length > 0) await new Promise((resolve) => setTimeout(resolve, 5));
  expect((await readdir(join(lab.root, 'disks/volumes'))).filter((name) => name.startsWith(uid))).toEqual([]);
});

test('an engine that stops and starts again goes on with the download', async () => {
  const other = randomBytes(2 << 20);
  server.files.set('/restart', { content: other, etag: '"r"', pace: 10 });
  lab.volume('restart', { http: { url: server.url('/restart') } }, library);
  while (!server.requests.some(({ path, sent }) => path === '/restart' && sent > 600_000))
    await new Promise((resolve) => setTimeout(resolve, 5));
  await lab.restart();
  await lab.phase('restart', 'Succeeded');
  const requests = server.requests.filter(({ path }) => path === '/restart');
  expect(requests.map(({ status }) => status)).toEqual([200, 206]);
});
