import { constants } from 'node:fs';
import { open, rename, stat } from 'node:fs/promises';
import { crc32 } from 'node:zlib';
import type { MachineSample } from '../../contract/machine.ts';
import { metricsRanges } from '../../contract/metrics.ts';
import type { Log } from '../log.ts';

/**
 * A file of fixed size that holds the points of one machine (or computer): two rings, one point in 10 s for an hour and one
 * a minute for a day. A point's slot follows from its time, so there is no write position that a crash could damage, and
 * each slot carries a checksum: a torn one is no point, and nothing else is lost.
 *
 * Slot, little endian: seconds since 1970 (u32), six values (f32), CRC-32 of these 28 bytes.
 */
const slotSize = 32;
const headerSize = 64;
const magic = Buffer.from('HEARTH-RING 1\n');
export interface RingShape {
  /** Seconds between two points. */
  step: number;
  slots: number;
  /** Where it begins in the file, in bytes. */
  offset: number;
}
const shape = (range: '1h' | '24h', offset: number): RingShape => {
  const { span, step } = metricsRanges[range];
  return { step: step / 1000, slots: span / step, offset };
};
export const fine = shape('1h', headerSize);
export const coarse = shape('24h', headerSize + fine.slots * slotSize);
/** 57 664 bytes. */
export const fileSize = coarse.offset + coarse.slots * slotSize;

const fields = ['cpu', 'memory', 'diskRead', 'diskWrite', 'netIn', 'netOut'] as const;

export function encode(sample: MachineSample): Buffer {
  const slot = Buffer.alloc(slotSize);
  slot.writeUInt32LE(Math.floor(sample.at / 1000));
  for (const [n, field] of fields.entries()) slot.writeFloatLE(sample[field], 4 + 4 * n);
  slot.writeUInt32LE(crc32(slot.subarray(0, 28)), 28);
  return slot;
}
export function decode(slot: Buffer): MachineSample | undefined {
  const seconds = slot.readUInt32LE(0);
  if (seconds === 0 || slot.readUInt32LE(28) !== crc32(slot.subarray(0, 28))) return undefined;
  const value = (n: number): number => slot.readFloatLE(4 + 4 * n);
  const sample = { at: seconds * 1000, cpu: value(0), memory: value(1), diskRead: value(2), diskWrite: value(3), netIn: value(4), netOut: value(5) }; // prettier-ignore
  return fields.every((field) => Number.isFinite(sample[field])) ? sample : undefined;
}
const slotOf = (ring: RingShape, at: number): number => Math.floor(at / 1000 / ring.step) % ring.slots;

const isGone = (error: unknown): boolean => (error as NodeJS.ErrnoException).code === 'ENOENT';

/** Whether it is a ring of ours; one that is not is set aside under `.corrupt-TIME`, told to the log, never lost. */
async function usable(path: string, log: Log): Promise<boolean> {
  try {
    const file = await open(path, 'r');
    try {
      const { size } = await file.stat();
      const { buffer } = await file.read(Buffer.alloc(magic.length), 0, magic.length, 0);
      if (size === fileSize && buffer.equals(magic)) return true;
    } finally {
      await file.close();
    }
  } catch (error) {
    if (isGone(error)) return false;
    throw error;
  }
  const aside = `${path}.corrupt-${new Date().toISOString().replaceAll(':', '-')}`;
  await rename(path, aside);
  log.error({ path, aside }, 'kept figures could not be used and were set aside; starting anew');
  return false;
}

/** Writes points, some bytes each. The file is made when it is not there (sparse: a machine that ran a minute costs little). */
export async function writePoints(
  path: string,
  points: { fine: readonly MachineSample[]; coarse: readonly MachineSample[] },
  log: Log,
): Promise<number> {
  const fresh = !(await usable(path, log));
  const file = await open(path, constants.O_RDWR | constants.O_CREAT, 0o600);
  let bytes = 0;
  try {
    const put = async (data: Buffer, at: number): Promise<void> => {
      await file.write(data, 0, data.length, at);
      bytes += data.length;
    };
    if (fresh) {
      await file.truncate(fileSize);
      await put(magic, 0);
    }
    for (const [ring, samples] of [
      [fine, points.fine],
      [coarse, points.coarse],
    ] as const)
      // prettier-ignore
      for (const run of runs(ring, samples)) await put(Buffer.concat(run.slots), ring.offset + run.first * slotSize);
  } finally {
    await file.close();
  }
  return bytes;
}

/** Neighbouring slots go out in one write. */
function runs(ring: RingShape, samples: readonly MachineSample[]): { first: number; slots: Buffer[] }[] {
  const result: { first: number; slots: Buffer[] }[] = [];
  for (const sample of samples) {
    const at = slotOf(ring, sample.at);
    const last = result.at(-1);
    if (last && last.first + last.slots.length === at) last.slots.push(encode(sample));
    else result.push({ first: at, slots: [encode(sample)] });
  }
  return result;
}

/** The points of one ring that are not older than it reaches back, oldest first; none when there is no file. */
export async function readPoints(path: string, ring: RingShape, now: number, log: Log): Promise<MachineSample[]> {
  if (!(await usable(path, log))) return [];
  const file = await open(path, 'r');
  try {
    const { buffer } = await file.read(Buffer.alloc(ring.slots * slotSize), 0, ring.slots * slotSize, ring.offset);
    const oldest = now - ring.slots * ring.step * 1000;
    const points: MachineSample[] = [];
    for (let n = 0; n < ring.slots; n += 1) {
      const point = decode(buffer.subarray(n * slotSize, (n + 1) * slotSize));
      if (point && point.at > oldest && point.at <= now + 60_000) points.push(point);
    }
    return points.sort((a, b) => a.at - b.at);
  } finally {
    await file.close();
  }
}

/** Milliseconds since 1970 of its last write; undefined when there is none. */
export async function lastWritten(path: string): Promise<number | undefined> {
  try {
    return (await stat(path)).mtimeMs;
  } catch (error) {
    if (isGone(error)) return undefined;
    throw error;
  }
}
