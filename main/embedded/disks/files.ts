import { randomUUID } from 'node:crypto';
import * as fs from 'node:fs';
import { chmod, copyFile, open, readFile, rename, rm, stat, statfs, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { errnoOf, Refusal } from './refusal.ts';
import { readable } from '../kube/quantity.ts';

/** Writes a small file so that a reader sees the old or the new one, never half of it (0600). */
export async function writeAtomic(path: string, data: string | Uint8Array): Promise<void> {
  const temporary = `${path}.${randomUUID().slice(0, 8)}.tmp`;
  try {
    await writeFile(temporary, data, { mode: 0o600, flush: true });
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}

/** A JSON file with an object, or undefined where there is none. Throws Refusal (RecordDamaged) on anything else. */
export async function readJson<T extends object>(path: string): Promise<T | undefined> {
  try {
    const value = JSON.parse(await readFile(path, 'utf8')) as T | null;
    if (typeof value === 'object' && value !== null) return value;
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return undefined;
    if (!(error instanceof SyntaxError)) throw error;
  }
  throw new Refusal('RecordDamaged', `The file ${path} is damaged. Restore it from a backup: the data is kept.`);
}

/** Whether something is there. */
export async function exists(path: string): Promise<boolean> {
  return (await sizeOf(path)) !== undefined;
}

/** Bytes of a file as its reader sees them, and as they lie on the disk; undefined where there is none. */
export async function sizeOf(path: string): Promise<{ size: number; allocated: number } | undefined> {
  try {
    const found = await stat(path);
    return { size: found.size, allocated: found.blocks * 512 };
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return undefined;
    throw error;
  }
}

/** Copies a file sharing its blocks where the file system can (btrfs, XFS, APFS, ...). False where it cannot. */
export async function reflink(from: string, to: string): Promise<boolean> {
  try {
    await copyFile(from, to, fs.constants.COPYFILE_FICLONE_FORCE | fs.constants.COPYFILE_EXCL);
    await chmod(to, 0o600);
    return true;
  } catch (error) {
    if (errnoOf(error) === 'EEXIST') throw error;
    await rm(to, { force: true });
    return false;
  }
}

/** Waits until a file's data is on the disk, then until its name is. */
export async function settle(path: string): Promise<void> {
  for (const target of [path, dirname(path)]) {
    const handle = await open(target, 'r');
    try {
      await handle.sync();
    } catch (error) {
      // Folders cannot be synced everywhere (Windows); their files were.
      if (target === path) throw error;
    } finally {
      await handle.close();
    }
  }
}

/** Throws NotEnoughSpace with figures when fewer than `needed` bytes (plus a reserve) are free where `folder` lies. */
export async function requireSpace(folder: string, needed: number, what: string): Promise<void> {
  const free = await freeSpace(folder);
  const reserve = 64 * 2 ** 20;
  if (needed + reserve <= free) return;
  throw new Refusal(
    'NotEnoughSpace',
    `${what} needs ${readable(needed)}, but only ${readable(Math.max(0, free - reserve))} can be used where Hearth keeps its disks (${folder}). Free ${readable(needed + reserve - free)} or move the data folder to a bigger disk.`,
  );
}

/** Bytes this user may still write. */
export async function freeSpace(folder: string): Promise<number> {
  const facts = await statfs(folder);
  return facts.bavail * facts.bsize;
}
