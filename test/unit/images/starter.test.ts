import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { RequestListener, Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { pack } from 'tar-stream';
import { buffer } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { compareVersions, parsePackages, releaseDigest } from '../../../main/backend/images/starter/archive.ts';
import { buildStarter } from '../../../main/backend/images/starter/build.ts';
import { readPackage } from '../../../main/backend/images/starter/deb.ts';
import { fetchVerified } from '../../../main/backend/images/starter/download.ts';
import { ext4 } from '../../../main/backend/images/starter/ext4.ts';
import { loadOrder } from '../../../main/backend/images/starter/modules.ts';
import type { TreeEntry } from '../../../main/backend/images/starter/tree.ts';
import { unxz, unxzByLibrary } from '../../../main/backend/images/starter/xz.ts';

let folder: string;
let server: Server | undefined;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'hearth-starter-'));
});
afterEach(() => {
  server?.closeAllConnections();
  server?.close();
  rmSync(folder, { recursive: true, force: true });
});
const serve = async (listener: RequestListener): Promise<string> => {
  const started = createServer(listener).listen(0, '127.0.0.1');
  server = started;
  await new Promise((resolve) => started.once('listening', resolve));
  return `http://127.0.0.1:${(started.address() as AddressInfo).port}`;
};
const sha256 = (data: Buffer): string => createHash('sha256').update(data).digest('hex');

describe('the archive client', () => {
  it.each([
    ['1.0', '1.0', 0],
    ['1:1.0', '2.0', 1],
    ['1.0-2', '1.0-10', -1],
    ['1.0~rc1', '1.0', -1],
    ['1.0+deb12u1', '1.0', 1],
    ['6.1.192-2', '6.1.176-1', 1],
    ['7.2+dfsg-7+deb12u18+b3', '7.2+dfsg-7+deb12u15', 1],
    ['1.2a', '1.2+', -1],
  ])('orders %s and %s', (a, b, expected) => {
    expect(Math.sign(compareVersions(a, b))).toBe(expected);
    expect(Math.sign(compareVersions(b, a))).toBe(expected === 0 ? 0 : -expected);
  });

  it('takes the SHA-256 of an index, not its MD5', () => {
    const release = `Suite: x\nMD5Sum:\n ${'0'.repeat(32)} 5 main/Packages.xz\nSHA256:\n ${'a'.repeat(64)} 5 main/Packages.xz\n ${'b'.repeat(64)} 5 other\n`;
    expect(releaseDigest(release, 'main/Packages.xz')).toBe('a'.repeat(64));
    expect(() => releaseDigest(release, 'missing')).toThrow('does not name missing');
  });

  it('takes the newest of two stanzas of a package', () => {
    const stanza = (version: string): string =>
      `Package: busybox\nVersion: ${version}\nDepends: libc6\nFilename: pool/b_${version}.deb\nSize: 9\nSHA256: ${'c'.repeat(64)}\n`;
    const found = parsePackages(
      `${stanza('1.9')}\n${stanza('1.10')}\nPackage: not-wanted\nVersion: 1\n`,
      'http://m',
      new Set(['busybox']),
    );
    expect([...found.keys()]).toEqual(['busybox']);
    expect(found.get('busybox')).toMatchObject({ version: '1.10', url: 'http://m/pool/b_1.10.deb', size: 9 });
  });
});

describe('a download', () => {
  const data = Buffer.alloc(300_000, 'debian');

  it('goes on where it broke off, and is checked as a whole', async () => {
    const ranges: (string | undefined)[] = [];
    const base = await serve((request, response) => {
      ranges.push(request.headers.range);
      const from = Number(/bytes=(\d+)-/.exec(request.headers.range ?? '')?.[1] ?? 0);
      response.writeHead(from ? 206 : 200, { 'content-length': data.length - from });
      if (from) response.end(data.subarray(from));
      else response.write(data.subarray(0, 100_000), () => setTimeout(() => response.destroy(), 50));
    });
    expect(await fetchVerified(`${base}/p.deb`, sha256(data), folder)).toEqual(data);
    expect(ranges[0]).toBeUndefined();
    expect(ranges[1]).toBe('bytes=100000-');
    expect(readdirSync(folder)).toEqual([sha256(data)]);
  });

  it('that is not what was published is refused and not kept', async () => {
    const base = await serve((_request, response) => response.end('something else'));
    const asked = fetchVerified(`${base}/p.deb`, sha256(data), folder);
    await expect(asked).rejects.toMatchObject({ problem: { code: 'package-checksum' } });
    expect(readdirSync(folder)).toEqual([]);
  });

  it('of a damaged cache file is made anew', async () => {
    writeFileSync(join(folder, sha256(data)), 'damaged');
    const base = await serve((_request, response) => response.end(data));
    expect(await fetchVerified(`${base}/p.deb`, sha256(data), folder)).toEqual(data);
  });

  it('that cannot reach the mirror says so', async () => {
    const base = await serve((_request, response) => response.writeHead(503).end());
    await expect(buildStarter({ cacheDir: folder, mirror: `${base}/debian` })).rejects.toMatchObject({
      problem: { code: 'mirror-unreachable' },
    });
  });

  it('ends when it is cancelled', async () => {
    const base = await serve(() => undefined);
    const stop = new AbortController();
    const build = buildStarter({ cacheDir: folder, mirror: `${base}/debian`, signal: stop.signal });
    stop.abort();
    await expect(build).rejects.toMatchObject({ name: 'AbortError' });
  });
});

describe('a Debian package', () => {
  const ar = (members: [string, Buffer][]): Buffer =>
    Buffer.concat([
      Buffer.from('!<arch>\n'),
      ...members.flatMap(([name, data]) => [
        Buffer.from(
          `${name.padEnd(16)}${'0'.padEnd(12)}${'0'.padEnd(6)}${'0'.padEnd(6)}${'100644'.padEnd(8)}${String(data.length).padEnd(10)}\`\n`,
        ),
        data,
        Buffer.alloc(data.length % 2),
      ]),
    ]);

  it('gives the wanted files and links only', async () => {
    const tar = pack();
    tar.entry({ name: './bin/tool', mode: 0o755 }, 'tool');
    tar.entry({ name: './lib/x.so', type: 'symlink', linkname: 'x.so.1' });
    tar.entry({ name: './usr/share/doc/readme' }, 'text');
    tar.finalize();
    const archive = ar([
      ['debian-binary', Buffer.from('2.0\n')],
      ['data.tar.gz', gzipSync(await buffer(tar))],
    ]);
    const tree = await readPackage(archive, (path) => path !== 'usr/share/doc/readme');
    expect(Object.fromEntries(tree)).toEqual({
      'bin/tool': { type: 'file', mode: 0o755, data: Buffer.from('tool') },
      'lib/x.so': { type: 'link', target: 'x.so.1' },
    });
  });

  it('that is cut off or none at all is refused', async () => {
    const archive = ar([['data.tar.gz', Buffer.alloc(1000)]]);
    await expect(readPackage(archive.subarray(0, 500), () => true)).rejects.toThrow('cut off');
    await expect(readPackage(Buffer.from('<html>'), () => true)).rejects.toThrow('no Debian package');
  });
});

it('xz is read by the program and by the library alike', async () => {
  const text = Buffer.from('hearth '.repeat(50_000));
  const packed = execFileSync('xz', ['--stdout'], { input: text });
  expect(await unxzByLibrary(packed)).toEqual(text);
  expect(await unxz(packed)).toEqual(text);
  await expect(unxz(packed.subarray(0, packed.length - 40))).rejects.toThrow(/xz could not decompress/);
});

it('kernel modules come after what they need', () => {
  const module = (depends: string): Uint8Array => Buffer.from(`\x7fELF\0license=GPL\0depends=${depends}\0name=x\0`);
  const modules = new Map([
    ['virtio_blk', module('virtio,virtio_ring')],
    ['virtio', module('')],
    ['virtio_ring', module('virtio')],
  ]);
  expect(loadOrder(modules, ['virtio_blk', 'built_in'])).toEqual(['virtio', 'virtio_ring', 'virtio_blk']);
});

it('a file system with many files, long folders and odd sizes is clean', () => {
  const tree = new Map<string, TreeEntry>([
    ...Array.from({ length: 400 }, (_, index) => [`many/file-with-a-rather-long-name-${index}`, { type: 'file' as const, mode: 0o640, data: Buffer.alloc(index * 31, index), uid: 1000 }] as const),
    ['deep/er/and/deeper/link', { type: 'link' as const, target: '../../x' }] as const,
    ['empty', { type: 'folder' as const, mode: 0o1777 }] as const,
  ]); // prettier-ignore
  const path = join(folder, 'fs');
  const size = 512 * 1024 * 1024;
  const image = Buffer.alloc(8 * 1024 * 1024);
  let end = 0;
  const far: { offset: number; data: Buffer }[] = [];
  for (const piece of ext4(tree, size, 'test', Buffer.alloc(16, 7))) {
    if (piece.offset + piece.data.length > image.length) far.push(piece);
    else piece.data.copy(image, piece.offset);
    end = Math.max(end, piece.offset);
  }
  expect(end).toBeLessThan(size);
  writeFileSync(path, image);
  execFileSync('truncate', ['-s', String(size), path]);
  for (const { offset, data } of far) {
    writeFileSync(`${path}.piece`, data);
    execFileSync('dd', [
      `if=${path}.piece`,
      `of=${path}`,
      'bs=4096',
      `seek=${offset / 4096}`,
      'conv=notrunc',
      'status=none',
    ]);
  }
  if (!existsSync('/sbin/e2fsck') && !existsSync('/usr/sbin/e2fsck')) return;
  expect(execFileSync('e2fsck', ['-fn', path]).toString()).toContain('test: ');
  const listed = execFileSync('debugfs', ['-R', 'cat /many/file-with-a-rather-long-name-399', path], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  expect(listed).toEqual(Buffer.alloc(399 * 31, 399));
  expect(readFileSync(path).length).toBe(size);
});
