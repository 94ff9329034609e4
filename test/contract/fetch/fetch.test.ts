import { mkdir, mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { spawn } from 'node:child_process';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { pino } from 'pino';
import { createFetcher } from '../../../main/backend/provision/fetch/create.ts';
import type { Fetcher } from '../../../main/backend/provision/fetch/fetcher.ts';
import { ProblemError } from '../../../main/contract/problem.ts';
import type { Download } from '../../../provisioning/plan.ts';
import { noise, sha256, startReleaseServer } from '../../support/fetch/release-server.ts';
import type { ReleaseServer } from '../../support/fetch/release-server.ts';

const log = pino({ level: 'silent' });
let server: ReleaseServer;
let folder: string;
let fetcher: Fetcher;
const notes: string[] = [];
const signal = new AbortController().signal;
const all = (downloads: Download[], more: object = {}) =>
  fetcher.fetch(downloads, { signal, mirror: server.url, onNote: (text) => notes.push(text), ...more });
const codeOf = async (work: Promise<unknown>): Promise<string> => {
  try {
    await work;
  } catch (error) {
    if (error instanceof ProblemError) return error.problem.code;
    throw error;
  }
  return 'none';
};
const release = 'https://example.com/release';
const file = (name: string, fields: Partial<Download> = {}): Download => ({
  name,
  title: `The file ${name}`,
  url: `${release}/${name}`,
  size: 1000,
  ...fields,
});
const at = (name: string): string => `/example.com/release/${name}`;

beforeEach(async () => {
  server = await startReleaseServer();
  folder = await mkdtemp(join(tmpdir(), 'hearth-fetch-'));
  fetcher = createFetcher({ cacheDir: join(folder, 'cache'), log });
  notes.length = 0;
});
afterEach(async () => {
  await server.close();
  await rm(folder, { recursive: true, force: true });
});

describe('files', () => {
  it('fetches, checks and keeps; a second time nothing is asked', async () => {
    const bytes = noise(300_000);
    const digest = server.put(at('a'), bytes);
    const found = await all([file('a', { sha256: digest, size: bytes.length })]);
    expect(found.get('a')).toMatchObject({ sha256: digest, size: 300_000, pinned: true });
    expect(sha256(await readFile(found.get('a')?.path ?? ''))).toBe(digest);
    const before = server.asked.length;
    await all([file('a', { sha256: digest })]);
    expect(server.asked.length).toBe(before);
    expect((await fetcher.have([file('a', { sha256: digest }), file('b')])).size).toBe(1);
    expect((await fetcher.have([file('a', { sha256: '0'.repeat(64) })])).size).toBe(0);
  });

  it('goes on where a connection broke off', async () => {
    const bytes = noise(500_000);
    const digest = server.put(at('a'), bytes);
    server.fault(at('a'), { dropAt: 200_000, times: 1 });
    await all([file('a', { sha256: digest, size: bytes.length })]);
    const ranges = server.asked.map(({ range }) => Number(/=(\d+)/.exec(range ?? '')?.[1] ?? 0));
    expect(ranges).toHaveLength(2);
    expect(ranges[1]).toBeGreaterThan(0);
    expect(notes.join()).toContain('trying again');
  });

  it('begins anew at a server without ranges, and tries again after 503', async () => {
    const digest = server.put(at('a'), noise(100_000));
    server.fault(at('a'), { dropAt: 50_000, noRange: true, times: 1 });
    await all([file('a', { sha256: digest })]);
    const other = server.put(at('b'), noise(1000));
    server.fault(at('b'), { status: 503, times: 2 });
    await all([file('b', { sha256: other })]);
    expect(server.asked.filter(({ path }) => path === at('b'))).toHaveLength(3);
  });

  it('refuses what is not its checksum, after one more try, and leaves nothing behind', async () => {
    server.put(at('a'), 'something else');
    expect(await codeOf(all([file('a', { sha256: '1'.repeat(64) })]))).toBe('checksum-mismatch');
    expect(server.asked).toHaveLength(2);
    expect(await readdir(join(folder, 'cache'))).toEqual([]);
  });

  it('mends a part file that was damaged on the disk', async () => {
    const bytes = noise(100_000);
    const digest = server.put(at('a'), bytes);
    server.fault(at('a'), { status: 404, times: 1 });
    expect(await codeOf(all([file('a', { sha256: digest })]))).toBe('file-not-there');
    await writeFile(join(folder, 'cache', 'a.part'), noise(40_000));
    await all([file('a', { sha256: digest })]);
    expect(sha256(await readFile(join(folder, 'cache', 'a')))).toBe(digest);
  });

  it("takes a release's own checksum, records it on first use, and refuses another one later", async () => {
    const digest = server.put(at('k3s'), 'one');
    server.put(at('sums.txt'), `${'0'.repeat(64)}  k3s-images\n${digest}  k3s\n`);
    const download = file('k3s', { checksums: { url: `${release}/sums.txt`, file: 'k3s' } });
    expect((await all([download])).get('k3s')).toMatchObject({ sha256: digest, pinned: false });
    await rm(join(folder, 'cache', 'k3s'));
    const other = server.put(at('k3s'), 'two');
    server.put(at('sums.txt'), `${other}  k3s\n`);
    expect(await codeOf(all([download]))).toBe('digest-changed');
    server.put(at('sums.txt'), 'nothing of use\n'.repeat(3));
    expect(await codeOf(all([download]))).toBe('checksum-not-stated');
  });

  it('records the file itself where no checksum is published, and says so', async () => {
    const digest = server.put(at('operator.yaml'), 'kind: List\n');
    await all([file('operator.yaml')]);
    expect(notes.join()).toContain(`${digest} is recorded on first use`);
    await rm(join(folder, 'cache', 'operator.yaml'));
    server.put(at('operator.yaml'), 'kind: Other\n');
    expect(await codeOf(all([file('operator.yaml')]))).toBe('digest-changed');
  });

  it('takes nothing from a torn piece or from another address where no digest would tell', async () => {
    await mkdir(join(folder, 'cache'));
    await writeFile(join(folder, 'cache', 'operator.yaml.part'), 'torn');
    const digest = server.put(at('operator.yaml'), 'kind: List\n');
    expect((await all([file('operator.yaml')])).get('operator.yaml')?.sha256).toBe(digest);
    const elsewhere = file('operator.yaml', { url: 'https://example.com/other/operator.yaml' });
    expect((await fetcher.have([elsewhere])).size).toBe(0);
    expect((await fetcher.have([{ ...elsewhere, sha256: digest }])).size).toBe(1);
    const other = server.put('/example.com/other/operator.yaml', 'kind: Other\n');
    expect((await all([elsewhere])).get('operator.yaml')?.sha256).toBe(other);
  });

  it('names a missing file exactly; an optional one is left out', async () => {
    const error = await all([file('gone')]).catch((reason: unknown) => reason as ProblemError);
    expect((error as ProblemError).problem).toMatchObject({ code: 'file-not-there', command: `${release}/gone` });
    expect((error as ProblemError).problem.detail).toContain('gone');
    expect((await all([file('gone', { optional: true })])).size).toBe(0);
    expect(notes.join()).toContain('gone is left out');
  });

  it('stops when asked to, and goes on later', async () => {
    const bytes = noise(400_000);
    const digest = server.put(at('a'), bytes);
    server.fault(at('a'), { rate: 200_000, times: 1 });
    const abort = new AbortController();
    const work = fetcher.fetch([file('a', { sha256: digest, size: bytes.length })], {
      signal: abort.signal,
      mirror: server.url,
      onProgress: (done) => {
        if (done > 50_000) abort.abort();
      },
    });
    await expect(work).rejects.toThrow(/abort/i);
    await all([file('a', { sha256: digest })]);
    expect(server.asked.at(-1)?.range).toMatch(/^bytes=[1-9]/);
  });

  it('counts bytes and never says more than all', async () => {
    const downloads = ['a', 'b', 'c'].map((name) =>
      file(name, { sha256: server.put(at(name), noise(120_000)), size: 120_000 }),
    );
    const seen: number[] = [];
    await all(downloads, {
      onProgress: (done: number, total: number) => {
        expect(total).toBe(360_000);
        seen.push(done);
      },
    });
    expect(seen.at(-1)).toBe(360_000);
    expect(seen.every((done, n) => n === 0 || done >= (seen[n - 1] ?? 0))).toBe(true);
  });

  it('goes on after kill -9 in the middle', async () => {
    const bytes = noise(600_000);
    const digest = server.put(at('a'), bytes);
    server.fault(at('a'), { rate: 400_000, times: 1 });
    const script = `
      import { createFetcher } from ${JSON.stringify(join(import.meta.dirname, '../../../main/backend/provision/fetch/create.ts'))};
      import { pino } from 'pino';
      const fetcher = createFetcher({ cacheDir: ${JSON.stringify(join(folder, 'cache'))}, log: pino({ level: 'silent' }) });
      await fetcher.fetch([${JSON.stringify(file('a', { sha256: digest, size: bytes.length }))}], {
        signal: new AbortController().signal, mirror: ${JSON.stringify(server.url)},
        onProgress: (done) => { if (done > 100000) process.kill(process.pid, 'SIGKILL'); },
      });`;
    const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
      cwd: process.cwd(),
      stdio: 'inherit',
    });
    expect(await new Promise((resolve) => child.once('exit', (_code, why) => resolve(why)))).toBe('SIGKILL');
    await all([file('a', { sha256: digest })]);
    expect(server.asked.at(-1)?.range).toMatch(/^bytes=[1-9]/);
  });

  it('refuses names that would leave the folder', async () => {
    await expect(all([file('../x')])).rejects.toThrow('no name for a file');
  });
});

describe('offline bundle', () => {
  it('is made on one computer and used on another without a connection', async () => {
    const pinned = file('k3s', { sha256: server.put(at('k3s'), noise(200_000)) });
    const loose = file('operator.yaml', {});
    server.put(at('operator.yaml'), 'kind: List\n');
    const path = join(folder, 'lab.hearth-bundle');
    const { size } = await fetcher.makeBundle(path, [pinned, loose], { signal, mirror: server.url });
    expect(size).toBeGreaterThan(200_000);
    await server.close();
    const other = createFetcher({ cacheDir: join(folder, 'other'), log });
    const found = await other.fetch([pinned, loose], { signal, bundle: path });
    expect([...found.keys()].sort()).toEqual(['k3s', 'operator.yaml']);
    expect(await other.checkBundle(path, [pinned, loose], signal)).toMatchObject({ complete: true, missing: [] });
    server = await startReleaseServer();
  });

  it('names what is missing or damaged, also in a copy that broke off', async () => {
    const a = file('a', { sha256: server.put(at('a'), noise(50_000)) });
    const b = file('b', { sha256: server.put(at('b'), noise(50_000)) });
    const path = join(folder, 'bundle');
    await fetcher.makeBundle(path, [a, b], { signal, mirror: server.url });
    const whole = await readFile(path);
    await writeFile(path, whole.subarray(0, whole.length - 20_000));
    expect(await fetcher.checkBundle(path, [a, b, file('c')], signal)).toMatchObject({
      complete: false,
      missing: ['b', 'c'],
    });
    whole[whole.indexOf(await readFile(join(folder, 'cache', 'a'))) + 100] = 0;
    await writeFile(path, whole);
    const other = createFetcher({ cacheDir: join(folder, 'other'), log });
    expect((await fetcher.checkBundle(path, [a, b], signal)).damaged).toEqual(['a']);
    expect(await codeOf(other.fetch([a], { signal, bundle: path }))).toBe('checksum-mismatch');
  });

  it.each([
    ['no such file', undefined],
    ['an empty file', Buffer.alloc(0)],
    ['noise', noise(5000)],
    ['zeros', Buffer.alloc(4096)],
  ])('refuses %s', async (_what, content) => {
    const path = join(folder, 'bad');
    if (content) await writeFile(path, content);
    expect(await codeOf(fetcher.checkBundle(path, [file('a')], signal))).toBe('bundle-unreadable');
  });
});

describe('images', () => {
  /** A small image in the shape of a registry's answers. */
  function image(name: string, mirrorHost = 'registry.example') {
    const layer = noise(70_000);
    const config = Buffer.from('{"architecture":"amd64","os":"linux"}');
    const blob = (bytes: Buffer) => ({ digest: `sha256:${sha256(bytes)}`, size: bytes.length });
    const manifest = JSON.stringify({
      schemaVersion: 2,
      mediaType: 'application/vnd.oci.image.manifest.v1+json',
      config: blob(config),
      layers: [blob(layer)],
    });
    const index = JSON.stringify({
      manifests: [
        { digest: `sha256:${'9'.repeat(64)}`, platform: { os: 'linux', architecture: 'arm64' } },
        { digest: `sha256:${sha256(manifest)}`, platform: { os: 'linux', architecture: 'amd64' } },
      ],
    });
    const base = `/${mirrorHost}/v2/${name}`;
    for (const text of [manifest, index]) server.put(`${base}/manifests/sha256:${sha256(text)}`, text);
    for (const bytes of [config, layer]) server.put(`${base}/blobs/sha256:${sha256(bytes)}`, bytes);
    const source = {
      registry: mirrorHost,
      repository: name,
      digest: `sha256:${sha256(index)}`,
      arch: 'amd64' as const,
      names: [`${mirrorHost}/${name}:v1`],
    };
    return { layer: `${base}/blobs/sha256:${sha256(layer)}`, source, bytes: layer };
  }

  it('pulls by digest into an archive that is the same every time', async () => {
    const { source, layer } = image('kubevirt/virt-api');
    server.fault(layer, { dropAt: 30_000, times: 1 });
    const download = file('virt-api.tar', { image: source });
    const first = (await all([download])).get('virt-api.tar');
    expect(first?.pinned).toBe(true);
    const text = (await readFile(first?.path ?? '')).toString('latin1');
    expect(text).toContain('"io.containerd.image.name":"registry.example/kubevirt/virt-api:v1"');
    const other = createFetcher({ cacheDir: join(folder, 'other'), log });
    const second = (await other.fetch([download], { signal, mirror: server.url })).get('virt-api.tar');
    expect(second?.sha256).toBe(first?.sha256);
    expect(await readdir(join(folder, 'cache'))).toEqual(['virt-api.tar', 'virt-api.tar.json']);
  });

  it('gets the anonymous token that a registry asks for', async () => {
    const { source } = image('a/b');
    server.protect('/registry.example/');
    expect((await all([file('x.tar', { image: source })])).size).toBe(1);
    expect(server.asked.filter(({ path }) => path === '/auth.example/token')).toHaveLength(1);
    expect(server.asked.find(({ path }) => path === '/auth.example/token')?.authorization).toBeUndefined();
  });

  it('refuses a layer or a manifest that is not its digest, and an architecture that is not there', async () => {
    const { source, layer } = image('a/b');
    server.put(layer, 'evil');
    expect(await codeOf(all([file('x.tar', { image: source })]))).toBe('download-failed');
    expect(await codeOf(all([file('y.tar', { image: { ...source, arch: 'arm64' } })]))).toBe('file-not-there');
    server.put(`/registry.example/v2/a/b/manifests/${source.digest}`, '{}');
    expect(await codeOf(all([file('z.tar', { image: source })]))).toBe('download-failed');
  });
});
