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
 * Finds drives that lie about their size: marks at both ends, at every power of two and spread evenly are written, the
 * last first, and read back only then. A drive that drops what is past its end gives something else back; one that begins
 * again at 0 has a later mark there. Erases what is at these places. Throws `stick-fake`.
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
  for (let power = 1024 * 1024 * 1024; power < last; power *= 2) places.add(power);
  for (let part = 1; part < 48; part += 1) places.add(Math.floor((last * part) / 48 / probeSize) * probeSize);
  return [...places].filter((place) => place >= 0 && place <= last).sort((a, b) => a - b);
}

/** Bytes that only this place of this run has; every page of it differs, so a shifted one is not taken for it. */
function fillMark(buffer: Buffer, seed: Buffer, place: number): void {
  const mark = createHash('sha512').update(seed).update(String(place)).digest();
  for (let at = 0; at < buffer.length; at += mark.length) mark.copy(buffer, at);
  for (let at = 0; at + 8 <= buffer.length; at += 512) buffer.writeBigUInt64LE(BigInt(place + at), at);
}

const fake = (told: number, good: number, bad: number): ProblemError =>
  new ProblemError({
    code: 'stick-fake',
    title: 'The drive is not as large as it says',
    detail: `It says ${sizeWords(told)}, but what was written at byte ${bad} was not there when it was read back. It kept everything up to byte ${good}.`,
    cause: 'A counterfeit that tells more than it has, or a drive that is failing.',
    fix: 'Do not trust this drive with anything. Take another one.',
  });
