import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, open, stat } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { ProblemError } from '../../../contract/problem.ts';
import { labFileName } from '../library/library.ts';
import { padded, readHeader } from '../../transfer/file/tar.ts';
import { damaged, limits, manifestName, packNames, readManifest, tooLarge } from './manifest.ts';
import type { PackFile, PackManifest } from './manifest.ts';

const block = 512;
/** Bytes of empty blocks that may follow the last file: other programs fill up to 20 blocks. */
const tail = 20 * block;

/** A file by its path, or its bytes. */
export type PackSource = string | Buffer;
export interface ReadPack {
  manifest: PackManifest;
  /** Of lab.yaml. */
  text: string;
}
export interface ReadOptions {
  signal: AbortSignal;
  /** Share of it that was read, 0 to 1. */
  onProgress?: (share: number) => void;
  /** An empty folder of our own: files are written into it. Absent: everything is looked at, and nothing is written. */
  into?: string;
}

/**
 * Reads a pack from its beginning to its end and believes none of it: names, kinds, order, sizes, checksums, and how much it
 * may unpack to, each told before it is taken. Memory stays small whatever it holds. Throws Problems (`lab-pack-...`).
 */
export async function readPack(pack: PackSource, options: ReadOptions): Promise<ReadPack> {
  const { signal, onProgress, into } = options;
  const inMemory = typeof pack !== 'string';
  const whole = inMemory ? pack.length : (await stat(pack)).size;
  const input = inMemory ? Readable.from([pack]) : createReadStream(pack, { highWaterMark: 2 ** 20, signal });
  const unpacked = createGunzip({ chunkSize: 2 ** 18 });
  input.on('error', (error: Error) => unpacked.destroy(error));
  input.pipe(unpacked);
  const source = new Source(unpacked);
  try {
    source.allow(block + padded(limits.manifest));
    const head = await header(source);
    if (head === 'end' || head.name !== manifestName) throw damaged(`It does not begin with its ${manifestName}.`);
    if (head.size > limits.manifest) throw tooLarge(`Its manifest has ${head.size} bytes; it may have ${limits.manifest}.`);
    const manifest = readManifest((await source.take(padded(head.size))).toString('utf8', 0, head.size));
    const wanted = manifest.files.reduce((sum, { size }) => sum + block + padded(size), 0);
    if (wanted > Math.max(limits.free, whole * limits.ratio)) throw tooLarge(`It has ${whole} bytes and would unpack to ${wanted}: no honest lab does.`);
    source.allow(wanted + tail);
    let text = '';
    let read = 0;
    for (const file of manifest.files) {
      const found = await header(source);
      if (found === 'end') throw damaged(`It ends before ${file.name}.`);
      if (found.name !== file.name || found.size !== file.size) throw damaged(`${JSON.stringify(found.name)} is in it where its manifest tells of ${file.name}.`);
      const content = await one(source, file, into, (bytes) => onProgress?.((read + bytes) / wanted));
      if (file.name === labFileName) text = content.toString('utf8');
      read += file.size;
      signal.throwIfAborted();
    }
    // To the very end: only there the checksum of the whole is compared, and a file that was cut tells itself.
    for await (const rest of source.rest()) if (rest.some((byte) => byte !== 0)) throw damaged('There is more in it than its manifest tells of.');
    return { manifest, text };
  } catch (error) {
    signal.throwIfAborted();
    const code = (error as NodeJS.ErrnoException).code ?? '';
    if (code.startsWith('Z_')) throw damaged('It cannot be unpacked.', error);
    if (code === 'ENOSPC') throw new ProblemError({ code: 'lab-disk', title: 'There is not enough disk space', detail: 'The disk is full.' }, { cause: error });
    throw error;
  } finally {
    input.destroy();
    unpacked.destroy();
  }
} // prettier-ignore

const header = async (source: Source): Promise<ReturnType<typeof readHeader>> =>
  readHeader(await source.take(block), { names: packNames, wrong: damaged });

/** One file, hashed and compared; resolves with its content where that is the lab's. */
async function one(source: Source, { name, size, sha256 }: PackFile, into: string | undefined, progress: (bytes: number) => void): Promise<Buffer> {
  const hash = createHash('sha256');
  const kept: Buffer[] = [];
  const target = into === undefined ? undefined : await create(join(into, name));
  let bytes = 0;
  try {
    for await (const chunk of source.part(size)) {
      hash.update(chunk);
      if (name === labFileName) kept.push(chunk);
      await target?.writeFile(chunk);
      progress((bytes += chunk.length));
    }
    await target?.sync();
  } finally {
    await target?.close();
  }
  await source.take(padded(size) - size);
  if (hash.digest('hex') !== sha256) throw damaged(`${name} was changed: its SHA-256 is another than the manifest tells.`);
  return Buffer.concat(kept);
} // prettier-ignore

async function create(path: string): Promise<FileHandle> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  return open(path, 'wx', 0o600);
}

/** Bytes in the pieces that are asked for, and never more than was allowed. */
class Source {
  readonly #chunks: AsyncIterator<Buffer>;
  #rest: Buffer = Buffer.alloc(0);
  #left = 0;

  constructor(stream: AsyncIterable<Buffer>) {
    this.#chunks = stream[Symbol.asyncIterator]();
  }
  /** So many bytes more may come. */
  allow(bytes: number): void {
    this.#left = bytes;
  }
  async #next(): Promise<Buffer | undefined> {
    if (this.#rest.length > 0) {
      const rest = this.#rest;
      this.#rest = Buffer.alloc(0);
      return rest;
    }
    const { done, value } = await this.#chunks.next();
    return done ? undefined : value;
  }
  async *part(size: number): AsyncGenerator<Buffer> {
    for (let left = size; left > 0;) {
      const chunk = await this.#next();
      if (!chunk) throw damaged('It ends in the middle.');
      const taken = chunk.subarray(0, left);
      this.#rest = chunk.subarray(taken.length);
      left -= taken.length;
      this.#count(taken.length);
      yield taken;
    }
  }
  async take(size: number): Promise<Buffer> {
    const parts: Buffer[] = [];
    for await (const part of this.part(size)) parts.push(part);
    return Buffer.concat(parts);
  }
  async *rest(): AsyncGenerator<Buffer> {
    for (let chunk = await this.#next(); chunk; chunk = await this.#next()) {
      this.#count(chunk.length);
      yield chunk;
    }
  }
  #count(bytes: number): void {
    this.#left -= bytes;
    if (this.#left < 0) throw tooLarge('There is more in it than its manifest tells of.');
  }
}
