import { ProblemError } from '../../../../contract/problem.ts';
import { settingsLimit } from '../../../../contract/box/settings.ts';
import { openFat32 } from './fat.ts';
import type { Fat32 } from './fat.ts';
import { readGpt } from './gpt.ts';
import { partitionTypes } from './guid.ts';
import type { ByteSource, ByteTarget } from './source.ts';

/** Where the settings stand in the file system of a stick. */
export const slotPath = '/hearth/settings';

/** The bytes of the settings, counted from the start of the source. */
export interface Slot {
  offset: number;
  /** Bytes of the whole slot, padding included. */
  size: number;
}

/** The FAT32 file system of a stick or of an image of one; `start` is its first byte. */
export async function openStick(source: ByteSource): Promise<{ fat: Fat32; start: number }> {
  const { partitions, sectorSize } = await readGpt(source);
  const esp = partitions.find(({ type }) => type === partitionTypes.esp);
  if (!esp)
    throw new ProblemError({
      code: 'stick-no-partition',
      title: 'Not a stick of Hearth',
      detail: 'Its partition table names no EFI system partition.',
      fix: 'Choose another drive or image, or write the stick anew.',
    });
  const start = esp.first * sectorSize;
  return { fat: await openFat32(source, start), start };
}

/**
 * Finds the slot on a whole stick, or (`fat`) in its file system already opened, e.g. over the partition's own device.
 * Throws `stick-no-settings`, `stick-settings-scattered`, and what readGpt and openFat32 throw.
 */
export async function findSlot(source: ByteSource, fat?: Fat32): Promise<Slot> {
  const system = fat ?? (await openStick(source)).fat;
  const file = await system.find(slotPath);
  if (!file || file.size === 0)
    throw new ProblemError({
      code: 'stick-no-settings',
      title: 'Not a stick of Hearth',
      detail: `There is no ${slotPath} on it.`,
      fix: 'Choose another drive or image, or write the stick anew.',
    });
  const [only, ...more] = await system.extents(file);
  if (!only || more.length > 0)
    throw new ProblemError({
      code: 'stick-settings-scattered',
      title: 'The settings are not in one piece',
      detail: `${slotPath} lies in ${more.length + 1} places, so it cannot be changed in place.`,
      cause: 'Another program rewrote the file on the stick.',
      fix: 'Write the stick anew.',
    });
  return { offset: only.offset, size: only.length };
}

/** What the slot holds; undefined when it is empty. Throws `stick-settings-unreadable`. Not checked against a schema. */
export async function readSlot(source: ByteSource, slot: Slot): Promise<unknown> {
  return parseSlot(await source.read(slot.offset, slot.size));
}

/** The same for the bytes of the file, e.g. read from a mounted stick. */
export function parseSlot(bytes: Uint8Array): unknown {
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes).replace(/[\s\0]+$/, '');
    return text === '' ? undefined : JSON.parse(text);
  } catch {
    throw new ProblemError({
      code: 'stick-settings-unreadable',
      title: 'The settings cannot be read',
      detail: `${slotPath} holds something else than settings.`,
      cause: 'The stick is damaged, or the file was edited by hand and has a mistake.',
      fix: 'Write the stick anew.',
    });
  }
}

/** The whole slot as bytes: JSON, padded with line ends. Throws `stick-settings-too-long`. */
export function slotBytes(value: unknown, size: number): Buffer {
  const text = `${JSON.stringify(value, undefined, 2)}\n`;
  const length = Buffer.byteLength(text);
  const most = Math.min(settingsLimit, size);
  if (length > most)
    throw new ProblemError({
      code: 'stick-settings-too-long',
      title: 'The settings are too long',
      detail: `They take ${length} bytes; ${most} fit on the stick.`,
      fix: 'Leave out certificates or keys that the box does not need; they can be added later.',
    });
  const bytes = Buffer.alloc(size, 0x0a);
  bytes.write(text, 'utf8');
  return bytes;
}

/** Overwrites the slot in place, syncs and reads it back. Throws `stick-settings-not-kept`, `stick-settings-too-long`. */
export async function writeSlot(target: ByteTarget, slot: Slot, value: unknown): Promise<void> {
  const bytes = slotBytes(value, slot.size);
  await target.write(slot.offset, bytes);
  await target.sync();
  const back = await target.read(slot.offset, slot.size);
  const differs = bytes.findIndex((byte, index) => byte !== back[index]);
  if (differs >= 0)
    throw new ProblemError({
      code: 'stick-settings-not-kept',
      title: 'The drive did not keep the settings',
      detail: `What was read back differs at byte ${slot.offset + differs}.`,
      cause: 'The drive is worn out, or is write-protected without saying so.',
      fix: 'Take another drive.',
    });
}
