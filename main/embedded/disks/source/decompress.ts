import { spawn } from 'node:child_process';
import { Duplex } from 'node:stream';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import type { Compression } from '../inspect/detect.ts';
import { freeSpace } from '../files.ts';
import { readable } from '../../kube/quantity.ts';
import { errnoOf, Refusal, textOf } from '../refusal.ts';
import { limited } from '../tools/run.ts';
import { unzstd } from './zstd.ts';
import { SparseFile, sparseSink } from './sparse.ts';

const programs = { xz: ['xz', '-dc', '-T1'], bz2: ['bzip2', '-dc'] } as const;
const names = { xz: 'xz', gz: 'gzip', zst: 'zstd', bz2: 'bzip2' } as const;
/** Real disks shrink by up to some dozens; empty ones further, but then they are small. */
const bomb = { ratio: 200, from: 512 * 2 ** 20, growth: 1000 };

export interface DecompressOptions {
  kind: Compression;
  to: string;
  folder: string;
  /** Bytes of output allowed. */
  limit: number;
  /** Bytes of input, where known. */
  total?: number;
  signal: AbortSignal;
  /** Bytes of input taken so far. */
  progress?: (taken: number) => void;
}

/** Unpacks a stream into a sparse file, refusing bombs while they unfold. Returns the bytes of output. */
export async function decompress(input: Readable, options: DecompressOptions): Promise<number> {
  const file = await SparseFile.open(options.to);
  const free = await freeSpace(options.folder);
  let taken = 0;
  const counted = async function* (source: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
    for await (const chunk of source) {
      taken += chunk.length;
      options.progress?.(taken);
      yield chunk;
    }
  };
  const allow = (length: number): void => {
    if (length > options.limit) throw tooBig(options.limit);
    const factor = options.total ? length / options.total : length / Math.max(1, taken);
    if (length > bomb.from && factor > (options.total ? bomb.ratio : bomb.growth))
      throw compressionBomb(options, length);
    if (file.written + 128 * 2 ** 20 > free)
      throw new Refusal(
        'NotEnoughSpace',
        `The unpacked image has more than ${readable(file.written)} of data, and the disk of this computer (${options.folder}) has no more room. Free some space and try again.`,
      );
  };
  try {
    const sink = sparseSink(file, allow);
    if (options.kind === 'zst') await pipeline(input, counted, unzstd, sink, { signal: options.signal });
    else await pipeline(input, counted, unpacker(options.kind), sink, { signal: options.signal });
    await file.close();
    return file.length;
  } catch (error) {
    await file.abandon();
    options.signal.throwIfAborted();
    if (error instanceof Refusal || errnoOf(error) === 'ENOSPC') throw error;
    throw new Refusal(
      'CorruptArchive',
      `The ${names[options.kind]} file is damaged or cut short (${textOf(error)}). Download or copy it again.`,
      { cause: error },
    );
  }
}

const unpacker = (kind: 'gz' | 'xz' | 'bz2'): Duplex =>
  kind === 'gz' ? createGunzip({ chunkSize: 1 << 18 }) : programDuplex(programs[kind]);

/** A filter program (xz, bzip2) as a stream: limits on memory, killed with its stream, a bad end is an error of the stream. */
function programDuplex(argv: readonly [string, ...string[]]): Duplex {
  const [program = '', ...rest] = limited(argv, { memory: 512 * 2 ** 20 });
  const child = spawn(program, rest, {
    stdio: ['pipe', 'pipe', 'pipe'],
    env: { PATH: process.env['PATH'] ?? '/usr/bin:/bin', LC_ALL: 'C' },
  });
  let stderr = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    if (stderr.length < 4096) stderr += text;
  });
  const ended = new Promise<void>((resolve, reject) => {
    child.once('error', () => reject(missing(argv[0])));
    child.once('close', (code) => {
      if (code === 0) resolve();
      else
        reject(
          code === 127
            ? missing(argv[0])
            : new Error(stderr.trim().split('\n')[0] || `${argv[0]} ended with code ${code}`),
        );
    });
  });
  // A broken pipe only says that the program ended, which `ended` explains.
  child.stdin.on('error', () => child.stdin.destroy());
  const output = async function* (): AsyncGenerator<Buffer> {
    for await (const chunk of child.stdout) yield chunk as Buffer;
    await ended;
  };
  const stream = Duplex.from({ writable: child.stdin, readable: output() });
  stream.once('close', () => child.kill('SIGKILL'));
  ended.catch((error: unknown) => stream.destroy(error as Error));
  return stream;
}

const missing = (program: string): Refusal =>
  new Refusal(
    'ProgramMissing',
    `Unpacking this image needs the program ${program}, which is not installed on this computer. Install it (on Debian and Ubuntu: the package ${program === 'xz' ? 'xz-utils' : program}) and try again.`,
  );
const tooBig = (limit: number): Refusal =>
  new Refusal(
    'VirtualSizeTooLarge',
    `The unpacked image is bigger than ${readable(limit)}, the most that is allowed here. Ask for a bigger disk, or get the image from a source you trust.`,
  );
const compressionBomb = (options: DecompressOptions, length: number): Refusal =>
  new Refusal(
    'CompressionBomb',
    `The file unpacks to more than ${readable(length)}${options.total ? ` from only ${readable(options.total)}` : ''}, far more than a real disk would: it may be made to fill this computer's disk. If you trust it, unpack it yourself and import the result.`,
  );
