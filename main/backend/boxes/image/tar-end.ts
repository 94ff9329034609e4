import { open } from 'node:fs/promises';

const block = 512;

/**
 * Byte at which the entries of a tar end, before the empty blocks that close it: other entries can be put there. Reads headers
 * only. Throws when the file is no tar, or is cut short.
 */
export async function tarEnd(path: string): Promise<number> {
  const file = await open(path, 'r');
  try {
    const { size: total } = await file.stat();
    const header = Buffer.alloc(block);
    let at = 0;
    for (;;) {
      const { bytesRead } = await file.read(header, 0, block, at);
      if (bytesRead < block) throw new Error(`${path} ends in the middle, at byte ${at + bytesRead}`);
      if (header.every((byte) => byte === 0)) return at;
      if (header.toString('latin1', 257, 262) !== 'ustar') throw new Error(`${path} is no tar at byte ${at}`);
      at += block + Math.ceil(sizeOf(header) / block) * block;
      if (at > total) throw new Error(`${path} ends in the middle of a file`);
    }
  } finally {
    await file.close();
  }
}

/** Octal digits, or (GNU) a number in base 256 where they would not do. */
function sizeOf(header: Buffer): number {
  const field = header.subarray(124, 136);
  if ((field.readUInt8(0) & 0x80) !== 0) return Number(field.readBigUInt64BE(4));
  const size = Number.parseInt(field.toString('latin1').replaceAll(/[\0 ]/g, ''), 8);
  if (!Number.isSafeInteger(size)) throw new Error('a tar header without a size');
  return size;
}
