import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { copyFile, mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { signedInfo } from './feed.ts';
import type { UpdateInfo } from './feed.ts';

/** An installer that was downloaded, with the list that vouched for it: what is needed to go back to it without a network. */
export interface Kept {
  readonly info: UpdateInfo;
  /** Its file. */
  readonly path: string;
  readonly sha512: string;
  /** Folder where the updater looks for what it has downloaded already. */
  readonly pending: string;
}

const recordName = 'installer.json';
/** This version and the one before: to go back one step. */
const most = 2;

/** Keeps a copy of a downloaded installer, one folder a version; all but the newest two go. */
export async function keep(
  folder: string,
  { file, pending, statement, info }: { file: string; pending: string; statement: string; info: UpdateInfo },
): Promise<void> {
  const sha512 = await sha512Of(file);
  const target = join(folder, nameOf(info.version));
  const made = `${target}.new`;
  await rm(made, { recursive: true, force: true });
  await mkdir(made, { recursive: true, mode: 0o700 });
  await copyFile(file, join(made, basename(file)));
  const record = { file: basename(file), sha512, pending, statement, at: Date.now() };
  await writeFile(join(made, recordName), JSON.stringify(record), { mode: 0o600 });
  await rm(target, { recursive: true, force: true });
  await rename(made, target);
  const all = await records(folder);
  for (const old of all.slice(0, -most)) await rm(join(folder, old.name), { recursive: true, force: true });
} // prettier-ignore

/** Versions that can be gone back to, the newest first; without the one that runs. Only names are read. */
export async function keptVersions(folder: string, running: string): Promise<string[]> {
  const all = await records(folder);
  return all.map(({ name }) => name).filter((name) => name !== nameOf(running)).toReversed(); // prettier-ignore
}

/**
 * A kept installer, checked anew: the signature over its list, and its bytes against that list. Throws NotSigned, or an Error
 * that says what is wrong with it.
 */
export async function keptInstaller(folder: string, version: string, keys: readonly string[]): Promise<Kept> {
  const home = join(folder, nameOf(version));
  const record = JSON.parse(await readFile(join(home, recordName), 'utf8')) as Record<string, string>;
  const { file = '', sha512 = '', pending = '', statement = '' } = record;
  const info = signedInfo(statement, keys);
  const path = join(home, basename(file));
  const found = await sha512Of(path);
  if (info.version !== version || found !== sha512 || !info.files.some((each) => each.sha512 === found))
    throw new Error(`The kept installer of ${version} was changed or damaged.`);
  return { info, path, sha512, pending };
}

/** A version as the name of a folder; throws for what is none. */
function nameOf(version: string): string {
  if (!/^\d+\.\d+\.\d+(-[0-9A-Za-z.]+)?$/.test(version)) throw new Error(`${version} is no version`);
  return version;
}

/** Oldest first. Folders without a record are leavings of a copy that was cut off. */
async function records(folder: string): Promise<{ name: string; at: number }[]> {
  const names = await readdir(folder).catch(() => [] as string[]); // nothing was kept yet
  const found: { name: string; at: number }[] = [];
  for (const name of names.filter((each) => /^\d/.test(each) && !each.endsWith('.new'))) {
    const text = await readFile(join(folder, name, recordName), 'utf8').catch(() => undefined);
    if (text !== undefined) found.push({ name, at: Number((JSON.parse(text) as { at?: number }).at ?? 0) });
  }
  return found.toSorted((a, b) => a.at - b.at);
}

async function sha512Of(path: string): Promise<string> {
  const hash = createHash('sha512');
  await pipeline(createReadStream(path), hash);
  return hash.digest('base64');
}
