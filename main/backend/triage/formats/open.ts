import type { Media } from '../media.ts';
import { qcow2 } from './qcow2.ts';
import { vdi } from './vdi.ts';
import { vhd } from './vhd.ts';
import { vhdx } from './vhdx.ts';
import { vmdk } from './vmdk.ts';

/** Formats of disks that are looked into, as the library calls them. */
export type Format = 'qcow2' | 'vmdk' | 'vhdx' | 'vhd' | 'vdi' | 'raw';
export interface OpenedDisk {
  format: Format;
  /** The disk as its guest sees it. */
  disk: Media;
  /** Bytes of its sectors, where the format states them. */
  sector?: number;
}

/**
 * The disk in a file, told by its content; nothing that it names is ever opened. undefined: a disc, something packed, or no disk
 * at all. Throws Unreadable.
 */
export async function openDisk(file: Media): Promise<OpenedDisk | undefined> {
  const head = await file.read(0, 512);
  const at = (offset: number, text: string): boolean => head.toString('latin1', offset, offset + text.length) === text;
  if (at(0, 'QFI\u00fb')) return { format: 'qcow2', disk: await qcow2(file) };
  if (at(0, 'KDMV')) return { format: 'vmdk', disk: await vmdk(file) };
  if (at(0, 'conectix')) return { format: 'vhd', disk: await vhd(file) };
  if (at(0x40, '\u007f\u0010\u00da\u00be')) return { format: 'vdi', disk: await vdi(file) };
  if (at(0, 'vhdxfile')) {
    const disk = await vhdx(file);
    return { format: 'vhdx', disk, sector: disk.sector };
  }
  if (others.some(([offset, text]) => at(offset, text))) return undefined;
  if ((await file.read(32_769, 5)).toString('latin1') === 'CD001') return undefined;
  const end = file.size > 512 ? await file.read(file.size - 512, 8) : Buffer.alloc(0);
  if (end.toString('latin1') === 'conectix') return { format: 'vhd', disk: await vhd(file) };
  return { format: 'raw', disk: file };
}

/** Packed files, archives, and the text form of a VMDK. */
const others: readonly (readonly [offset: number, text: string])[] = [
  [0, '\u00fd7zXZ'],
  [0, '\u001f\u008b'],
  [0, '(\u00b5/\u00fd'],
  [0, 'BZh'],
  [0, 'PK\u0003\u0004'],
  [0, '7z\u00bc\u00af'],
  [257, 'ustar'],
  [0, '# Disk Descriptor'],
];
