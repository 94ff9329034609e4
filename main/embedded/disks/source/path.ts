import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { rm, stat } from 'node:fs/promises';
import { isAbsolute, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { Base, Bases } from '../base/bases.ts';
import { reflink, requireSpace } from '../files.ts';
import { openReader } from '../inspect/reader.ts';
import { Refusal } from '../refusal.ts';
import type { Ingest } from './ingest.ts';
import { SparseFile } from './sparse.ts';

export interface PathImport {
  path: string;
  mode: 'in-place' | 'copy';
  work: string;
  limit?: number;
  signal: AbortSignal;
  hold: (id: string) => void;
  progress: (done: number) => void;
}

/** A file of this computer becomes a base: used where it lies, or copied. The user's file is only ever read. */
export async function importPath(options: PathImport, bases: Bases, ingest: Ingest): Promise<Base> {
  if (!isAbsolute(options.path))
    throw new Refusal(
      'NotAbsolute',
      `Give the whole path of the file, from the root on; "${options.path}" is only a part of it.`,
    );
  const reader = await openReader(options.path);
  await reader.close();
  if (options.mode === 'in-place') {
    const base = await inPlace(options, reader, bases, ingest);
    if (base) return base;
    return ingest.run({
      ...options,
      file: options.path,
      owned: false,
      id: await hashFile(options.path, options.signal),
    });
  }
  const copy = join(options.work, 'copy');
  await rm(copy, { force: true });
  const shared = await reflink(options.path, copy);
  if (!shared) await requireSpace(options.work, (await stat(options.path)).blocks * 512, 'The copy');
  const id = shared
    ? await hashFile(copy, options.signal, options.progress)
    : await copyHashing(options, copy, reader.size);
  return ingest.run({ ...options, file: copy, owned: true, id });
}

/** Formats that QEMU can read where they lie without trusting them: raw (ISO too) and plain qcow2. Others are converted. */
async function inPlace(
  options: PathImport,
  file: { size: number; mtimeMs: number },
  bases: Bases,
  ingest: Ingest,
): Promise<Base | undefined> {
  const detected = await ingest.detect(options.path);
  if (detected !== 'raw' && detected !== 'iso' && detected !== 'qcow2') return undefined;
  const inspection = await ingest.examine(options.path, detected, options);
  if (!inspection.plain) return undefined;
  const facts = { path: options.path, size: file.size, mtimeMs: file.mtimeMs };
  const id = `inplace-${createHash('sha256').update(JSON.stringify(facts)).digest('hex')}`;
  options.hold(id);
  return bases.adopt(
    {
      id,
      format: inspection.qemuFormat === 'raw' ? 'raw' : 'qcow2',
      virtualSize: inspection.virtualSize,
      sourceFormat: inspection.format,
      inPlace: facts,
    },
    undefined,
  );
}

async function hashFile(path: string, signal: AbortSignal, progress?: (done: number) => void): Promise<string> {
  const hash = createHash('sha256');
  const size = (await stat(path)).size;
  const input = createReadStream(path, { highWaterMark: 1 << 20 });
  if (progress) input.on('data', () => progress(input.bytesRead / Math.max(1, size)));
  await pipeline(input, hash, { signal });
  return hash.digest('hex');
}

async function copyHashing(options: PathImport, to: string, size: number): Promise<string> {
  const hash = createHash('sha256');
  const file = await SparseFile.open(to);
  try {
    for await (const chunk of createReadStream(options.path, { highWaterMark: 1 << 20, signal: options.signal })) {
      hash.update(chunk as Buffer);
      await file.append(chunk as Buffer);
      options.progress(file.length / Math.max(1, size));
    }
  } catch (error) {
    await file.abandon();
    throw error;
  }
  await file.close();
  return hash.digest('hex');
}
