import { createHash, randomBytes } from 'node:crypto';
import { ProblemError } from '../../../../contract/problem.ts';
import { sizeWords } from '../drives/words.ts';
import { progressTeller } from './progress.ts';
import type { Progress } from './progress.ts';
import type { RawTarget } from './raw.ts';

const probeSize = 64 * 1024;
const blockSize = 4 * 1024 * 1024;

interface Check {
  target: RawTarget;
  onProgress: (progress: Progress) => void;
  signal: AbortSignal;
}

/**
 * Finds most drives that lie about their size before anything else is written: marks at both ends, at every power of two
 * and spread evenly are written, the last first, and read back only then. A drive that drops what is past its end gives
 * something else back; one that begins again at 0 has a later mark there. (One that begins again at an odd place is found
 * by `plantMarks`.) Erases what is at these places. Throws `stick-fake`.
 */
export async function checkCapacity({ target, onProgress, signal }: Check): Promise<void> {
  const places = probePlaces(target.size);
  const seed = randomBytes(16);
  const buffer = target.allocate(probeSize);
  const teller = progressTeller('check', places.length * 2 * probeSize, onProgress);
  let done = 0;
  const mark = (): void => teller.at((done += probeSize));
  for (const place of places.toReversed()) {
    signal.throwIfAborted();
    fillMark(buffer, seed, place);
    await target.put(place, buffer);
    mark();
  }
  await target.sync();
  const want = Buffer.alloc(probeSize);
  let good = 0;
  for (const place of places) {
    signal.throwIfAborted();
    await target.take(place, buffer);
    fillMark(want, seed, place);
    if (!buffer.equals(want)) throw fake(target.size, good, place);
    good = place + probeSize;
    mark();
  }
}

/** Marks behind the image, and what tells whether they, or the image, lie where they were written. */
export interface Marks {
  /** Whether these bytes, read from somewhere else, are one of the marks. */
  strayed(bytes: Buffer): boolean;
  /** Throws `stick-fake` when a mark is not there any more. */
  check(): Promise<void>;
}

/**
 * Marks every half of an image's length behind it, so close that on a drive that begins again anywhere behind the image at
 * least one falls into the image: whoever compares the image then finds it. `from`..`to`: bytes nobody else writes.
 */
export async function plantMarks(target: RawTarget, from: number, to: number): Promise<Marks> {
  const seed = randomBytes(16);
  const places: number[] = [];
  const last = Math.floor((to - probeSize) / 512) * 512;
  for (let place = Math.ceil(from / 512) * 512; place < last; place += Math.ceil(from / 1024) * 512) places.push(place);
  if (last >= from) places.push(last);
  const buffer = target.allocate(probeSize);
  for (const place of places) {
    fillMark(buffer, seed, place);
    await target.put(place, buffer);
  }
  await target.sync();
  return {
    strayed: (bytes) => places.some((place) => bytes.includes(markOf(seed, place).subarray(8))),
    async check() {
      const want = Buffer.alloc(probeSize);
      for (const place of places) {
        await target.take(place, buffer);
        fillMark(want, seed, place);
        if (!buffer.equals(want)) throw fake(target.size, from, place);
      }
    },
  };
}

/** The same for every byte: the whole drive is written and read back. Takes as long as the drive takes. */
export async function checkWhole({ target, onProgress, signal }: Check): Promise<void> {
  const seed = randomBytes(16);
  const end = Math.floor(target.size / 512) * 512;
  const teller = progressTeller('full-check', end * 2, onProgress);
  const buffer = target.allocate(blockSize);
  const want = Buffer.alloc(blockSize);
  const lengthAt = (place: number): number => Math.min(blockSize, end - place);
  for (let place = 0; place < end; place += blockSize) {
    signal.throwIfAborted();
    fillMark(buffer, seed, place);
    await target.put(place, buffer.subarray(0, lengthAt(place)));
    teller.at(place + lengthAt(place));
  }
  await target.sync();
  for (let place = 0; place < end; place += blockSize) {
    signal.throwIfAborted();
    const length = lengthAt(place);
    await target.take(place, buffer.subarray(0, length));
    fillMark(want, seed, place);
    if (!buffer.subarray(0, length).equals(want.subarray(0, length))) {
      const byte = want.subarray(0, length).findIndex((one, index) => one !== buffer[index]);
      throw fake(target.size, place + byte, place + byte);
    }
    teller.at(end + place + length);
  }
}

/** Places of whole sectors, ascending. */
export function probePlaces(size: number): number[] {
  const last = Math.floor((size - probeSize) / 512) * 512;
  const places = new Set([0, last]);
  for (let power = 1024 * 1024; power < last; power *= 2) places.add(power);
  for (let part = 1; part < 48; part += 1) places.add(Math.floor((last * part) / 48 / probeSize) * probeSize);
  return [...places].filter((place) => place >= 0 && place <= last).sort((a, b) => a - b);
}

const markOf = (seed: Buffer, place: number): Buffer =>
  createHash('sha512').update(seed).update(String(place)).digest();

/** Bytes that only this place of this run has; every page of it differs, so a shifted one is not taken for it. */
function fillMark(buffer: Buffer, seed: Buffer, place: number): void {
  const mark = markOf(seed, place);
  for (let at = 0; at < buffer.length; at += mark.length) mark.copy(buffer, at);
  for (let at = 0; at + 8 <= buffer.length; at += 512) buffer.writeBigUInt64LE(BigInt(place + at), at);
}

export const fake = (told: number, good: number, bad: number): ProblemError =>
  new ProblemError({
    code: 'stick-fake',
    title: 'The drive is not as large as it says',
    detail: `It says ${sizeWords(told)}, but what was written at byte ${bad} was not there when it was read back. It kept everything up to byte ${good}.`,
    cause: 'A counterfeit that tells more than it has, or a drive that is failing.',
    fix: 'Do not trust this drive with anything. Take another one.',
  });
