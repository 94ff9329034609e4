import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { lookInside } from '../../../main/backend/triage/look.ts';
import { firstStartOf } from '../../../main/contract/first-start.ts';
import { diskInsideSchema } from '../../../main/contract/inside.ts';
import type { DiskInside } from '../../../main/contract/inside.ts';
import { bcd, disk, ext4, fat, windowsDisk } from '../../support/disks/foreign-disk.ts';
import { ntfs } from '../../support/disks/ntfs.ts';

let folder = '';
let windows: Buffer;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'hearth-triage-'));
  windows = windowsDisk();
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));
async function look(content: Buffer, options: string[] = ['raw']): Promise<DiskInside> {
  const [path, made] = [join(folder, 'disk.img'), join(folder, 'disk.made')];
  writeFileSync(path, content);
  const raw = options.length === 1 && options[0] === 'raw';
  if (!raw) execFileSync('qemu-img', ['convert', '-f', 'raw', ...options, path, made], { timeout: 60_000 });
  const found = await lookInside({ path: raw ? path : made });
  if (!found) throw new Error('it was not looked into');
  expect(diskInsideSchema.parse(found)).toEqual(found);
  return found;
}
const withoutFormat = ({ format: _format, ...rest }: DiskInside): object => rest;

describe('a disk of Windows 11 with UEFI', () => {
  test('is told by its loader and boot menu, and starts with what Windows knows', async () => {
    const found = await look(windows);
    expect(found).toMatchObject({
      table: 'gpt',
      boots: 'uefi',
      family: 'windows',
      system: { id: 'windows-11', name: 'Windows 11', preference: 'windows.11' },
      evidence: 'EFI/Microsoft/Boot: Windows 11',
      notes: [],
      doubts: [],
    });
    expect(found.partitions.map(({ kind, esp }) => [kind, esp])).toEqual([['fat', true], ['empty', false], ['ntfs', false]]); // prettier-ignore
    expect(firstStartOf(found)).toEqual({
      firmware: 'uefi-secure',
      bus: 'sata',
      model: 'e1000e',
      tpm: 'persistent',
      preference: 'windows.11',
      why: ['uefi', 'windows-sata', 'windows-settings', 'windows-11'],
    });
  });
  test.each([
    ['qcow2', ['-O', 'qcow2']],
    ['qcow2', ['-c', '-O', 'qcow2']],
    ['vmdk', ['-O', 'vmdk']],
    ['vmdk', ['-O', 'vmdk', '-o', 'subformat=streamOptimized']],
    ['vhdx', ['-O', 'vhdx']],
    ['vhdx', ['-O', 'vhdx', '-o', 'block_size=1M']],
    ['vhd', ['-O', 'vpc', '-o', 'force_size=on']],
    ['vhd', ['-O', 'vpc', '-o', 'subformat=fixed,force_size=on']],
    ['vdi', ['-O', 'vdi']],
  ])('says the same as %s (%s)', async (format, options) => {
    const found = await look(windows, options);
    expect(found.format).toBe(format);
    expect(withoutFormat(found)).toEqual(withoutFormat(await look(windows)));
  });
  test('says that it sleeps, was not closed, and has a driver', async () => {
    const many = Object.fromEntries(Array.from({ length: 20 }, (_, n) => [`Windows/System32/drivers/a${n}.sys`, Buffer.alloc(9)])); // prettier-ignore
    const asleep = windowsDisk('Windows 10', { 'hiberfil.sys': Buffer.alloc(9000, 'HIBR'), ...many, 'Windows/System32/drivers/viostor.sys': Buffer.alloc(9) }, { dirty: true }); // prettier-ignore
    const found = await look(asleep);
    expect(found.notes.toSorted()).toEqual(['dirty', 'hibernated', 'virtio-driver']);
    expect(firstStartOf(found)).toMatchObject({ firmware: 'uefi', bus: 'virtio', preference: 'windows.10.virtio', why: ['uefi', 'windows-virtio', 'windows-settings'] }); // prettier-ignore
    // A disk of another program: the driver may be there and not be asked at the start.
    expect(firstStartOf({ ...found, format: 'vmdk' })).toMatchObject({ bus: 'sata', preference: 'windows.10' });
  });
});

test('Windows with an MBR starts with BIOS, whichever is on it', async () => {
  const seven = await look(disk('dos', [{ type: '7', mebibytes: 4, content: ntfs({ bootmgr: Buffer.alloc(9), 'Boot/BCD': bcd('Windows 7') }) }], 'code')); // prettier-ignore
  expect(seven).toMatchObject({ table: 'mbr', boots: 'bios', family: 'windows', system: { id: 'windows-7' }, evidence: 'Boot/BCD: Windows 7' }); // prettier-ignore
  expect(firstStartOf(seven)).toMatchObject({ firmware: 'bios', bus: 'sata', model: 'e1000e', tpm: 'preferred', preference: 'windows.7' }); // prettier-ignore
  const xp = await look(disk('dos', [{ type: '7', mebibytes: 4, content: ntfs({ ntldr: Buffer.alloc(9) }) }]));
  expect(xp).toMatchObject({ boots: 'bios', family: 'windows', evidence: 'ntldr' });
});

describe('Linux', () => {
  const esp = (folderName: string, bits: 12 | 16 | 32 = 32) => ({
    type: 'U',
    mebibytes: 33,
    content: fat({ [`EFI/${folderName}/grubx64.efi`]: Buffer.alloc(9) }, bits === 12 ? 2 : bits === 16 ? 10 : 33, bits),
  });
  const root = { type: 'L', mebibytes: 8, content: ext4('root') };
  test.each([12, 16, 32] as const)('is told by its folder on the EFI system partition (FAT%d)', async (bits) => {
    const found = await look(disk('gpt', [esp('debian', bits), root]));
    expect(found).toMatchObject({ boots: 'uefi', family: 'linux', system: { id: 'debian' }, evidence: 'EFI/debian' });
    expect(found.partitions[1]).toMatchObject({ kind: 'ext4', name: 'root' });
    expect(firstStartOf(found)).toMatchObject({ firmware: 'uefi', bus: 'virtio', model: 'virtio', why: ['uefi', 'linux-virtio'] }); // prettier-ignore
  });
  test('whose start files hold only the drivers of its old computer begins on SATA', async () => {
    const rocky = await look(disk('gpt', [esp('rocky'), root]));
    expect(firstStartOf(rocky)).toMatchObject({ bus: 'virtio' });
    expect(firstStartOf({ ...rocky, format: 'vmdk' })).toMatchObject({ bus: 'sata', model: 'virtio', why: ['uefi', 'linux-sata'] }); // prettier-ignore
  });
  test('with GRUB in the MBR, in an extended partition too, starts with BIOS', async () => {
    const made = disk('dos', [root], 'GRUB \0Geom\0Hard Disk\0Read\0 Error');
    expect(await look(made)).toMatchObject({ table: 'mbr', boots: 'bios', family: 'linux', evidence: 'GRUB, ext4' });
  });
  test('a cloud image has loaders for both', async () => {
    const bios = { type: '21686148-6449-6E6F-744E-656564454649', mebibytes: 1, content: Buffer.alloc(0) };
    const found = await look(disk('gpt', [bios, esp('debian'), root], 'GRUB'));
    expect(found.boots).toBe('both');
    expect(firstStartOf(found)).toMatchObject({ firmware: 'preferred', why: ['both', 'linux-virtio'] });
  });
});

describe('what needs a key', () => {
  test('BitLocker and LUKS are told by their marks', async () => {
    const bitlocker = Buffer.alloc(4096);
    bitlocker.write('-FVE-FS-', 3, 'latin1');
    const luks = Buffer.alloc(4096);
    luks.write('LUKS\u00ba\u00be', 0, 'latin1');
    const part = (content: Buffer) => ({ type: 'L', mebibytes: 1, content });
    const found = await look(disk('gpt', [part(bitlocker), part(luks)]));
    expect(found.notes).toEqual(['bitlocker', 'luks']);
    expect(found.partitions.map(({ kind }) => kind)).toEqual(['bitlocker', 'luks']);
    expect(await look(bitlocker)).toMatchObject({ table: 'none', family: 'windows', notes: ['bitlocker'] });
  });
});

test('a file system without a table, an empty disk, and what is no disk', async () => {
  expect(await look(ext4('data'))).toMatchObject({ table: 'none', boots: 'unknown', family: 'linux', partitions: [{ kind: 'ext4', name: 'data' }] }); // prettier-ignore
  expect(await look(Buffer.alloc(2 ** 20))).toMatchObject({ table: 'none', partitions: [], family: 'unknown', doubts: [] }); // prettier-ignore
  const path = join(folder, 'packed.gz');
  writeFileSync(path, Buffer.from('1f8b080000000000', 'hex'));
  expect(await lookInside({ path })).toBeUndefined();
});
