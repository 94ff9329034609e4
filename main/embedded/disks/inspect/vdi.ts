import { Refusal } from '../refusal.ts';
import { readExactly, u64 } from './reader.ts';
import type { Reader } from './reader.ts';

/** Checks a VirtualBox VDI: dynamic or static, without parents (layout: QEMU block/vdi.c, VirtualBox VDICore.h). */
export async function inspectVdi(reader: Reader): Promise<{ virtualSize: number }> {
  const header = await readExactly(reader, 0, 512, 'the header');
  if (header.readUInt32LE(68) !== 0x00010001)
    throw new Refusal('UnsupportedVersion', 'This VDI is of an unknown version. Export the disk anew with VirtualBox.');
  const type = header.readUInt32LE(76);
  const linked = header.subarray(424, 456).some((byte) => byte !== 0);
  if (type === 3 || type === 4 || linked)
    throw new Refusal(
      'ParentImage',
      'This VDI is a snapshot: only the changes to another disk file. Clone the whole disk in VirtualBox (as a full clone) and import that.',
    );
  if (type !== 1 && type !== 2) throw corrupt(`its type (${type}) is unknown`);
  const block = header.readUInt32LE(376);
  const blocks = header.readUInt32LE(384);
  if (block !== 2 ** 20) throw corrupt('its block size is not 1 MiB');
  if (header.readUInt32LE(340) + blocks * 4 > reader.size)
    throw new Refusal(
      'TablesOutsideFile',
      'The image is damaged or cut short: the table of blocks lies outside the file. Download or copy it again.',
    );
  const virtualSize = u64(header, 368, 'le');
  if (Number.isFinite(virtualSize) && virtualSize > blocks * block)
    throw corrupt('its table of blocks is too short for its size');
  return { virtualSize };
}

const corrupt = (why: string): Refusal =>
  new Refusal('CorruptHeader', `The VDI image is damaged: ${why}. Download or copy it again.`);
