import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { open, readFile, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { z } from 'zod';
import { ProblemError } from '../../../contract/problem.ts';

/** FAT holds files below 4 GiB; parts of 1 GiB also keep a failing one small. */
export const partSize = 2 ** 30;
export const bundleIndexName = 'bundle.json';
const indexSchema = z.strictObject({
  version: z.literal(1),
  size: z.number().int().positive(),
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
  parts: z.array(z.strictObject({ name: z.string().regex(/^part-\d{3}$/), size: z.number().int().positive() })).max(500),
}); // prettier-ignore
export type BundleParts = z.infer<typeof indexSchema>;

/** How a bundle lies on a medium: which bytes make which part. Reads it once for its digest. */
export async function planParts(path: string, signal: AbortSignal, each = partSize): Promise<BundleParts> {
  const { size } = await stat(path);
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(path, { highWaterMark: 4 * 2 ** 20, signal })) hash.update(chunk as Buffer);
  const parts = Array.from({ length: Math.ceil(size / each) }, (_, index) => ({
    name: `part-${String(index).padStart(3, '0')}`,
    size: Math.min(each, size - index * each),
  }));
  return { version: 1, size, sha256: hash.digest('hex'), parts };
} // prettier-ignore

/** What the folder of a medium holds; undefined when there is no bundle on it. */
export async function bundleOnMedium(folder: string): Promise<BundleParts | undefined> {
  const text = await readFile(join(folder, bundleIndexName), 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
  return text === undefined ? undefined : indexSchema.parse(JSON.parse(text));
}

/**
 * Puts the parts together again as the file `hearth bundle` made. Nothing stands at `to` until all is there and its digest fits.
 * Throws `bundle-damaged`; `disk-full` errors come as they are.
 */
export async function joinBundle(
  folder: string,
  to: string,
  { signal, onProgress }: { signal: AbortSignal; onProgress?: (done: number, total: number) => void },
): Promise<void> {
  const index = await bundleOnMedium(folder);
  if (!index) throw damaged('There is none on it.');
  const aside = `${to}.part`;
  const hash = createHash('sha256');
  let done = 0;
  async function* bytes(): AsyncGenerator<Buffer> {
    for (const { name, size } of index?.parts ?? []) {
      let read = 0;
      for await (const chunk of createReadStream(join(folder, name), { highWaterMark: 2 ** 20 })) {
        const piece = chunk as Buffer;
        hash.update(piece);
        read += piece.length;
        done += piece.length;
        onProgress?.(done, index?.size ?? done);
        yield piece;
      }
      if (read !== size) throw damaged(`${name} has ${read} bytes instead of ${size}.`);
    }
  }
  try {
    await pipeline(bytes, createWriteStream(aside, { mode: 0o600 }), { signal });
    if (hash.digest('hex') !== index.sha256) throw damaged('Its content is another one.');
    const file = await open(aside, 'r');
    try {
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(aside, to);
  } catch (error) {
    await rm(aside, { force: true });
    throw error;
  }
}

const damaged = (detail: string): ProblemError =>
  new ProblemError({
    code: 'bundle-damaged',
    title: 'The offline bundle on the stick is damaged',
    detail,
    cause: 'The stick lost some of it.',
    fix: 'Write the stick again; the box can also fetch everything from the internet.',
  });
