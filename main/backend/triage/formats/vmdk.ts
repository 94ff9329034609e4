import { inflateSync } from 'node:zlib';
import { blocks, exactly, number, unpacking, Unreadable } from '../media.ts';
import type { Media } from '../media.ts';

const sector = 512;
/** The directory's place stands in the footer. */
const atEnd = 0xffff_ffff_ffff_ffffn;

/** The disk in a VMDK of one file (VMware's Virtual Disk Format 5.0): sparse, or stream-optimised. Throws Unreadable. */
export async function vmdk(file: Media): Promise<Media> {
  let head = await exactly(file, 0, 79);
  const text = await descriptor(file, head);
  if (/^\s*parentCID\s*=\s*(?!f{8})[0-9a-f]{8}/im.test(text)) throw new Unreadable('It holds only the changes to another disk.');
  if (head.readBigUInt64LE(56) === atEnd) {
    head = await exactly(file, Math.floor(file.size / sector) * sector - 1024, 79);
    if (head.toString('latin1', 0, 4) !== 'KDMV') throw new Unreadable('Its end is missing.');
  }
  const grain = number(head.readBigUInt64LE(20)) * sector;
  const perTable = head.readUInt32LE(44);
  const size = number(head.readBigUInt64LE(12)) * sector;
  const directory = number(head.readBigUInt64LE(56)) * sector;
  const compressed = (head.readUInt32LE(8) & 0x1_0000) !== 0;
  if (grain < 4096 || grain > 2 ** 21 || perTable === 0 || perTable > 4096 || !Number.isSafeInteger(size))
    throw new Unreadable('Its VMDK header is damaged.');
  const kept = unpacking();
  return blocks(size, grain, async (index, from, length) => {
    const table = (await exactly(file, directory + Math.floor(index / perTable) * 4, 4)).readUInt32LE(0) * sector;
    if (table === 0) return undefined;
    const entry = (await exactly(file, table + (index % perTable) * 4, 4)).readUInt32LE(0);
    // 1: a grain of zeros.
    if (entry < 2) return undefined;
    if (!compressed) return file.read(entry * sector + from, length);
    const data = await kept(entry, grain, () => unpacked(file, entry * sector, grain));
    return data.subarray(from, from + length);
  });
} // prettier-ignore

async function unpacked(file: Media, at: number, grain: number): Promise<Buffer> {
  const bytes = (await exactly(file, at, 12)).readUInt32LE(8);
  if (bytes > 2 * grain) throw new Unreadable('A packed part of it is damaged.');
  try {
    const whole = Buffer.alloc(grain);
    inflateSync(await exactly(file, at + 12, bytes), { maxOutputLength: grain }).copy(whole);
    return whole;
  } catch (error) {
    throw error instanceof Unreadable ? error : new Unreadable('A packed part of it is damaged.', { cause: error });
  }
}

async function descriptor(file: Media, head: Buffer): Promise<string> {
  const at = number(head.readBigUInt64LE(28)) * sector;
  const length = Math.min(number(head.readBigUInt64LE(36)) * sector, 64 * 1024);
  return at === 0 ? '' : (await file.read(at, length)).toString('latin1');
}
