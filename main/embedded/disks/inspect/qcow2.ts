import { Refusal } from '../refusal.ts';
import { encrypted } from './detect.ts';
import { readExactly, u64 } from './reader.ts';
import type { Reader } from './reader.ts';

const extensionNames = { dataFile: 0x44415441, encryption: 0x0537be77 };
/** dirty, corrupt, external data file, compression type, extended L2 (docs/interop/qcow2.txt). */
const bits = { dirty: 1n, corrupt: 2n, dataFile: 4n, known: 0b11111n };

/** Checks a qcow2 header. `plain`: it may be used as it is; others are rewritten by a conversion. */
export async function inspectQcow2(reader: Reader): Promise<{ virtualSize: number; plain: boolean }> {
  const header = await readExactly(reader, 0, 72, 'the header');
  const version = header.readUInt32BE(4);
  if (version !== 2 && version !== 3)
    throw new Refusal(
      'UnsupportedVersion',
      `This qcow image is of version ${version}; versions 2 and 3 are known. Convert it with qemu-img first.`,
    );
  const long = version === 3 ? await readExactly(reader, 0, 104, 'the header') : header;
  const incompatible = version === 3 ? long.readBigUInt64BE(72) : 0n;
  const headerLength = version === 3 ? long.readUInt32BE(100) : 72;
  const clusterBits = header.readUInt32BE(20);
  if (clusterBits < 9 || clusterBits > 21) throw corrupt(`its cluster size (2^${clusterBits}) is impossible`);
  const cluster = 2 ** clusterBits;
  if (headerLength < 72 || headerLength > cluster) throw corrupt('its header length is impossible');

  const backing = u64(header, 8, 'be');
  if (backing !== 0) throw new Refusal('BackingFile', await backingText(reader, backing, header.readUInt32BE(16)));
  if (incompatible & bits.dataFile) throw dataFile();
  if (incompatible & ~bits.known)
    throw new Refusal(
      'UnknownFeatures',
      'This qcow2 image uses features that are unknown here, so it cannot be checked. Convert it with qemu-img on the computer it comes from.',
    );
  if (incompatible & bits.corrupt) throw corrupt('it is marked as corrupt by the program that wrote it');
  if (header.readUInt32BE(32) !== 0) throw encrypted('qcow2 encryption');
  await checkExtensions(reader, headerLength, cluster);
  await checkTables(reader, header, cluster);
  const snapshots = header.readUInt32BE(60);
  return { virtualSize: u64(header, 24, 'be'), plain: incompatible === 0n && snapshots === 0 };
}

async function checkExtensions(reader: Reader, start: number, cluster: number): Promise<void> {
  const area = await reader.read(start, cluster - start);
  for (let at = 0; at + 8 <= area.length;) {
    const type = area.readUInt32BE(at);
    const length = area.readUInt32BE(at + 4);
    if (type === 0) return;
    if (type === extensionNames.dataFile) throw dataFile();
    if (type === extensionNames.encryption) throw encrypted('qcow2 with LUKS');
    if (length > area.length - at - 8) throw corrupt('a header extension runs over its end');
    at += 8 + Math.ceil(length / 8) * 8;
  }
}

async function checkTables(reader: Reader, header: Buffer, cluster: number): Promise<void> {
  const size = u64(header, 24, 'be');
  const entries = header.readUInt32BE(36);
  const l1 = u64(header, 40, 'be');
  const needed = Math.ceil(size / ((cluster / 8) * cluster));
  if (!Number.isFinite(size)) return; // the caller refuses the size itself
  if (entries * 8 > 32 * 2 ** 20 || (entries < needed && needed * 8 <= 32 * 2 ** 20))
    throw corrupt('its table of clusters has an impossible size');
  const refcounts = u64(header, 48, 'be');
  const refcountBytes = header.readUInt32BE(56) * cluster;
  if (refcounts % cluster !== 0 || l1 % cluster !== 0) throw corrupt('its tables are not aligned');
  if (refcountBytes > 64 * 2 ** 20 || refcounts + Math.min(refcountBytes, cluster) > reader.size + cluster)
    throw outside('the table of reference counts');
  if (l1 + entries * 8 > reader.size) throw outside('the table of clusters');
  const table = await readExactly(reader, l1, entries * 8, 'the table of clusters');
  for (let index = 0; index < entries; index += 1) {
    const l2 = Number(table.readBigUInt64BE(index * 8) & 0x00fffffffffffe00n);
    if (l2 !== 0 && l2 + cluster > reader.size) throw outside('a part of the table of clusters');
  }
}

async function backingText(reader: Reader, offset: number, length: number): Promise<string> {
  const name = Number.isFinite(offset) ? (await reader.read(offset, Math.min(length, 1023))).toString('utf8') : '';
  // eslint-disable-next-line no-control-regex
  const shown = name.replace(/[\u0000-\u001f\u007f]/g, '?').slice(0, 120);
  return `The image is only the changes to another file ("${shown}"), which would be read from this computer into the virtual machine. Import a complete image: on the computer it comes from, run "qemu-img convert -O qcow2" on it first.`;
}

const dataFile = (): Refusal =>
  new Refusal(
    'DataFile',
    'The image keeps its data in another file that it names, which would be read from this computer into the virtual machine. Import a complete image: run "qemu-img convert -O qcow2" on the computer it comes from.',
  );
const outside = (what: string): Refusal =>
  new Refusal(
    'TablesOutsideFile',
    `The image is damaged or cut short: ${what} lies outside the file. Download or copy it again.`,
  );
const corrupt = (why: string): Refusal =>
  new Refusal('CorruptHeader', `The qcow2 image is damaged: ${why}. Download or copy it again.`);
