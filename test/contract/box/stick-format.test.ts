import { randomBytes } from 'node:crypto';
import { mkdtemp, open, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openFat32 } from '../../../main/backend/boxes/sticks/format/fat.ts';
import { makeGpt, readGpt } from '../../../main/backend/boxes/sticks/format/gpt.ts';
import { newGuid, partitionTypes } from '../../../main/backend/boxes/sticks/format/guid.ts';
import { findSlot, openStick, readSlot, writeSlot } from '../../../main/backend/boxes/sticks/format/slot.ts';
import { handleTarget } from '../../../main/backend/boxes/sticks/format/source.ts';
import type { ByteTarget } from '../../../main/backend/boxes/sticks/format/source.ts';
import { emptySlot, makeStickImage, smallFiles } from '../../support/boxes/stick-image.ts';
import type { StickFiles } from '../../support/boxes/stick-image.ts';

let folder: string;
let files: StickFiles;
const path = (name: string): string => join(folder, name);
async function opened<T>(name: string, use: (target: ByteTarget) => Promise<T>): Promise<T> {
  const handle = await open(path(name), 'r+');
  try {
    return await use(await handleTarget(handle));
  } finally {
    await handle.close();
  }
}
const copy = (from: string, to: string): Promise<unknown> => execa('cp', ['--sparse=always', path(from), path(to)]);

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'stick-format-'));
  files = {
    ...smallFiles(),
    '/hearth/settings': emptySlot(),
    '/hearth/A name too long for eight and three.manifest.json': Buffer.from('{"a":1}'),
    '/hearth/Öl ☃ of snow.txt': Buffer.from('cold'),
    '/hearth/empty': Buffer.alloc(0),
  };
  await makeStickImage(path('stick.img'), files);
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe('the partition table', () => {
  it('is what sgdisk calls free of problems, and tells again what went in', async () => {
    const { stdout } = await execa('sgdisk', ['-v', path('stick.img')]);
    expect(stdout).toContain('No problems found');
    const table = await opened('stick.img', readGpt);
    expect(table.problems).toEqual([]);
    expect(table.partitions.map(({ number, type, first, name }) => ({ number, type, first, name }))).toEqual([
      { number: 1, type: partitionTypes.esp, first: 2048, name: 'HEARTH' },
      { number: 2, type: partitionTypes.biosBoot, first: 34, name: 'BIOS' },
    ]);
    const told = await execa('sgdisk', ['-i', '1', path('stick.img')]);
    expect(told.stdout).toContain(`Partition unique GUID: ${table.partitions[0]?.guid}`);
    expect(told.stdout).toContain("Partition name: 'HEARTH'");
  });

  it('of sgdisk is read the same way', async () => {
    const drive = path('sgdisk.img');
    await execa('truncate', ['-s', '64M', drive]);
    await execa('sgdisk', ['-n', '1:2048:+20M', '-t', '1:ef00', '-c', '1:one', '-n', '5:0:0', '-c', '5:fünf', drive]);
    const table = await opened('sgdisk.img', readGpt);
    expect(table.problems).toEqual([]);
    expect(table.partitions.map(({ number, name, first }) => [number, name, first])).toEqual([
      [1, 'one', 2048],
      [5, 'fünf', 43008],
    ]);
    expect(table.lastUsable).toBe(131072 - 34);
  });

  it('is read from its end when its beginning is damaged, and says so', async () => {
    await copy('stick.img', 'headless.img');
    const before = await opened('stick.img', readGpt);
    await opened('headless.img', (target) => target.write(512 + 60, randomBytes(4)));
    const table = await opened('headless.img', readGpt);
    expect(table.partitions).toEqual(before.partitions);
    expect(table.problems.join()).toContain('its checksum is wrong');
  });

  it('of an image copied onto a larger drive tells that its other end is missing', async () => {
    await copy('stick.img', 'larger.img');
    await execa('truncate', ['-s', '+8M', path('larger.img')]);
    expect((await opened('larger.img', readGpt)).problems.join()).toContain('backup header at the end of the drive');
  });

  it('for 4096-byte sectors is read back and has its entries where they belong', async () => {
    const sectors = 8192;
    const gpt = makeGpt({
      sectors,
      sectorSize: 4096,
      diskGuid: newGuid(),
      partitions: [{ number: 1, type: partitionTypes.esp, guid: newGuid(), first: 256, last: 4000, name: 'X' }],
    });
    await writeFile(path('4k.img'), gpt.head);
    await execa('truncate', ['-s', String(sectors * 4096), path('4k.img')]);
    await opened('4k.img', (target) => target.write(gpt.tailOffset, gpt.tail));
    const table = await opened('4k.img', readGpt);
    expect(table).toMatchObject({ sectorSize: 4096, problems: [], firstUsable: 6, lastUsable: sectors - 6 });
  });

  it('is not made with partitions that overlap or do not fit', () => {
    const part = (number: number, first: number, last: number) => ({
      number,
      first,
      last,
      name: '',
      type: partitionTypes.esp,
      guid: newGuid(),
    });
    const make = (...partitions: ReturnType<typeof part>[]) =>
      makeGpt({ sectors: 4096, sectorSize: 512, diskGuid: newGuid(), partitions });
    expect(() => make(part(1, 34, 100), part(2, 100, 200))).toThrow('Partitions 1 and 2 overlap.');
    expect(() => make(part(1, 33, 100))).toThrow('is not within 34..4062');
    expect(() => make(part(1, 34, 4063))).toThrow('is not within 34..4062');
  });

  it('that is nowhere is a problem with words', async () => {
    await writeFile(path('random.img'), randomBytes(1024 * 1024));
    await expect(opened('random.img', readGpt)).rejects.toMatchObject({ problem: { code: 'stick-no-table' } });
  });
});

describe('the file system of mkfs.vfat and mtools', () => {
  it('gives back every file, whatever the case and the length of its name', async () => {
    await opened('stick.img', async (target) => {
      const { fat } = await openStick(target);
      expect([fat.uuid, fat.label]).toEqual(['1A2B-3C4D', 'HEARTH']);
      for (const [name, bytes] of Object.entries(files)) {
        const file = await fat.find(name.toUpperCase());
        expect([name, file?.size]).toEqual([name, bytes.length]);
        expect([name, file && (await fat.read(file)).equals(bytes)]).toEqual([name, true]);
      }
      expect(await fat.find('/hearth/nothing')).toBeUndefined();
      expect(await fat.find('/hearth')).toBeUndefined();
      expect((await fat.list('/hearth'))?.map(({ name }) => name)).toContain('Öl ☃ of snow.txt');
    });
  });

  it('tells the pieces of a file that is not in one piece, and reads it', async () => {
    await copy('stick.img', 'scattered.img');
    await opened('scattered.img', async (target) => {
      const { fat, start } = await openStick(target);
      const file = await fat.find('/hearth/live/root.squashfs');
      if (!file) throw new Error('not there');
      const boot = await target.read(start, 512);
      const table = start + boot.readUInt16LE(14) * 512;
      const c = file.cluster;
      // Its second and third cluster change places.
      const links = Buffer.alloc(12);
      links.writeUInt32LE(c + 2, 0);
      links.writeUInt32LE(c + 3, 4);
      links.writeUInt32LE(c + 1, 8);
      await target.write(table + c * 4, links);
      const again = (await openStick(target)).fat;
      const size = again.clusterSize;
      const bytes = Buffer.from(files[file.path] ?? []);
      const turned = Buffer.concat([
        bytes.subarray(0, size),
        bytes.subarray(2 * size, 3 * size),
        bytes.subarray(size, 2 * size),
        bytes.subarray(3 * size),
      ]);
      expect((await again.extents(file)).map(({ length }) => length)).toEqual([
        size,
        size,
        size,
        turned.length - 3 * size,
      ]);
      expect((await again.read(file)).equals(turned)).toBe(true);
    });
  });

  it('with a folder that never ends is called damaged, before it is read', async () => {
    await copy('stick.img', 'endless.img');
    await opened('endless.img', async (target) => {
      const { start } = await openStick(target);
      const boot = await target.read(start, 512);
      const clusterSize = boot.readUInt16LE(11) * boot.readUInt8(13);
      const root = boot.readUInt32LE(44);
      const clusters = Math.ceil((2 * 1024 * 1024) / clusterSize) + 2;
      // The root goes on in clusters of others, one after the other.
      const links = Buffer.alloc(clusters * 4);
      for (let n = 0; n < clusters; n += 1) links.writeUInt32LE(root + n + 1, n * 4);
      await target.write(start + boot.readUInt16LE(14) * 512 + root * 4, links);
      const again = await openStick(target);
      await expect(again.fat.find('/hearth/manifest.json')).rejects.toThrow('damaged');
    });
  });

  it('with a chain that goes round in a circle or out of the drive is called damaged', async () => {
    await copy('stick.img', 'circle.img');
    await opened('circle.img', async (target) => {
      const { fat, start } = await openStick(target);
      const file = await fat.find('/hearth/live/root.squashfs');
      if (!file) throw new Error('not there');
      const boot = await target.read(start, 512);
      const at = start + boot.readUInt16LE(14) * 512 + (file.cluster + 3) * 4;
      const link = Buffer.alloc(4);
      link.writeUInt32LE(file.cluster);
      await target.write(at, link);
      const again = (await openStick(target)).fat;
      await expect(again.read(file)).rejects.toMatchObject({ problem: { code: 'stick-file-system-damaged' } });
      link.writeUInt32LE(0x00ffffff);
      await target.write(at, link);
      await expect((await openStick(target)).fat.read(file)).rejects.toThrow('goes on at cluster');
    });
  });

  it('is not taken for one where there is none', async () => {
    await opened('stick.img', (target) =>
      expect(openFat32(target, 0)).rejects.toMatchObject({ problem: { code: 'stick-not-fat32' } }),
    );
  });
});

describe('the settings', () => {
  it('are patched in place: nothing else changes, and the tools agree', async () => {
    await copy('stick.img', 'patched.img');
    const value = { version: 1, hostName: 'kitchen', note: 'ü'.repeat(50) };
    const slot = await opened('patched.img', async (target) => {
      const found = await findSlot(target);
      expect(await readSlot(target, found)).toBeUndefined();
      await writeSlot(target, found, value);
      expect(await readSlot(target, found)).toEqual(value);
      return found;
    });
    expect(slot.size).toBe(64 * 1024);
    const [before, after] = await Promise.all([readFile(path('stick.img')), readFile(path('patched.img'))]);
    expect(before.subarray(0, slot.offset).equals(after.subarray(0, slot.offset))).toBe(true);
    expect(before.subarray(slot.offset + slot.size).equals(after.subarray(slot.offset + slot.size))).toBe(true);
    const drive = `${path('patched.img')}@@${2048 * 512}`;
    const { stdout } = await execa('mtype', ['-i', drive, '::/hearth/settings']);
    expect(JSON.parse(stdout)).toEqual(value);
    await execa('dd', [`if=${path('patched.img')}`, `of=${path('part.img')}`, 'bs=1M', 'skip=1', 'status=none']);
    await execa('fsck.fat', ['-n', path('part.img')]);
  });

  it('written again shorter leave nothing of the longer ones', async () => {
    await copy('stick.img', 'again.img');
    await opened('again.img', async (target) => {
      const slot = await findSlot(target);
      await writeSlot(target, slot, { secret: 'long-secret'.repeat(500) });
      await writeSlot(target, slot, {});
      expect((await target.read(slot.offset, slot.size)).includes('secret')).toBe(false);
    });
  });

  it('that are too long, not there, or not settings are refused', async () => {
    await copy('stick.img', 'refused.img');
    await opened('refused.img', async (target) => {
      const slot = await findSlot(target);
      const refused = writeSlot(target, slot, { ca: 'x'.repeat(61 * 1024) });
      await expect(refused).rejects.toMatchObject({ problem: { code: 'stick-settings-too-long' } });
      await target.write(slot.offset, Buffer.from('{"hostName": '));
      await expect(readSlot(target, slot)).rejects.toMatchObject({ problem: { code: 'stick-settings-unreadable' } });
    });
    const drive = `${path('refused.img')}@@${2048 * 512}`;
    await execa('mdel', ['-i', drive, '::/hearth/settings']);
    await opened('refused.img', (target) =>
      expect(findSlot(target)).rejects.toMatchObject({ problem: { code: 'stick-no-settings' } }),
    );
  });

  it('that lie in two places are not patched', async () => {
    await copy('stick.img', 'two.img');
    await opened('two.img', async (target) => {
      const { fat, start } = await openStick(target);
      const file = await fat.find('/hearth/settings');
      if (!file) throw new Error('not there');
      const boot = await target.read(start, 512);
      const link = Buffer.alloc(4);
      // Its second cluster is skipped, and one more hung on at the end.
      link.writeUInt32LE(file.cluster + 2);
      await target.write(start + boot.readUInt16LE(14) * 512 + file.cluster * 4, link);
      link.writeUInt32LE(file.cluster + 1);
      const end = Buffer.alloc(4);
      end.writeUInt32LE(0x0fffffff);
      await target.write(start + boot.readUInt16LE(14) * 512 + (file.cluster + 127) * 4, link);
      await target.write(start + boot.readUInt16LE(14) * 512 + (file.cluster + 1) * 4, end);
      await expect(findSlot(target)).rejects.toMatchObject({ problem: { code: 'stick-settings-scattered' } });
    });
  });

  it('that a drive does not keep are told with the byte', async () => {
    await opened('stick.img', async (target) => {
      const slot = await findSlot(target);
      const dead: ByteTarget = { ...target, write: async () => undefined };
      await expect(writeSlot(dead, slot, { a: 1 })).rejects.toThrow(`differs at byte ${slot.offset}`);
    });
  });
});
