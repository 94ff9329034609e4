import type { FileHandle } from 'node:fs/promises';
import { markerAt, markerSize } from '../disks/marker.ts';

/** Old tables and signatures lie here, at both ends: GPT, MBR, LVM, md, ZFS, btrfs, firmware RAID. */
export const edge = 4 * 1024 * 1024;

/** Zeroes both ends of a disk, except the marker, and makes sure of it. */
export async function wipeEnds(file: FileHandle, size: number): Promise<void> {
  const from = Math.max(edge, size - edge);
  const ranges: [number, number][] = [
    [0, markerAt],
    [markerAt + markerSize, edge],
    [from, size],
  ];
  for (const [start, end] of ranges) await zero(file, start, end);
  await file.sync();
}

/** Zeroes the ends of a partition, where a filesystem of before may have left its own. */
export async function wipePartition(file: FileHandle, size: number): Promise<void> {
  const some = Math.min(1024 * 1024, size);
  await zero(file, 0, some);
  await zero(file, size - some, size);
  await file.sync();
}

async function zero(file: FileHandle, start: number, end: number): Promise<void> {
  const nothing = Buffer.alloc(1024 * 1024);
  for (let at = start; at < end; at += nothing.length)
    await writeAll(file, nothing.subarray(0, Math.min(nothing.length, end - at)), at);
}

/** A device may take less than it was given. */
export async function writeAll(file: FileHandle, bytes: Uint8Array, position: number): Promise<void> {
  for (let done = 0; done < bytes.length;) {
    const { bytesWritten } = await file.write(bytes, done, bytes.length - done, position + done);
    if (bytesWritten === 0) throw Object.assign(new Error('the device takes no more'), { code: 'ENOSPC' });
    done += bytesWritten;
  }
}
