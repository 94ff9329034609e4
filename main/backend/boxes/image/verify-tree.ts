import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { ProblemError } from '../../../contract/problem.ts';
import { manifestLimit, mediumPaths } from '../../../contract/box/manifest.ts';
import type { BoxManifest } from '../../../contract/box/manifest.ts';
import type { TrustedKey } from './keys.ts';
import { openManifest } from './manifest.ts';

/** The files of a medium, however they are read: a mounted folder, or the FAT inside an image. Paths without a slash first. */
export interface MediumFiles {
  /** Size in bytes; undefined when there is no such file. */
  size: (path: string) => Promise<number | undefined>;
  /** The whole file, in any portions. */
  read: (path: string) => AsyncIterable<Uint8Array>;
  /** Every file below `folder`, at any depth; empty when there is none. */
  list: (folder: string) => Promise<string[]>;
}

/** A mounted medium, or its files in a folder. */
export const folderFiles = (root: string): MediumFiles => ({
  async size(path) {
    const found = await stat(join(root, path)).catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return undefined;
      throw error;
    });
    return found?.isFile() ? found.size : undefined;
  },
  read: (path) => createReadStream(join(root, path), { highWaterMark: 2 ** 20 }),
  async list(folder) {
    const entries = await readdir(join(root, folder), { withFileTypes: true, recursive: true }).catch(
      (error: NodeJS.ErrnoException) => {
        if (error.code === 'ENOENT') return [];
        throw error;
      },
    );
    return entries
      .filter((entry) => !entry.isDirectory())
      .map((entry) => join(entry.parentPath, entry.name).slice(join(root, '/').length));
  },
});

export interface VerifyOptions {
  signal?: AbortSignal;
  /** Bytes read so far, of how many. */
  onProgress?: (done: number, total: number) => void;
  /** Files below these are not looked at (the bundle, where only the system matters). */
  except?: readonly string[];
}
export interface VerifiedTree {
  manifest: BoxManifest;
  signedBy: string;
  /** Exact bytes, for whoever keeps a copy. */
  text: Buffer;
  signature: Buffer;
}

/** Folders from which a computer starts, or which the box reads: nothing may lie there that is not in the manifest. */
const guarded = ['EFI', 'boot', 'hearth', '.disk'];
const unlisted = new Set<string>([
  mediumPaths.manifest,
  mediumPaths.signature,
  mediumPaths.settings,
  mediumPaths.bootenv,
]);

/** Reads the manifest of a medium and checks its signature. Throws `image-missing` and what `openManifest` throws. */
export async function readMediumManifest(files: MediumFiles, keys: readonly TrustedKey[]): Promise<VerifiedTree> {
  const text = await small(files, mediumPaths.manifest);
  const signature = await small(files, mediumPaths.signature);
  return { ...openManifest(text, signature, keys), text, signature };
}

/**
 * Reads a whole medium against its signed manifest. Throws the Problems of `readMediumManifest` and `image-damaged`, which
 * names the first file that is missing, of another size, of other content, or too many.
 */
export async function verifyTree(
  files: MediumFiles,
  keys: readonly TrustedKey[],
  { signal, onProgress, except = [] }: VerifyOptions = {},
): Promise<VerifiedTree> {
  const tree = await readMediumManifest(files, keys);
  const listed = new Set(tree.manifest.files.map(({ path }) => path.toLowerCase()));
  for (const folder of guarded)
    for (const path of await files.list(folder))
      if (!listed.has(path.toLowerCase()) && !unlisted.has(path.toLowerCase()))
        throw damaged(path, 'It does not belong to this image.');
  const wanted = tree.manifest.files.filter(({ path }) => !except.some((folder) => path.startsWith(`${folder}/`)));
  const total = wanted.reduce((sum, { size }) => sum + size, 0);
  let done = 0;
  for (const { path, size, sha256 } of wanted) {
    const there = await files.size(path);
    if (there === undefined) throw damaged(path, 'It is missing.');
    if (there !== size) throw damaged(path, `It has ${there} bytes instead of ${size}.`);
    const hash = createHash('sha256');
    for await (const chunk of reading(files, path)) {
      signal?.throwIfAborted();
      hash.update(chunk);
      done += chunk.length;
      onProgress?.(done, total);
    }
    if (hash.digest('hex') !== sha256) throw damaged(path, 'Its content is not the one that was signed.');
  }
  return tree;
}

/** Reading fails on a dying drive: that is damage, too. */
async function* reading(files: MediumFiles, path: string): AsyncIterable<Uint8Array> {
  try {
    yield* files.read(path);
  } catch (error) {
    if (error instanceof ProblemError || (error as Error).name === 'AbortError') throw error;
    throw damaged(path, `It cannot be read: ${error instanceof Error ? error.message : String(error)}`, error);
  }
}

async function small(files: MediumFiles, path: string): Promise<Buffer> {
  const size = await files.size(path);
  if (size === undefined)
    throw new ProblemError({
      code: 'image-missing',
      title: 'This is not a stick of Hearth',
      detail: `There is no ${path} on it.`,
      cause: 'It was never written, or something else was written over it.',
      fix: 'Write the stick again.',
    });
  if (size > manifestLimit) throw damaged(path, `It has ${size} bytes.`);
  const chunks: Uint8Array[] = [];
  for await (const chunk of reading(files, path)) chunks.push(chunk);
  return Buffer.concat(chunks);
}

const damaged = (path: string, what: string, cause?: unknown): ProblemError =>
  new ProblemError(
    {
      code: 'image-damaged',
      title: 'This image is damaged',
      detail: `${path}: ${what}`,
      cause: 'The stick or the copy is bad, it was pulled out while it was written, or somebody changed it.',
      fix: 'Write the stick again; if it happens again, use another stick.',
    },
    { cause },
  );
