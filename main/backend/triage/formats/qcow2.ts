import { inflateRawSync } from 'node:zlib';
import { blocks, exactly, number, unpacking, Unreadable } from '../media.ts';
import type { Media } from '../media.ts';

const offsetMask = 0x00ff_ffff_ffff_fe00n;

/** The disk in a qcow2 (QEMU's docs/interop/qcow2.txt) that stands on no other file. Throws Unreadable. */
export async function qcow2(file: Media): Promise<Media> {
  const head = await exactly(file, 0, 112);
  const version = head.readUInt32BE(4);
  const bits = head.readUInt32BE(20);
  const features = version >= 3 ? head.readBigUInt64BE(72) : 0n;
  if (version < 2 || version > 3 || bits < 9 || bits > 21) throw new Unreadable('Its qcow2 header is damaged.');
  if (head.readBigUInt64BE(8) !== 0n || (features & 4n) !== 0n) throw new Unreadable('Its content lies in another file.');
  if (head.readUInt32BE(32) !== 0) throw new Unreadable('QEMU encrypted it.');
  // Extended entries, and zstd: their clusters are laid out in other ways.
  if ((features & ~0b0011n) !== 0n) throw new Unreadable('It is a kind of qcow2 that is not looked into.');
  const cluster = 2 ** bits;
  const size = number(head.readBigUInt64BE(24));
  const l1 = number(head.readBigUInt64BE(40));
  const entries = head.readUInt32BE(36);
  const perTable = cluster / 8;
  const unpacked = unpacking();
  return blocks(size, cluster, async (index, from, length) => {
    const top = Math.floor(index / perTable);
    if (top >= entries) return undefined;
    const table = number((await exactly(file, l1 + top * 8, 8)).readBigUInt64BE(0) & offsetMask);
    if (table === 0) return undefined;
    const entry = (await exactly(file, table + (index % perTable) * 8, 8)).readBigUInt64BE(0);
    if ((entry & (1n << 62n)) !== 0n) {
      const data = await unpacked(entry, cluster, () => packed(file, entry, bits));
      return data.subarray(from, from + length);
    }
    const at = number(entry & offsetMask);
    // The last bit of an entry: it reads as zeros.
    return at === 0 || (version >= 3 && (entry & 1n) === 1n) ? undefined : file.read(at + from, length);
  });
} // prettier-ignore

async function packed(file: Media, entry: bigint, bits: number): Promise<Buffer> {
  const split = BigInt(62 - (bits - 8));
  const at = number(entry & ((1n << split) - 1n));
  const sectors = Number((entry & ((1n << 62n) - 1n)) >> split) + 1;
  const data = await file.read(at, sectors * 512 - (at % 512));
  try {
    const whole = Buffer.alloc(2 ** bits);
    inflateRawSync(data, { maxOutputLength: 2 ** bits }).copy(whole);
    return whole;
  } catch (error) {
    throw new Unreadable('A packed part of it is damaged.', { cause: error });
  }
}
