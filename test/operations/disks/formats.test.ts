import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { dataVolumes } from '../../../main/embedded/kube/resources.ts';
import { qemuImg, running, startLab } from '../../support/disks/lab.ts';
import type { Lab } from '../../support/disks/lab.ts';
import { member, ovf, tar } from '../../support/disks/tar.ts';

let lab: Lab;
let folder: string;
let raw: string;
const size = 16 << 20;
const library = { 'hearth.dev/image': 'true' };
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'hearth-formats-'));
  raw = join(folder, 'content.raw');
  await writeFile(raw, Buffer.concat([randomBytes(5 << 20), Buffer.alloc(7 << 20), randomBytes(4 << 20)]));
  lab = await startLab();
});
afterAll(async () => {
  await lab.end();
  await rm(folder, { recursive: true, force: true });
});

const convert = async (format: string, ...options: string[]): Promise<string> => {
  const file = join(folder, `as.${format}${options.length}`);
  await qemuImg('convert', '-f', 'raw', '-O', format, ...options, raw, file);
  return file;
};
const packed = async (name: string, data: Buffer): Promise<string> => {
  const file = join(folder, name);
  await writeFile(file, data);
  return file;
};
const formats: [string, () => Promise<string>, string][] = [
  ['qcow2', () => convert('qcow2'), 'qcow2'],
  ['qcow2 compressed with zstd', () => convert('qcow2', '-c', '-o', 'compression_type=zstd'), 'qcow2'],
  ['qcow2 of version 2', () => convert('qcow2', '-o', 'compat=0.10'), 'qcow2'],
  ['qcow2 with extended tables', () => convert('qcow2', '-o', 'extended_l2=on,cluster_size=128k'), 'qcow2'],
  ['raw', () => Promise.resolve(raw), 'raw'],
  ['vmdk', () => convert('vmdk'), 'vmdk'],
  ['vmdk streamOptimized', () => convert('vmdk', '-o', 'subformat=streamOptimized'), 'vmdk'],
  ['vhdx', () => convert('vhdx'), 'vhdx'],
  ['vhd dynamic', () => convert('vpc', '-o', 'force_size=on'), 'vhd'],
  ['vhd fixed', () => convert('vpc', '-o', 'subformat=fixed,force_size=on'), 'vhd'],
  ['vdi', () => convert('vdi'), 'vdi'],
  ['vdi static', () => convert('vdi', '-o', 'static=on'), 'vdi'],
  ['raw in gz', async () => packed('raw.gz', gzipSync(await readFile(raw))), 'raw'],
  ['raw in zst', async () => packed('raw.zst', zstdCompressSync(await readFile(raw))), 'raw'],
  ['raw in xz', () => packed('raw.xz', execFileSync('xz', ['-1c', raw], { maxBuffer: 1 << 28 })), 'raw'],
  ['raw in bz2', () => packed('raw.bz2', execFileSync('bzip2', ['-1c', raw], { maxBuffer: 1 << 28 })), 'raw'],
  ['qcow2 in gz', async () => packed('qcow2.gz', gzipSync(await readFile(await convert('qcow2')))), 'qcow2'],
  [
    'ova',
    async () =>
      packed(
        'machine.ova',
        tar(
          member('m.ovf', ovf('d.vmdk')),
          member('d.vmdk', await readFile(await convert('vmdk', '-o', 'subformat=streamOptimized'))),
          member('m.mf', Buffer.from('SHA256(x)= y')),
        ),
      ),
    'ova',
  ],
];

describe.each(['copy', 'in-place'])('every format comes in with its content (%s)', (mode) => {
  test.each(formats)('%s', async (name, make, format) => {
    const file = await make();
    const before = await stat(file);
    const dv = `${mode}-${name.replaceAll(/[^a-z0-9]/g, '-').toLowerCase()}`;
    lab.volume(
      dv,
      { upload: {} },
      { labels: library, annotations: { 'hearth.dev/import-from-path': file, 'hearth.dev/import-mode': mode } },
    );
    const done = await lab.phase(dv, 'Succeeded');
    expect(done.metadata.annotations?.['hearth.dev/format']).toBe(format);
    expect(Number(done.metadata.annotations?.['hearth.dev/virtual-size'])).toBe(size);
    const node = await lab.disks.open(lab.machine(`m-${dv}`, [dv]), dv);
    await qemuImg('compare', '-f', 'raw', '-F', 'qcow2', raw, node.path);
    const after = await stat(file);
    expect([after.mtimeMs, after.mode, after.uid, after.size]).toEqual([
      before.mtimeMs,
      before.mode,
      before.uid,
      before.size,
    ]);
  });
});

test('a disc is opened read-only as it is', async () => {
  const file = join(folder, 'disc.iso');
  execFileSync('xorriso', ['-as', 'mkisofs', '-quiet', '-o', file, join(folder, 'content.raw')], { stdio: 'pipe' });
  lab.volume(
    'disc',
    { upload: {} },
    { labels: library, annotations: { 'hearth.dev/import-from-path': file, 'hearth.dev/import-mode': 'copy' } },
  );
  expect((await lab.phase('disc', 'Succeeded')).metadata.annotations?.['hearth.dev/format']).toBe('iso');
  lab.volume('my-disc', { pvc: { namespace: 'default', name: 'disc' } }, { size: '1Mi' });
  await lab.phase('my-disc', 'Succeeded');
  const vmi = lab.machine('reader', ['my-disc'], 'Pending');
  const devices = { disks: [{ name: 'my-disc', cdrom: { bus: 'sata' } }] };
  const node = await lab.disks.open({ ...vmi, spec: { ...vmi.spec, domain: { devices } } }, 'my-disc');
  expect(node).toMatchObject({ format: 'raw', readOnly: true });
  expect(node.backing).toBeUndefined();
  expect((await readFile(node.path)).equals(await readFile(file))).toBe(true);
});

test('an image that does not fit its claim is refused in words', async () => {
  const file = await convert('qcow2');
  lab.volume(
    'small',
    { upload: {} },
    { size: '8Mi', annotations: { 'hearth.dev/import-from-path': file, 'hearth.dev/import-mode': 'copy' } },
  );
  await lab.phase('small', 'Succeeded').catch(() => undefined);
  expect(running(lab.context.store.get(dataVolumes, 'default', 'small'))).toMatchObject({
    reason: 'ImageTooLarge',
    message: `Virtual image size ${size} is larger than the reported available storage ${8 << 20}. A larger PVC is required.`,
  });
});

describe('uploads', () => {
  const signal = new AbortController().signal;
  test('take one stream, answer once it is a disk, and say so afterwards', async () => {
    lab.volume('up', { upload: {} }, { labels: library });
    await lab.phase('up', 'UploadReady');
    expect(lab.disks.uploads.probe('nonsense').code).toBe(401);
    expect(() => lab.disks.uploads.issueToken('default', 'nothing')).toThrow(/not found/);
    const token = lab.disks.uploads.issueToken('default', 'up');
    expect(lab.disks.uploads.probe(token).code).toBe(200);
    const first = lab.disks.uploads.accept(token, createReadStream(raw), { mode: 'sync', size, signal });
    expect(
      (await lab.disks.uploads.accept(token, Readable.from([Buffer.alloc(9)]), { mode: 'sync', signal })).code,
    ).toBe(503);
    expect((await first).code).toBe(200);
    await lab.phase('up', 'Succeeded');
    expect(lab.disks.uploads.probe(token).code).toBe(409);
    const node = await lab.disks.open(lab.machine('m-up', ['up']), 'up');
    await qemuImg('compare', '-f', 'raw', '-F', 'qcow2', raw, node.path);
  });

  test('a broken one leaves the claim ready for the next', async () => {
    lab.volume('twice', { upload: {} }, { labels: library });
    await lab.phase('twice', 'UploadReady');
    const token = lab.disks.uploads.issueToken('default', 'twice');
    const broken = await lab.disks.uploads.accept(token, Readable.from([Buffer.alloc(1000)]), {
      mode: 'async',
      size: 2000,
      signal,
    });
    expect(broken).toMatchObject({ code: 400, message: expect.stringContaining('1000 of 2000') });
    expect(lab.disks.uploads.probe(token).code).toBe(200);
    expect((await lab.disks.uploads.accept(token, createReadStream(raw), { mode: 'async', signal })).code).toBe(200);
    await lab.phase('twice', 'Succeeded');
  });
});
