import { open } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';

// Fields of the header are QEMU's, docs/interop/qcow2.txt; all big endian.

/** Whether nothing was ever written to a qcow2 overlay: its table of first level names no cluster (l1_size at byte 36, l1_table_offset at byte 40). */
export async function isEmptyOverlay(path: string): Promise<boolean> {
  await using file = await open(path, 'r');
  const header = await headerOf(file);
  const table = Buffer.alloc(header.readUInt32BE(36) * 8);
  const { bytesRead } = await file.read(table, 0, table.length, Number(header.readBigUInt64BE(40)));
  return bytesRead === table.length && table.every((byte) => byte === 0);
}

/** The file that a qcow2 of ours says it stands on, as it says it (backing_file_offset at byte 8, its length at byte 16). */
export async function backingName(path: string): Promise<string | undefined> {
  await using file = await open(path, 'r');
  const header = await headerOf(file);
  const name = Buffer.alloc(Math.min(header.readUInt32BE(16), 1023));
  const at = Number(header.readBigUInt64BE(8));
  if (at === 0) return undefined;
  const { bytesRead } = await file.read(name, 0, name.length, at);
  return name.toString('utf8', 0, bytesRead);
}

async function headerOf(file: FileHandle): Promise<Buffer> {
  const header = Buffer.alloc(48);
  await file.read(header, 0, header.length, 0);
  return header;
}
