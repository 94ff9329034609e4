import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { open, rename, rm, stat } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import tar from 'tar-stream';
import { z } from 'zod';
import { ProblemError } from '../../../contract/problem.ts';
import type { Fetched } from './fetcher.ts';

const indexName = 'hearth-bundle.json';
const longestIndex = 2 ** 20;
const indexSchema = z.object({
  version: z.literal(1),
  files: z.array(
    z.object({
      name: z.string().min(1).max(200),
      sha256: z.string().regex(/^[0-9a-f]{64}$/),
      size: z.number().int().min(0),
      pinned: z.boolean(),
    }),
  ),
});
type BundleFile = z.infer<typeof indexSchema>['files'][number];

/** Where each file lies in a bundle. */
export interface BundleIndex {
  readonly size: number;
  readonly files: ReadonlyMap<string, BundleFile & { offset: number }>;
}

/** One tar: first its index with the digests, then the files. Written aside, synced and renamed. */
export async function writeBundle(path: string, files: readonly Fetched[], signal: AbortSignal): Promise<number> {
  const aside = `${path}.part`;
  try {
    const pack = tar.pack();
    const written = pipeline(pack, createWriteStream(aside, { mode: 0o600, flush: true }), { signal });
    const index = {
      version: 1,
      files: files.map(({ name, sha256, size, pinned }) => ({ name, sha256, size, pinned })),
    };
    const work = (async () => {
      pack.entry({ name: indexName, mtime: new Date(0), mode: 0o644 }, JSON.stringify(index));
      for (const { name, path: from, size } of files)
        await pipeline(
          createReadStream(from, { highWaterMark: 2 ** 20 }),
          pack.entry({ name, size, mtime: new Date(0), mode: 0o644 }),
          { signal },
        );
      pack.finalize();
    })();
    await Promise.all([work, written]);
    const { size } = await stat(aside);
    await rename(aside, path);
    return size;
  } catch (error) {
    await rm(aside, { force: true });
    signal.throwIfAborted();
    if ((error as NodeJS.ErrnoException).code === 'ENOSPC')
      throw new ProblemError(
        { code: 'disk-full', title: 'The disk is full', detail: `The bundle did not fit: ${path}.` },
        { cause: error },
      );
    throw error;
  }
}

/** Reads where the files of a bundle lie, by its headers alone. Throws the Problem `bundle-unreadable`. */
export async function readBundle(path: string): Promise<BundleIndex> {
  const bad = (detail: string, cause?: unknown): ProblemError =>
    new ProblemError(
      {
        code: 'bundle-unreadable',
        title: 'This is no offline bundle',
        detail: `${path}: ${detail}`,
        fix: 'Make one on a connected computer with `hearth bundle FILE`, and copy it whole.',
      },
      { cause },
    );
  const file = await open(path, 'r').catch((error: unknown) => {
    throw bad(error instanceof Error ? error.message : String(error), error);
  });
  try {
    const { size: whole } = await file.stat();
    const places = new Map<string, { offset: number; size: number }>();
    const head = Buffer.alloc(512);
    for (let at = 0; at + 512 <= whole;) {
      await file.read(head, 0, 512, at);
      if (head.every((byte) => byte === 0)) break;
      const header = readHeader(head);
      if (!header) throw bad('it is damaged, or another kind of file.');
      places.set(header.name, { offset: at + 512, size: header.size });
      at += 512 + Math.ceil(header.size / 512) * 512;
    }
    const index = places.get(indexName);
    if (!index || index.size > longestIndex) throw bad('it has no list of its files.');
    const text = Buffer.alloc(index.size);
    await file.read(text, 0, index.size, index.offset);
    const checked = indexSchema.safeParse(JSON.parse(text.toString('utf8')));
    if (!checked.success) throw bad(z.prettifyError(checked.error));
    const files = new Map<string, BundleFile & { offset: number }>();
    for (const entry of checked.data.files) {
      const place = places.get(entry.name);
      // A copy that broke off lacks its end: what is not there whole is missing.
      if (place && place.size === entry.size && place.offset + place.size <= whole)
        files.set(entry.name, { ...entry, offset: place.offset });
    }
    return { size: whole, files };
  } catch (error) {
    if (error instanceof SyntaxError) throw bad(error.message, error);
    throw error;
  } finally {
    await file.close();
  }
}

/** ustar: name and prefix, octal size, checksum (POSIX.1-1988); only plain files are in our bundles. */
function readHeader(head: Buffer): { name: string; size: number } | undefined {
  const text = (from: number, to: number): string => head.toString('utf8', from, to).replace(/\0[\s\S]*$/, '');
  const sum = Number.parseInt(text(148, 156).trim(), 8);
  const is = head.reduce((total, byte, at) => total + (at >= 148 && at < 156 ? 32 : byte), 0);
  if (sum !== is) return undefined;
  const prefix = text(345, 500);
  const first = head[124] ?? 0;
  // GNU and tar-stream write sizes over 8 GiB in base 256.
  const size = first >= 0x80 ? Number(head.readBigUInt64BE(128)) : Number.parseInt(text(124, 136).trim() || '0', 8);
  if (!Number.isSafeInteger(size) || size < 0) return undefined;
  return { name: prefix ? `${prefix}/${text(0, 100)}` : text(0, 100), size };
}

/** Copies one file of a bundle out. */
export async function extract(
  path: string,
  entry: { offset: number; size: number },
  to: string,
  signal: AbortSignal,
): Promise<void> {
  const into = createWriteStream(to, { mode: 0o600, flush: true });
  if (entry.size === 0) {
    into.end();
    return;
  }
  const from = createReadStream(path, {
    start: entry.offset,
    end: entry.offset + entry.size - 1,
    highWaterMark: 2 ** 20,
  });
  await pipeline(from, into, { signal });
}

/** SHA-256 of one file inside a bundle, lower-case hex. */
export async function digestOfPart(
  path: string,
  entry: { offset: number; size: number },
  signal: AbortSignal,
): Promise<string> {
  const hash = createHash('sha256');
  if (entry.size > 0)
    for await (const chunk of createReadStream(path, {
      start: entry.offset,
      end: entry.offset + entry.size - 1,
      highWaterMark: 2 ** 20,
      signal,
    }))
      hash.update(chunk as Uint8Array);
  return hash.digest('hex');
}
