import { createHash } from 'node:crypto';
import { open } from 'node:fs/promises';
import { z } from 'zod';
import type { DiskIdentity } from '../../../../contract/box/words.ts';
import { randomIdSchema } from '../../../../contract/box/words.ts';

/**
 * "An installation began here and did not end": one block in the gap before the first partition, written before anything on
 * the disk is erased and taken away after everything is there. No step of the installation touches it, so that the disk
 * is known as ours at any moment between, whatever its partition table looks like then.
 */
export interface Unfinished {
  installId: string;
  /** Of the disk that a person, or the stick's rule, had chosen: see `identityHash`. */
  disk: string;
  /** ISO 8601. */
  startedAt: string;
}

/** In the last 4 KiB below 1 MiB: behind GRUB's core image, whose partition ends there, and aligned for 4 KiB sectors. */
export const markerAt = 1024 * 1024 - 4096;
export const markerSize = 4096;
/** Everything fits one sector of 512 bytes, which a disk writes whole or not at all. */
const limit = 512;
const magic = 'HEARTH-UNFINISHED-1 ';
const schema = z.strictObject({ installId: randomIdSchema, disk: z.string().regex(/^[0-9a-f]{64}$/), startedAt: z.iso.datetime() }); // prettier-ignore

/** Changes with serial number, size or WWN: a copy of a disk is another disk. */
export const identityHash = ({ serial, size, wwn }: DiskIdentity): string =>
  createHash('sha256').update(JSON.stringify([serial, size, wwn ?? ''])).digest('hex'); // prettier-ignore

const sum = (text: string): string => createHash('sha256').update(text).digest('hex').slice(0, 16);

export function encodeMarker(marker: Unfinished): Buffer {
  const json = JSON.stringify(schema.parse(marker));
  const text = `${magic}${sum(json)} ${json}\n`;
  if (text.length > limit) throw new Error('the marker is larger than a sector');
  const block = Buffer.alloc(markerSize);
  block.write(text, 'latin1');
  return block;
}

/** undefined: there is none, or what is there is not whole. */
export function decodeMarker(block: Uint8Array): Unfinished | undefined {
  const text = Buffer.from(block.subarray(0, limit)).toString('latin1');
  const end = text.indexOf('\n');
  if (!text.startsWith(magic) || end < 0) return undefined;
  const json = text.slice(magic.length + 17, end);
  if (text.slice(magic.length, magic.length + 16) !== sum(json)) return undefined;
  const read = schema.safeParse(JSON.parse(json));
  return read.success ? read.data : undefined;
}

export async function readMarker(device: string): Promise<Unfinished | undefined> {
  const file = await open(device, 'r');
  try {
    const block = Buffer.alloc(markerSize);
    const { bytesRead } = await file.read(block, 0, markerSize, markerAt);
    return bytesRead < limit ? undefined : decodeMarker(block);
  } finally {
    await file.close();
  }
}

/** Takes it away, for good once this resolved. */
export async function clearMarker(device: string): Promise<void> {
  const file = await open(device, 'r+');
  try {
    await file.write(Buffer.alloc(markerSize), 0, markerSize, markerAt);
    await file.sync();
  } finally {
    await file.close();
  }
}
