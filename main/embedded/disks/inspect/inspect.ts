import { Refusal } from '../refusal.ts';
import { readable } from '../../kube/quantity.ts';
import type { QemuFormat } from '../tools/qemu-img.ts';
import type { DiskFormat } from './detect.ts';
import { inspectQcow2 } from './qcow2.ts';
import type { Reader } from './reader.ts';
import { inspectVdi } from './vdi.ts';
import { inspectVhd } from './vhd.ts';
import { inspectVhdx } from './vhdx.ts';
import { inspectVmdk, refuseTextVmdk } from './vmdk.ts';

/** What our own reading of the headers says. */
export interface Inspection {
  format: Exclude<DiskFormat, 'vmdk-text'>;
  qemuFormat: QemuFormat;
  virtualSize: number;
  /** It may become a base as it is, without a conversion. */
  plain: boolean;
}

/** 16 TiB: far above what a home lab holds, far below what makes tables of an overlay absurd. */
export const largestDisk = 16 * 2 ** 40;

/** Reads the headers of a disk image of a detected format. Throws Refusal for everything that is not a complete, plain disk. */
export async function inspect(reader: Reader, format: DiskFormat, limit = largestDisk): Promise<Inspection> {
  const found = await read(reader, format);
  if (found.virtualSize > limit)
    throw new Refusal(
      'VirtualSizeTooLarge',
      `The image claims to be a disk of ${Number.isFinite(found.virtualSize) ? readable(found.virtualSize) : 'more than 8 PiB'}; at most ${readable(limit)} is allowed here. Such a size is a mistake or a trap: get the image from a source you trust.`,
    );
  if (found.virtualSize <= 0)
    throw new Refusal('CorruptHeader', 'The image claims to be a disk of no size at all. Download or copy it again.');
  return found;
}

async function read(reader: Reader, format: DiskFormat): Promise<Inspection> {
  switch (format) {
    case 'qcow2':
      return { format, qemuFormat: 'qcow2', ...(await inspectQcow2(reader)) };
    case 'vmdk':
      return { format, qemuFormat: 'vmdk', plain: false, ...(await inspectVmdk(reader)) };
    case 'vmdk-text':
      return refuseTextVmdk((await reader.read(0, 64 * 1024)).toString('latin1'));
    case 'vhdx':
      return { format, qemuFormat: 'vhdx', plain: false, ...(await inspectVhdx(reader)) };
    case 'vhd':
      return { format, qemuFormat: 'vpc', plain: false, ...(await inspectVhd(reader)) };
    case 'vdi':
      return { format, qemuFormat: 'vdi', plain: false, ...(await inspectVdi(reader)) };
    case 'iso':
    case 'raw':
      // QEMU wants whole sectors; a raw file that has none at its end gets zeros (see ingest).
      return { format, qemuFormat: 'raw', virtualSize: Math.ceil(reader.size / 512) * 512, plain: true };
  }
}
