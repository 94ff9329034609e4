import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openForeign } from '../../../main/backend/foreign/file.ts';
import { readMachine } from '../../../main/backend/foreign/recognise.ts';
import type { ForeignMachine } from '../../../main/contract/foreign.ts';

const mebi = 2 ** 20;
const efiSystem = '28732ac11ff8d211ba4b00a0c93ec93b';
const biosBoot = '4861682149646f6e744e656564454649';

/** The first 20 KiB of a disk with these partition types. */
function gpt(...types: string[]): Buffer {
  const disk = Buffer.alloc(20 * 1024);
  disk[446 + 4] = 0xee;
  disk.set([0x55, 0xaa], 510);
  disk.write('EFI PART', 512, 'latin1');
  types.forEach((type, at) => disk.write(type, 1024 + at * 128, 'hex'));
  return disk;
}
function mbr(type: number): Buffer {
  const disk = Buffer.alloc(20 * 1024);
  disk[446 + 4] = type;
  disk.set([0x55, 0xaa], 510);
  return disk;
}
/** A qcow2 of 64 KiB clusters whose first cluster holds this. */
function qcow2(size: number, first?: Buffer, backing = 0n): Buffer {
  const file = Buffer.alloc(4 * 65_536);
  file.write('QFI\u00FB', 0, 'latin1');
  file.writeUInt32BE(3, 4);
  file.writeBigUInt64BE(backing, 8);
  file.writeUInt32BE(16, 20);
  file.writeBigUInt64BE(BigInt(size), 24);
  file.writeBigUInt64BE(65_536n, 40);
  if (!first) return file;
  const copied = 1n << 63n;
  file.writeBigUInt64BE(131_072n | copied, 65_536);
  file.writeBigUInt64BE(196_608n | copied, 131_072);
  first.copy(file, 196_608);
  return file;
}
function iso(): Buffer {
  const file = Buffer.alloc(40_000);
  file.write('CD001', 32_769, 'latin1');
  return file;
}

let folder = '';
beforeAll(async () => void (folder = await mkdtemp(join(tmpdir(), 'hearth-loose-'))));
afterAll(() => rm(folder, { recursive: true, force: true }));
/** What files of this computer are. */
async function look(files: Record<string, Buffer | string>): Promise<ForeignMachine> {
  const paths: string[] = [];
  for (const [name, content] of Object.entries(files)) {
    paths.push(join(folder, name));
    await writeFile(join(folder, name), content);
  }
  return readMachine(await Promise.all(paths.map((path) => openForeign({ path }))));
}
/** The same of what a page sends of them. */
const sent = (name: string, content: Buffer, size = content.length): Promise<ForeignMachine> =>
  openForeign({ name, size, head: content.subarray(0, 65_536).toString('base64') }).then((file) => readMachine([file]));

test.each([
  ['a GPT with an EFI system partition', gpt(efiSystem), 'uefi'],
  ['a GPT for both, as cloud images have it', gpt(efiSystem, biosBoot), 'bios'],
  ['an MBR', mbr(0x83), 'bios'],
  ['an MBR with an EFI system partition', mbr(0xef), 'uefi'],
])('%s tells the firmware, raw and in qcow2', async (_what, disk, firmware) => {
  const raw = await look({ 'a.img': disk });
  expect(raw).toMatchObject({ kind: 'disks', name: 'a', firmware, disks: [{ format: 'raw', size: 20_480, bus: 'virtio', usable: true }] }); // prettier-ignore
  const packed = await look({ 'b.qcow2': qcow2(7 * mebi, disk) });
  expect(packed).toMatchObject({ name: 'b', firmware, disks: [{ format: 'qcow2', size: 7 * mebi, usable: true }] });
  expect(packed.left.map(({ what }) => what)).toEqual(['vCPUs, memory and network card']);
  expect(await sent('c.img', disk, 9 * mebi)).toMatchObject({ firmware, disks: [{ size: 9 * mebi }] });
});

test('what a disk does not tell is a guess, and named as one', async () => {
  const { firmware, cpus, memory, left } = await look({ 'empty.qcow2': qcow2(mebi) });
  expect({ firmware, cpus, memory }).toEqual({ firmware: 'bios', cpus: { sockets: 1, cores: 2, threads: 1 }, memory: 2 ** 31 }); // prettier-ignore
  expect(left.map(({ what }) => what)).toContain('Firmware');
});

test('several disks and an installer are one machine; disks of other tools are for guests without virtio', async () => {
  const vmdk = Buffer.alloc(4096);
  vmdk.write('KDMV', 0, 'latin1');
  vmdk.writeBigUInt64LE(2048n, 12);
  const vdi = Buffer.alloc(4096);
  vdi.set([0x7f, 0x10, 0xda, 0xbe], 0x40);
  vdi.writeUInt32LE(1, 0x4c);
  vdi.writeBigUInt64LE(BigInt(3 * mebi), 0x170);
  const found = await look({ 'one.vmdk': vmdk, 'two.vdi': vdi, 'drivers.iso': iso() });
  expect(found.disks.map(({ slot, format, size, bus, bootOrder }) => [slot, format, size, bus, bootOrder])).toEqual([
    ['disk1', 'vmdk', mebi, 'sata', 1],
    ['disk2', 'vdi', 3 * mebi, 'sata', 2],
  ]);
  expect(found.cds).toEqual([{ slot: 'cd1', file: 'drivers.iso' }]);
  expect(found.nics[0]?.model).toBe('e1000e');
});

test.each([
  ['a qcow2 on another file', 'a.qcow2', qcow2(mebi, undefined, 600n), /changes to another file/],
  ['the description of a VMDK', 'a.vmdk', Buffer.from('# Disk DescriptorFile\nversion=1\nCID=fffffffe\nparentCID=ffffffff\ncreateType="twoGbMaxExtentSparse"\nRW 4192256 SPARSE "a-s001.vmdk"\n'), /other files/],
  ['a VMDK of a snapshot', 'b.vmdk', Buffer.from('# Disk DescriptorFile\nparentCID=0a1b2c3d\nRW 2048 SPARSE "b-000001-s001.vmdk"\n'), /since a snapshot/],
])('%s cannot be used as it is', async (_what, name, content, why) => {
  const { disks } = await look({ [name]: content });
  expect(disks[0]?.usable).toBe(false);
  expect(disks[0]?.why).toMatch(why);
}); // prettier-ignore

test('a fixed VHD is told by its end', async () => {
  const disk = Buffer.concat([mbr(7), Buffer.alloc(512)]);
  disk.write('conectix', 20_480, 'latin1');
  disk.writeBigUInt64BE(20_480n, 20_480 + 48);
  disk.writeUInt32BE(2, 20_480 + 60);
  expect(await look({ 'a.vhd': disk })).toMatchObject({ firmware: 'bios', disks: [{ format: 'vhd', size: 20_480, usable: true }] }); // prettier-ignore
});

test('damaged headers are no crash', async () => {
  for (let at = 0; at < 120; at += 4) {
    const disk = qcow2(mebi, gpt(efiSystem));
    disk.writeUInt32BE(0xffff_ffff, at);
    disk.writeUInt32BE(0xffff_ffff, 65_536);
    const found = await sent('x.qcow2', disk).catch((error: unknown) => error);
    expect(found).toSatisfy((one: unknown) => !(one instanceof Error) || one.name === 'ProblemError');
  }
});

test('disks that came along, or lie beside the description, tell their size and whether they are whole', async () => {
  const vmx = 'config.version = "8"\nmemsize = "512"\nide0:0.present = "TRUE"\nide0:0.fileName = "disk.vmdk"\nide0:1.present = "TRUE"\nide0:1.fileName = "D:\\\\VMs\\\\gone.vmdk"\n'; // prettier-ignore
  const split = '# Disk DescriptorFile\nparentCID=ffffffff\nRW 4096 SPARSE "disk-s001.vmdk"\n';
  await writeFile(join(folder, 'disk.vmdk'), split);
  const beside = await look({ 'm.vmx': vmx });
  expect(beside.disks[0]).toMatchObject({ size: 2 * mebi, usable: false, found: join(folder, 'disk.vmdk') });
  expect(beside.disks[1]).toMatchObject({ usable: true });
  expect(beside.disks[1]?.found).toBeUndefined();
  // Of another format by now: a file of the same name but for its ending.
  const along = await look({ 'n.vmx': vmx, 'gone.qcow2': qcow2(5 * mebi) });
  expect(along.disks[1]).toMatchObject({ format: 'qcow2', size: 5 * mebi, usable: true });
});
