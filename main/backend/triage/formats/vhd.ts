import { blocks, exactly, number, slice, Unreadable } from '../media.ts';
import type { Media } from '../media.ts';

const sector = 512;
const absent = 0xffff_ffff;

/** The disk in a VHD (Microsoft's Virtual Hard Disk Image Format Specification), fixed or dynamic. Throws Unreadable. */
export async function vhd(file: Media): Promise<Media> {
  const footer = await exactly(file, file.size - sector, sector);
  if (footer.toString('latin1', 0, 8) !== 'conectix') throw new Unreadable('Its end is missing.');
  const size = number(footer.readBigUInt64BE(48));
  const type = footer.readUInt32BE(60);
  if (type === 2) return slice(file, 0, Math.min(size, file.size - sector));
  if (type !== 3) throw new Unreadable('It holds only the changes to another disk.');
  const head = await exactly(file, number(footer.readBigUInt64BE(16)), 64);
  const table = number(head.readBigUInt64BE(16));
  const count = head.readUInt32BE(28);
  const block = head.readUInt32BE(32);
  if (head.toString('latin1', 0, 8) !== 'cxsparse' || block < 4096 || block > 2 ** 28)
    throw new Unreadable('Its VHD header is damaged.');
  // A bit a sector, in whole sectors, stands before each block.
  const bitmap = Math.ceil(block / sector / 8 / sector) * sector;
  return blocks(size, block, async (index, from, length) => {
    if (index >= count) return undefined;
    const entry = (await exactly(file, table + index * 4, 4)).readUInt32BE(0);
    return entry === absent ? undefined : file.read(entry * sector + bitmap + from, length);
  });
}
