import { createHash, randomBytes } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { lstat, mkdir, readdir, readFile, readlink, rename, rm, stat, utimes } from 'node:fs/promises';
import { homedir } from 'node:os';
import { basename, join } from 'node:path';

/** Results of expensive steps, by what they were made of. */
export interface BuildCache {
  folder: string;
  /**
   * The path made of `parts`: kept from before, or made by `make` into the path it is given (file or folder) and then kept.
   * Of each kind the two that were used last stay.
   */
  keep(
    kind: string,
    parts: readonly string[],
    make: (path: string) => Promise<void>,
    fresh?: boolean,
  ): Promise<{ path: string; kept: boolean; key: string }>;
}

export const defaultCacheFolder = (env: NodeJS.ProcessEnv = process.env): string =>
  join(env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'hearth', 'box-image');

export function buildCache(folder: string): BuildCache {
  return {
    folder,
    async keep(kind, parts, make, fresh = false) {
      const key = digestOf(parts);
      const path = join(folder, `${kind}-${key}`);
      if (!fresh && (await there(path))) {
        const now = new Date();
        await utimes(path, now, now);
        return { path, kept: true, key };
      }
      await mkdir(folder, { recursive: true });
      const aside = join(folder, `making-${process.pid}-${randomBytes(4).toString('hex')}`);
      try {
        await make(aside);
        await rm(path, { recursive: true, force: true });
        await rename(aside, path);
      } finally {
        await rm(aside, { recursive: true, force: true });
      }
      await prune(folder, kind, basename(path));
      return { path, kept: false, key };
    },
  };
}

/** Two builds side by side may use one each; what is older is nobody's. */
async function prune(folder: string, kind: string, just: string): Promise<void> {
  const pattern = new RegExp(`^${kind}-[0-9a-f]{24}$`);
  const found: { name: string; at: number }[] = [];
  for (const name of await readdir(folder))
    if (pattern.test(name) && name !== just) found.push({ name, at: (await stat(join(folder, name))).mtimeMs });
  for (const { name } of found.toSorted((a, b) => b.at - a.at).slice(1))
    await rm(join(folder, name), { recursive: true, force: true });
}

const there = (path: string): Promise<boolean> =>
  lstat(path).then(
    () => true,
    () => false,
  );

export function digestOf(parts: readonly string[]): string {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(`${part.length}\0${part}`);
  return hash.digest('hex').slice(0, 24);
}

/** Digest of everything below a folder: names, kinds, rights to run, contents. */
export async function digestOfFolder(folder: string): Promise<string> {
  const hash = createHash('sha256');
  const entries = await readdir(folder, { withFileTypes: true, recursive: true });
  for (const path of entries.map((entry) => join(entry.parentPath, entry.name)).toSorted()) {
    const found = await lstat(path);
    hash.update(`${path.slice(folder.length)}\0${found.isFile() ? found.mode & 0o111 : ''}\0`);
    if (found.isFile()) hash.update(await readFile(path));
    else if (found.isSymbolicLink()) hash.update(await readlink(path));
  }
  return hash.digest('hex');
}

/** Digest of a file, or of some of its bytes (`end` belongs to them). */
export async function sha256File(
  path: string,
  signal?: AbortSignal,
  range: { start?: number; end?: number } = {},
): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(path, { highWaterMark: 4 * 2 ** 20, ...range, ...(signal && { signal }) }))
    hash.update(chunk as Buffer);
  return hash.digest('hex');
}
