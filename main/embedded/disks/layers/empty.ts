import { open } from 'node:fs/promises';

/**
 * Whether nothing was ever written to a qcow2 overlay: its table of first level names no cluster (QEMU,
 * docs/interop/qcow2.txt: l1_size at byte 36, l1_table_offset at byte 40, both big endian).
 */
export async function isEmptyOverlay(path: string): Promise<boolean> {
  await using file = await open(path, 'r');
  const header = Buffer.alloc(48);
  await file.read(header, 0, header.length, 0);
  const table = Buffer.alloc(header.readUInt32BE(36) * 8);
  const { bytesRead } = await file.read(table, 0, table.length, Number(header.readBigUInt64BE(40)));
  return bytesRead === table.length && table.every((byte) => byte === 0);
}
