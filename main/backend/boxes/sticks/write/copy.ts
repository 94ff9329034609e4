import { createHash } from 'node:crypto';
import { crc32 } from 'node:zlib';
import { ProblemError } from '../../../../contract/problem.ts';
import type { ByteSource } from '../format/source.ts';
import { fake } from './probe.ts';
import type { Marks } from './probe.ts';
import { progressTeller } from './progress.ts';
import type { Progress } from './progress.ts';
import type { RawTarget } from './raw.ts';

/** Bytes at the start that are held back until everything else is known to be good. */
export const headSize = 4 * 1024 * 1024;
const blockSize = 4 * 1024 * 1024;

/** An image that is read into buffers given to it. */
export interface ImageSource extends ByteSource {
  fill(offset: number, buffer: Buffer): Promise<void>;
}
export interface Copying {
  image: ImageSource;
  target: RawTarget;
  onProgress: (progress: Progress) => void;
  signal: AbortSignal;
}
export interface Copied {
  head: Buffer;
  /** Of the whole image, head included. */
  sha256: string;
  /** Checksum of each block behind the head. */
  blocks: number[];
}

const padded = (length: number): number => Math.ceil(length / 512) * 512;

/** Writes everything behind the head. Two buffers: the next block is read while this one is written and hashed. */
export async function copyBody({ image, target, onProgress, signal }: Copying): Promise<Copied> {
  const head = Buffer.alloc(Math.min(headSize, image.size));
  await image.fill(0, head);
  const hash = createHash('sha256').update(head);
  const blocks: number[] = [];
  const teller = progressTeller('write', image.size - head.length, onProgress);
  const waited = { image: 0, drive: 0 };
  const buffers = [target.allocate(blockSize), target.allocate(blockSize)] as const;
  const load = async (at: number, buffer: Buffer): Promise<Buffer> => {
    const length = Math.min(blockSize, image.size - at);
    const begun = performance.now();
    await image.fill(at, buffer.subarray(0, length));
    waited.image += performance.now() - begun;
    // The rest of a last sector belongs to nobody; it must not tell of what was in memory.
    buffer.fill(0, length, padded(length));
    return buffer.subarray(0, padded(length));
  };
  let next: Promise<Buffer> | undefined = head.length < image.size ? load(head.length, buffers[0]) : undefined;
  for (let at = head.length, turn = 1; next; turn = 1 - turn) {
    const block: Buffer = await next;
    signal.throwIfAborted();
    const length = Math.min(blockSize, image.size - at);
    const after = at + length;
    next = after < image.size ? load(after, buffers[turn === 1 ? 1 : 0]) : undefined;
    // Whoever fails first is told; the other must not go unheard.
    next?.catch(() => undefined);
    const begun = performance.now();
    const written = target.put(at, block);
    written.catch(() => undefined);
    hash.update(block.subarray(0, length));
    blocks.push(crc32(block));
    await written;
    waited.drive += performance.now() - begun;
    at = after;
    teller.at(at - head.length, waited);
  }
  await target.sync();
  return { head, sha256: hash.digest('hex'), blocks };
}

/** Reads the same back and compares. Throws `stick-mismatch` with the first byte that differs; `stick-fake` where `marks` strayed there. */
export async function verifyBody(
  { image, target, onProgress, signal }: Copying,
  { head, sha256, blocks }: Copied,
  marks?: Marks,
): Promise<void> {
  const hash = createHash('sha256').update(head);
  const teller = progressTeller('verify', image.size - head.length, onProgress);
  const buffer = target.allocate(blockSize);
  let at = head.length;
  for (const expected of blocks) {
    signal.throwIfAborted();
    const length = Math.min(blockSize, image.size - at);
    const block = buffer.subarray(0, padded(length));
    await target.take(at, block);
    if (crc32(block) !== expected) {
      const want = Buffer.alloc(block.length);
      await image.fill(at, want.subarray(0, length));
      if (marks?.strayed(block)) throw fake(target.size, at, at + firstDifference(want, block));
      throw mismatch(at + firstDifference(want, block));
    }
    hash.update(block.subarray(0, length));
    at += length;
    teller.at(at - head.length);
  }
  // Equal checksums of blocks and another digest: no accident, but it must not pass either.
  if (hash.digest('hex') !== sha256) throw mismatch(head.length);
}

export const firstDifference = (want: Uint8Array, got: Uint8Array): number =>
  Math.max(0, want.findIndex((byte, index) => byte !== got[index])); // prettier-ignore

export const mismatch = (byte: number): ProblemError =>
  new ProblemError({
    code: 'stick-mismatch',
    title: 'The drive did not keep what was written',
    detail: `What was read back differs first at byte ${byte}. It was left so that no computer starts from it.`,
    cause: 'The drive is worn out or counterfeit, or its port or cable is bad.',
    fix: 'Try another port; if it happens again, take another drive.',
  });
