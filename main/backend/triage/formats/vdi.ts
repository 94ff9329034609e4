import { blocks, exactly, number, Unreadable } from '../media.ts';
import type { Media } from '../media.ts';

/** The disk in a VDI of VirtualBox (its VDICore.h, version 1.1). Throws Unreadable. */
export async function vdi(file: Media): Promise<Media> {
  const head = await exactly(file, 0, 0x188);
  if (head.readUInt32LE(0x4c) > 2) throw new Unreadable('It holds only the changes to another disk.');
  const [table, data] = [head.readUInt32LE(0x154), head.readUInt32LE(0x158)];
  const size = number(head.readBigUInt64LE(0x170));
  const block = head.readUInt32LE(0x178);
  const count = head.readUInt32LE(0x180);
  if (block < 4096 || block > 2 ** 28 || head.readUInt32LE(0x17c) !== 0)
    throw new Unreadable('Its VDI header is damaged.');
  return blocks(size, block, async (index, from, length) => {
    if (index >= count) return undefined;
    const entry = (await exactly(file, table + index * 4, 4)).readUInt32LE(0);
    // The two highest: never written, and given back.
    return entry >= 0xffff_fffe ? undefined : file.read(data + entry * block + from, length);
  });
}
