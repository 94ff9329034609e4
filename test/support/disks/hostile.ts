import { randomBytes } from 'node:crypto';
import { readFile, symlink, truncate, writeFile } from 'node:fs/promises';
import { gzipSync } from 'node:zlib';
import { qemuImg } from './lab.ts';
import { member, ovf, tar } from './tar.ts';

export interface Sample {
  name: string;
  /** Reason code it has to be refused with. */
  code: string;
  /** Makes the file; `secret` is a file of this computer that it tries to read. */
  make: (file: string, secret: string) => Promise<unknown>;
}

/** Makes an image with qemu-img, then changes bytes of it. */
const patched =
  (create: string[], change: (data: Buffer) => void) =>
  async (file: string): Promise<void> => {
    const [format = 'qcow2', ...options] = create;
    await qemuImg('create', '-q', '-f', format, ...options, file, '64M');
    const data = await readFile(file);
    change(data);
    await writeFile(file, data);
  };
const backedBy = (name: (file: string, secret: string) => string) => (file: string, secret: string) =>
  qemuImg('create', '-q', '-f', 'qcow2', '-u', '-b', name(file, secret), '-F', 'raw', file, '1M');
const archive = (build: (secret: string) => Buffer) => (file: string, secret: string) => writeFile(file, build(secret));
const disk = randomBytes(1024);
const replaceText = (data: Buffer, from: string, to: string): void => {
  const at = data.indexOf(from);
  if (at < 0 || from.length !== to.length) throw new Error(`cannot change ${from}`);
  data.write(to, at, 'latin1');
};
const flatVmdk = (secret: string, extent: string): string =>
  `# Disk DescriptorFile\nversion=1\nCID=12345678\nparentCID=ffffffff\ncreateType="monolithicFlat"\n${extent.replace('SECRET', secret)}\n`;

/** Every known way in which an image file reaches for what is not its own, or is not what it says (all are refused). */
export const samples: Sample[] = [
  { name: 'qcow2 with a backing file', code: 'BackingFile', make: backedBy((_file, secret) => secret) },
  { name: 'qcow2 backed by a server', code: 'BackingFile', make: backedBy(() => 'nbd://127.0.0.1:1/x') },
  {
    name: 'qcow2 backed by a json: address',
    code: 'BackingFile',
    make: backedBy((_file, secret) => `json:{"driver":"raw","file":{"driver":"file","filename":"${secret}"}}`),
  },
  {
    name: 'qcow2 backed by itself',
    code: 'BackingFile',
    make: async (file) => {
      await qemuImg('create', '-q', '-f', 'qcow2', '-u', '-b', `${file}x`, '-F', 'raw', file, '1M');
      const data = await readFile(file);
      data.writeUInt32BE(file.length, 16);
      await writeFile(file, data);
    },
  },
  { name: 'qcow2 whose name says raw', code: 'BackingFile', make: backedBy((_file, secret) => secret) },
  {
    name: 'qcow2 with an external data file',
    code: 'DataFile',
    make: patched(['qcow2'], (data) => data.writeBigUInt64BE(4n, 72)),
  },
  {
    name: 'qcow2 with the name of a data file',
    code: 'DataFile',
    make: patched(['qcow2'], (data) => {
      data.writeUInt32BE(0x44415441, 112);
      data.writeUInt32BE(8, 116);
    }),
  },
  {
    name: 'qcow2 of a pebibyte',
    code: 'VirtualSizeTooLarge',
    make: (file) => qemuImg('create', '-q', '-f', 'qcow2', '-o', 'cluster_size=2M', file, '1P'),
  },
  {
    name: 'qcow2 of more bytes than numbers have',
    code: 'VirtualSizeTooLarge',
    make: patched(['qcow2'], (data) => data.writeBigUInt64BE(2n ** 63n, 24)),
  },
  {
    name: 'qcow2 with a huge table',
    code: 'CorruptHeader',
    make: patched(['qcow2'], (data) => data.writeUInt32BE(0x7fffffff, 36)),
  },
  {
    name: 'qcow2 with impossible clusters',
    code: 'CorruptHeader',
    make: patched(['qcow2'], (data) => data.writeUInt32BE(63, 20)),
  },
  {
    name: 'qcow2 with its table outside',
    code: 'TablesOutsideFile',
    make: patched(['qcow2'], (data) => data.writeBigUInt64BE(1n << 40n, 40)),
  },
  {
    name: 'qcow2 with clusters outside',
    code: 'TablesOutsideFile',
    make: patched(['qcow2', '-o', 'preallocation=metadata'], (data) =>
      data.writeBigUInt64BE((1n << 63n) | (1n << 41n), Number(data.readBigUInt64BE(40))),
    ),
  },
  {
    name: 'qcow2 cut short',
    code: 'TablesOutsideFile',
    make: async (file) => {
      await qemuImg('create', '-q', '-f', 'qcow2', file, '1G');
      await truncate(file, 100_000);
    },
  },
  {
    name: 'qcow2 whose data is cut off',
    code: 'CorruptImage',
    make: async (file) => {
      await writeFile(`${file}.raw`, randomBytes(4 << 20));
      await qemuImg('convert', '-f', 'raw', '-O', 'qcow2', `${file}.raw`, file);
      await truncate(file, 2 << 20);
    },
  },
  {
    name: 'qcow2 with unknown features',
    code: 'UnknownFeatures',
    make: patched(['qcow2'], (data) => data.writeBigUInt64BE(1n << 40n, 72)),
  },
  { name: 'encrypted qcow2', code: 'Encrypted', make: patched(['qcow2'], (data) => data.writeUInt32BE(2, 32)) },
  {
    name: 'LUKS',
    code: 'Encrypted',
    make: (file) => writeFile(file, Buffer.concat([Buffer.from('LUKS\xba\xbe\0\x01', 'latin1'), randomBytes(8192)])),
  },
  {
    name: 'VMDK text naming a host file',
    code: 'FlatExtent',
    make: (file, secret) => writeFile(file, flatVmdk(secret, 'RW 2 FLAT "SECRET" 0')),
  },
  {
    name: 'VMDK text with a device',
    code: 'FlatExtent',
    make: (file) => writeFile(file, flatVmdk('', 'RW 2 VMFSRDM "/dev/vda" 0')),
  },
  {
    name: 'VMDK text with a parent hint that crashes qemu-img',
    code: 'ParentImage',
    make: (file, secret) => writeFile(file, `${flatVmdk(secret, 'RW 2 ZERO')}parentFileNameHint="${secret}"\n`),
  },
  {
    name: 'VMDK text of sparse extents',
    code: 'TextDescriptor',
    make: (file, secret) => writeFile(file, flatVmdk(secret, 'RW 2 SPARSE "SECRET"')),
  },
  {
    name: 'VMDK with a parent',
    code: 'ParentImage',
    make: patched(['vmdk'], (data) => replaceText(data, 'parentCID=ffffffff', 'parentCID=12345678')),
  },
  {
    name: 'VMDK with a flat extent inside',
    code: 'FlatExtent',
    make: patched(['vmdk'], (data) => replaceText(data, ' SPARSE "', ' FLAT   "')),
  },
  {
    name: 'VHDX with a parent',
    code: 'ParentImage',
    make: patched(['vhdx'], (data) => {
      const table = data.indexOf('metadata');
      const entry = data.indexOf(Buffer.from('3767a1ca36fa434db3b633f0aa44e76b', 'hex'), table);
      const at = table + data.readUInt32LE(entry + 16);
      data.writeUInt32LE(data.readUInt32LE(at + 4) | 2, at + 4);
    }),
  },
  {
    name: 'VHDX that was not closed',
    code: 'NotClosedCleanly',
    make: patched(['vhdx'], (data) => {
      for (const at of [64 * 1024, 128 * 1024]) data.fill(0x42, at + 48, at + 64);
    }),
  },
  {
    name: 'differencing VHD',
    code: 'DifferencingDisk',
    make: patched(['vpc'], (data) => {
      for (const at of [0, data.length - 512]) data.writeUInt32BE(4, at + 60);
    }),
  },
  { name: 'snapshot VDI', code: 'ParentImage', make: patched(['vdi'], (data) => data.writeUInt32LE(4, 76)) },
  {
    name: 'VDI with its table outside',
    code: 'TablesOutsideFile',
    make: patched(['vdi'], (data) => data.writeUInt32LE(0x7fffffff, 340)),
  },
  {
    name: 'OVA with ../',
    code: 'UnsafeArchive',
    make: archive(() => tar(member('a.ovf', ovf('d')), member('../../d', disk))),
  },
  {
    name: 'OVA with an absolute path',
    code: 'UnsafeArchive',
    make: archive((secret) => tar(member('a.ovf', ovf('d')), member(secret.slice(0, 99), disk))),
  },
  {
    name: 'OVA with a symbolic link',
    code: 'UnsafeArchive',
    make: archive((secret) => tar(member('a.ovf', ovf('d')), member('d', Buffer.alloc(0), '2', secret))),
  },
  {
    name: 'OVA with a hard link',
    code: 'UnsafeArchive',
    make: archive((secret) => tar(member('a.ovf', ovf('d')), member('d', Buffer.alloc(0), '1', secret))),
  },
  {
    name: 'OVA with a device',
    code: 'UnsafeArchive',
    make: archive(() => tar(member('a.ovf', ovf('d')), member('d', Buffer.alloc(0), '4'))),
  },
  {
    name: 'OVA with a renaming header',
    code: 'UnsafeArchive',
    make: archive(() =>
      tar(member('a.ovf', ovf('d')), member('x', Buffer.from('20 path=../../../x\n'), 'x'), member('d', disk)),
    ),
  },
  {
    name: 'OVA whose description names a host file',
    code: 'OutsideReference',
    make: archive((secret) => tar(member('a.ovf', ovf(secret)), member('d', disk))),
  },
  { name: 'tar that is no appliance', code: 'NotAnAppliance', make: archive(() => tar(member('readme', disk))) },
  {
    name: 'tar cut short',
    code: 'CorruptArchive',
    make: archive(() => tar(member('a.ovf', ovf('d')), member('d', randomBytes(8192))).subarray(0, 4096)),
  },
  {
    name: 'OVA with a hostile disk inside',
    code: 'BackingFile',
    make: async (file, secret) => {
      await backedBy(() => secret)(file, secret);
      await writeFile(file, tar(member('a.ovf', ovf('d.qcow2')), member('d.qcow2', await readFile(file))));
    },
  },
  {
    name: 'gzip bomb',
    code: 'CompressionBomb',
    make: (file) => writeFile(file, gzipSync(Buffer.alloc(1 << 30), { level: 9 })),
  },
  {
    name: 'gzip cut short',
    code: 'CorruptArchive',
    make: (file) => writeFile(file, gzipSync(randomBytes(1 << 20)).subarray(0, 500_000)),
  },
  {
    name: 'packed hostile image',
    code: 'BackingFile',
    make: async (file, secret) => {
      await backedBy(() => secret)(file, secret);
      await writeFile(file, gzipSync(await readFile(file)));
    },
  },
  {
    name: 'packed twice',
    code: 'NestedArchive',
    make: (file) => writeFile(file, gzipSync(gzipSync(randomBytes(100_000)))),
  },
  { name: 'web page', code: 'NotADisk', make: (file) => writeFile(file, '\n <!doctype html><title>404</title>') },
  {
    name: 'program',
    code: 'UnsupportedFormat',
    make: (file) => writeFile(file, Buffer.concat([Buffer.from('\x7fELF'), randomBytes(4096)])),
  },
  { name: 'empty file', code: 'Truncated', make: (file) => writeFile(file, '') },
  { name: 'symbolic link', code: 'SymbolicLink', make: (file, secret) => symlink(secret, file) },
  { name: 'link to a device', code: 'SymbolicLink', make: (file) => symlink('/dev/zero', file) },
];
