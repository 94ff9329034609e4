import type { VolumeKind } from '../../contract/inside.ts';
import type { Media } from './media.ts';

export interface Volume {
  kind: VolumeKind;
  label?: string;
}
type Mark = readonly [at: number, bytes: string, kind: VolumeKind];

/** Marks of file systems and containers at fixed places (as util-linux's libblkid knows them). What locks comes first. */
const marks: readonly Mark[] = [
  [3, '-FVE-FS-', 'bitlocker'],
  [0, 'LUKS\u00ba\u00be', 'luks'],
  [3, 'NTFS    ', 'ntfs'],
  [3, 'EXFAT   ', 'exfat'],
  [3, 'ReFS\0\0\0\0', 'refs'],
  [82, 'FAT32   ', 'fat'],
  [54, 'FAT16   ', 'fat'],
  [54, 'FAT12   ', 'fat'],
  [54, 'FAT     ', 'fat'],
  [0, 'XFSB', 'xfs'],
  [32, 'NXSB', 'apfs'],
  [1024, 'H+\0\u0004', 'hfs'],
  [4096, '\u00fc\u004e\u002b\u00a9', 'raid'],
  [65_600, '_BHRfS_M', 'btrfs'],
  [4086, 'SWAPSPACE2', 'swap'],
];
/** A drive of BitLocker To Go looks like FAT32 and has this GUID. */
const toGo = Buffer.from('3bd67649292ed84a8399f6a339e3d001', 'hex');

/** What the beginning of a partition is, by its marks. Throws Unreadable. */
export async function readVolume(part: Media): Promise<Volume> {
  const head = await part.read(0, 8192);
  const far = await part.read(65_536, 1024);
  const at = (from: number, length: number): string =>
    from >= 65_536
      ? far.toString('latin1', from - 65_536, from - 65_536 + length)
      : head.toString('latin1', from, from + length);
  if (head.subarray(0, 512).includes(toGo)) return { kind: 'bitlocker' };
  const lvm = [0, 512, 1024, 1536].some((from) => at(from, 8) === 'LABELONE' && at(from + 24, 8) === 'LVM2 001');
  if (lvm) return { kind: 'lvm' };
  const found = marks.find(([from, bytes]) => at(from, bytes.length) === bytes)?.[2];
  if (found === 'btrfs') return labelled('btrfs', far.subarray(0x12b, 0x12b + 256));
  if (found === 'xfs') return labelled('xfs', head.subarray(108, 120));
  if (found !== undefined) return { kind: found };
  if (head.length >= 2048 && head.readUInt16LE(1024 + 56) === 0xef53) return extended(head.subarray(1024, 2048));
  return { kind: head.every((byte) => byte === 0) ? 'empty' : 'unknown' };
}

/** The features tell which of the three it is: extents ext4, a journal ext3. */
function extended(block: Buffer): Volume {
  const [compatible, incompatible] = [block.readUInt32LE(92), block.readUInt32LE(96)];
  const kind = (incompatible & 0x40) !== 0 ? 'ext4' : (compatible & 4) !== 0 ? 'ext3' : 'ext2';
  return labelled(kind, block.subarray(120, 136));
}

function labelled(kind: VolumeKind, bytes: Buffer): Volume {
  const label = bytes.toString('utf8').replace(/\0[^]*$/, '').replaceAll(/\p{Cc}/gu, ' ').trim(); // prettier-ignore
  return label === '' ? { kind } : { kind, label };
}
