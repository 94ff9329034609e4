import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { lookAt } from '../../../main/backend/triage/look.ts';
import { paged, unpacking, Unreadable } from '../../../main/backend/triage/media.ts';
import { diskInsideSchema } from '../../../main/contract/inside.ts';
import type { DiskInside } from '../../../main/contract/inside.ts';
import { disk, fat, windowsDisk } from '../../support/disks/foreign-disk.ts';
import { ntfs } from '../../support/disks/ntfs.ts';

type Change = readonly [at: number, bytes: readonly number[]];
let read = 0;
/** What is found where some bytes of a disk are others; more than 16 MiB are never read. */
async function look(content: Buffer, changes: readonly Change[] = [], size = content.length): Promise<DiskInside | undefined> {
  read = 0;
  const source = async (offset: number, length: number): Promise<Buffer> => {
    read += length;
    const data = Buffer.from(content.subarray(offset, Math.min(size, offset + length)));
    for (const [at, bytes] of changes)
      bytes.forEach((byte, n) => {
        const place = at + n - offset;
        if (place >= 0 && place < data.length) data[place] = byte;
      });
    return data;
  };
  const found = await lookAt(paged(source, size));
  expect(read).toBeLessThanOrEqual(16 * 2 ** 20);
  if (found) diskInsideSchema.parse(found);
  return found;
} // prettier-ignore

/** The same numbers in each run. */
function dice(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

let folder = '';
let windows: Buffer;
const formats: Record<string, string[]> = {
  raw: [],
  qcow2: ['-c', '-O', 'qcow2'],
  vmdk: ['-O', 'vmdk', '-o', 'subformat=streamOptimized'],
  vhdx: ['-O', 'vhdx'],
  vhd: ['-O', 'vpc', '-o', 'force_size=on'],
  vdi: ['-O', 'vdi'],
};
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'hearth-hostile-'));
  windows = windowsDisk('Windows 11', { 'hiberfil.sys': Buffer.alloc(9000, 'hibr') });
  writeFileSync(join(folder, 'raw'), windows);
  for (const [name, options] of Object.entries(formats))
    if (options.length > 0) execFileSync('qemu-img', ['convert', '-f', 'raw', ...options, join(folder, 'raw'), join(folder, name)], { timeout: 60_000 }); // prettier-ignore
}, 60_000);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe.each(Object.keys(formats))('%s', (format) => {
  test('with wrong numbers anywhere in its tables is told as far as it goes, or not at all', async () => {
    const file = readFileSync(join(folder, format));
    // Only what is not zero is a table or a name.
    const places = Array.from({ length: file.length / 512 }, (_, n) => n * 512).filter((at) => file.subarray(at, at + 512).some((byte) => byte !== 0)); // prettier-ignore
    const roll = dice(places.length);
    const values = [0, 1, 0x7f, 0x80, 0xff];
    const told: unknown[] = [];
    for (let n = 0; n < 120; n += 1) {
      const at = (places[roll(places.length)] ?? 0) + roll(512);
      told.push(
        await look(file, [[at, Array.from({ length: [1, 2, 4, 8][roll(4)] ?? 1 }, () => values[roll(5)] ?? 0)]]),
      );
    }
    expect(told).toHaveLength(120);
  }, 120_000);
  test('cut at any place is told as far as it goes, or not at all', async () => {
    const file = readFileSync(join(folder, format));
    const roll = dice(7);
    const told: unknown[] = [];
    for (const size of [0, 1, 511, 512, 513, 4096, ...Array.from({ length: 40 }, () => roll(file.length))])
      told.push(await look(file, [], size));
    expect(told).toHaveLength(46);
  }, 60_000);
});

test('what leads in circles ends', async () => {
  const chain = disk('dos', [{ type: '83', mebibytes: 1, content: Buffer.alloc(0) }]);
  // An extended partition at sector 8 whose next one is itself, again and again.
  const row = [0, 0, 0, 0, 0x05, 0, 0, 0, 8, 0, 0, 0, 200, 0, 0, 0];
  const circle = await look(chain, [[462, row], [8 * 512 + 462, [0, 0, 0, 0, 0x05, 0, 0, 0, 0, 1, 0, 0, 9, 0, 0, 0]], [264 * 512 + 462, [0, 0, 0, 0, 0x05, 0, 0, 0, 0, 1, 0, 0, 9, 0, 0, 0]], [8 * 512 + 510, [0x55, 0xaa]], [264 * 512 + 510, [0x55, 0xaa]]]); // prettier-ignore
  expect(circle?.doubts).toContain('Its logical partitions lead in a circle.');

  const esp = fat({ 'EFI/debian/grubx64.efi': Buffer.alloc(9) }, 10, 16);
  const start = 2 ** 20;
  const made = disk('gpt', [{ type: 'U', mebibytes: 10, content: esp }]);
  const table = start + esp.readUInt16LE(14) * 512;
  // Each cluster of the FAT names itself as the next.
  const loops: Change[] = Array.from({ length: 30 }, (_, n) => [table + (n + 2) * 2, [n + 2, 0]]);
  const looped = await look(made, loops);
  expect(looped?.doubts.join()).toMatch(/FAT leads in a circle/);
  expect(looped?.notes).toContain('partly-read');

  const files = Object.fromEntries(Array.from({ length: 12 }, (_, n) => [`file${n}`, Buffer.alloc(3)]));
  const folders = ntfs(files);
  const index = folders.indexOf('INDX');
  // An entry for the end that leads down to the same block.
  const down = [0, 0, 0, 0, 0, 0, 0, 0, 24, 0, 0, 0, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];
  const turned = await look(folders, [[index + 24 + 40, down], [index + 24 + 4, [64, 0, 0, 0]]]); // prettier-ignore
  expect(turned?.doubts.join()).toMatch(/NTFS leads in a circle/);
});

test('what is packed is unpacked within a bound, and what was met last is at hand', async () => {
  const kept = unpacking();
  let times = 0;
  const unpack = async () => Buffer.alloc((times += 1));
  for (let n = 0; n < 1000; n += 1) await kept(n % 8, 2 ** 21, unpack);
  expect(times).toBe(8);
  const circle = async () => {
    for (let n = 0; n < 1000; n += 1) await kept(n % 9, 2 ** 21, unpack);
  };
  await expect(circle()).rejects.toThrow(Unreadable);
  expect(times).toBeLessThanOrEqual(64);
});

test('a table that is damaged in its first copy is read from its second, and overlapping parts are told', async () => {
  const second = await look(windows, [[512 + 72, [9, 9, 9, 9]]]);
  expect(second).toMatchObject({ table: 'gpt', boots: 'uefi', family: 'windows' });
  expect(second?.doubts).toEqual(['The first copy of its partition table (GPT) is damaged: the second one was read.']);
  const none = await look(windows, [[512, [0]], [windows.length - 512, [0]]]); // prettier-ignore
  expect(none).toMatchObject({ partitions: [], boots: 'unknown', family: 'unknown', notes: ['partly-read'] });
  const mbr = disk('dos', [{ type: '7', mebibytes: 4, content: ntfs({ bootmgr: Buffer.alloc(1) }) }, { type: '83', mebibytes: 1, content: Buffer.alloc(0) }]); // prettier-ignore
  expect((await look(mbr, [[462 + 8, [0, 8, 0, 0]]]))?.doubts).toContain('Partitions of it overlap.');
  const beyond = await look(mbr, [[446 + 12, [0xff, 0xff, 0xff, 0xff]]]);
  expect(beyond?.doubts).toContain('A partition of it reaches beyond the end of the disk: the file may be cut short.');
});

test('a table of sectors of 4096 bytes is named: here it would not be understood', async () => {
  const large = Buffer.alloc(2 ** 22);
  windows.copy(large, 0, 0, 512);
  const head = Buffer.from(windows.subarray(512, 1024));
  head.copy(large, 4096);
  windows.copy(large, 8192, 1024, 1024 + 16_384);
  // In sectors eight times as large the same numbers lie beyond the end of so small a disk.
  expect(await look(large)).toMatchObject({ table: 'gpt', notes: ['sectors-4k', 'partly-read'] });
});
