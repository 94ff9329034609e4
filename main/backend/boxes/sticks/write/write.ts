import { ProblemError } from '../../../../contract/problem.ts';
import { sizeWords } from '../drives/words.ts';
import { makeGpt, readGpt } from '../format/gpt.ts';
import type { GptBytes } from '../format/gpt.ts';
import { findSlot, slotBytes, writeSlot } from '../format/slot.ts';
import type { Slot } from '../format/slot.ts';
import { copyBody, firstDifference, headSize, mismatch, verifyBody } from './copy.ts';
import type { Copied, Copying } from './copy.ts';
import { checkCapacity, checkWhole, plantMarks } from './probe.ts';

export interface WriteJob extends Copying {
  /** What the signed note beside the image says. */
  expected: { size: number; sha256: string };
  /** Goes into the settings slot. */
  settings: unknown;
  /** Looks whether the drive is as large as it says: some places, or every byte. */
  capacity: 'none' | 'places' | 'whole';
}

/**
 * Writes an image so that no computer ever starts from half of it: both ends of the old table are erased first; then everything
 * behind the head and the other end of the table are written, synced, read back and compared; then come the settings, and
 * the head last. Whatever stops it before leaves a drive whose first 4 MiB are empty.
 * Throws `image-damaged`, `stick-too-small`, `stick-fake`, `stick-mismatch`, `stick-settings-*`, AbortError.
 */
export async function writeStick(job: WriteJob): Promise<{ sha256: string; slot: Slot }> {
  const { image, target, expected, settings } = job;
  if (image.size !== expected.size) throw imageDamaged(`It has ${image.size} bytes; ${expected.size} were signed.`);
  if (target.size < image.size)
    throw new ProblemError({
      code: 'stick-too-small',
      title: 'The drive is too small',
      detail: `It has ${sizeWords(target.size)}; the image needs ${sizeWords(image.size)}.`,
      fix: 'Take a larger one.',
    });
  // All that can be refused is refused before the first byte is written.
  const slot = await findSlot(image);
  const table = await tableFor(job);
  slotBytes(settings, slot.size);
  await eraseEnds(job);
  if (job.capacity === 'places') await checkCapacity(job);
  if (job.capacity === 'whole') await checkWhole(job);

  const copied = await copyBody(job);
  if (copied.sha256 !== expected.sha256)
    throw imageDamaged('Its content is not what was signed. The drive was left so that no computer starts from it.');
  try {
    await finish(job, copied, table, slot);
  } catch (error) {
    // The drive may be failing; what stopped us is worth more than that it cannot be erased either.
    await eraseEnds(job).catch(() => undefined);
    throw error;
  }
  return { sha256: copied.sha256, slot };
}

/** Compares what was written, then writes the settings and the head. */
async function finish(job: WriteJob, copied: Copied, table: GptBytes, slot: Slot): Promise<void> {
  const { image, target, settings, signal } = job;
  // What lies behind the image comes before it is compared: on a drive that begins again it falls into the image.
  await target.write(table.tailOffset, table.tail);
  const marks = job.capacity === 'none' ? undefined : await plantMarks(target, image.size, table.tailOffset);
  await verifyBody(job, copied, marks);

  signal.throwIfAborted();
  const head = target.allocate(Math.ceil(copied.head.length / 512) * 512).fill(0);
  copied.head.copy(head);
  head.set(withSize(copied.head.subarray(0, 512), target.size), 0);
  head.set(table.head.subarray(512), 512);
  if (slot.offset < headSize) slotBytes(settings, slot.size).copy(head, slot.offset);
  else await writeSlot(target, slot, settings);
  await target.put(0, head);
  await target.sync();
  await marks?.check();
  await verifyEnds(job, head, table);
}

/** The image's partitions in a table for this drive. */
async function tableFor({ image, target }: WriteJob): Promise<GptBytes> {
  const { diskGuid, partitions } = await readGpt(image);
  return makeGpt({ sectors: Math.floor(target.size / 512), sectorSize: 512, diskGuid, partitions });
}

/** The image's own boot sector, its protective entry made as long as the drive. */
function withSize(mbr: Buffer, size: number): Buffer {
  const own = Buffer.from(mbr);
  for (const entry of [446, 462, 478, 494])
    if (own[entry + 4] === 0xee) own.writeUInt32LE(Math.min(Math.floor(size / 512) - 1, 0xffffffff), entry + 12);
  return own;
}

async function eraseEnds({ target }: WriteJob): Promise<void> {
  const length = Math.min(headSize, Math.floor(target.size / 512) * 512);
  const zeros = target.allocate(length).fill(0);
  await target.put(0, zeros);
  const tail = Math.min(1024 * 1024, length);
  await target.put(Math.floor(target.size / 512) * 512 - tail, zeros.subarray(0, tail));
  await target.sync();
}

async function verifyEnds({ target }: WriteJob, head: Buffer, { tail, tailOffset }: GptBytes): Promise<void> {
  const back = target.allocate(head.length);
  await target.take(0, back);
  if (!back.equals(head)) throw mismatch(firstDifference(head, back));
  const end = await target.read(tailOffset, tail.length);
  if (!end.equals(tail)) throw mismatch(tailOffset + firstDifference(tail, end));
}

const imageDamaged = (detail: string): ProblemError =>
  new ProblemError({
    code: 'image-damaged',
    title: 'This image is damaged',
    detail,
    cause: 'It was cut short or changed after it was built, or the drive it lies on is failing.',
    fix: 'Get the image again, or build it anew.',
  });
