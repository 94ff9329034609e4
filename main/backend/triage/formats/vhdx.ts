import { blocks, exactly, number, Unreadable } from '../media.ts';
import type { Media } from '../media.ts';

// MS-VHDX, 2.2.3 and 2.6; all little endian.
const regions = [192 * 1024, 256 * 1024];
const batId = '6677c22d23f600429d64115e9bfd4a08';
const metadataId = '06a27c8b90479a4bb8fe575f050f886e';
const parametersId = '3767a1ca36fa434db3b633f0aa44e76b';
const sizeId = '2442a52f1bcd7648b2115dbed83bf4b8';
const sectorId = '1dbf41816fa90947ba47f233a8faab5f';

/** The disk in a VHDX of Hyper-V. Changes that still stand in its log are not seen. Throws Unreadable. */
export async function vhdx(file: Media): Promise<Media & { sector: number }> {
  const found = await regionsOf(file);
  const items = await itemsOf(file, found.metadata);
  const parameters = await exactly(file, items(parametersId), 8);
  const block = parameters.readUInt32LE(0);
  if ((parameters.readUInt32LE(4) & 2) !== 0) throw new Unreadable('It holds only the changes to another disk.');
  const size = number((await exactly(file, items(sizeId), 8)).readBigUInt64LE(0));
  const sector = (await exactly(file, items(sectorId), 4)).readUInt32LE(0);
  if (block < 2 ** 20 || block > 2 ** 28 || (sector !== 512 && sector !== 4096))
    throw new Unreadable('Its VHDX header is damaged.');
  // After so many blocks the table has an entry for their bitmap.
  const chunk = (2 ** 23 * sector) / block;
  const media = blocks(size, block, async (index, from, length) => {
    const entry = await exactly(file, found.bat + (index + Math.floor(index / chunk)) * 8, 8);
    const value = entry.readBigUInt64LE(0);
    return (value & 7n) < 6n ? undefined : file.read(number((value >> 20n) << 20n) + from, length);
  });
  return { ...media, sector };
}

async function regionsOf(file: Media): Promise<{ bat: number; metadata: number }> {
  for (const at of regions) {
    const table = await file.read(at, 64 * 1024);
    if (table.length < 64 * 1024 || table.toString('latin1', 0, 4) !== 'regi') continue;
    const count = Math.min(table.readUInt32LE(8), 2047);
    const place = (id: string): number | undefined => {
      for (let n = 0, from = 16; n < count; n += 1, from += 32)
        if (table.toString('hex', from, from + 16) === id) return number(table.readBigUInt64LE(from + 16));
      return undefined;
    };
    const [bat, metadata] = [place(batId), place(metadataId)];
    if (bat !== undefined && metadata !== undefined) return { bat, metadata };
  }
  throw new Unreadable('Its VHDX header is damaged.');
}

async function itemsOf(file: Media, at: number): Promise<(id: string) => number> {
  const table = await exactly(file, at, 64 * 1024);
  const count = Math.min(table.readUInt16LE(10), 2047);
  return (id) => {
    for (let n = 0, from = 32; n < count; n += 1, from += 32)
      if (table.toString('hex', from, from + 16) === id) return at + table.readUInt32LE(from + 16);
    throw new Unreadable('Its VHDX header is damaged.');
  };
}
