import { mkdir, rename, rm, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import type { Download } from '../../../../provisioning/plan.ts';
import { ProblemError } from '../../../contract/problem.ts';
import { readJson, writeJson } from '../../json-file.ts';
import type { Log } from '../../log.ts';
import type { Fetched } from './fetcher.ts';
import { sizeOf } from './transfer.ts';

const recordSchema = z.object({
  /** Address, or bundle, it came from. */
  from: z.string(),
  sha256: z.string(),
  size: z.number(),
  pinned: z.boolean(),
  at: z.string(),
});
type FetchRecord = z.infer<typeof recordSchema>;
const digestsSchema = z.record(z.string(), z.object({ sha256: z.string(), at: z.string(), by: z.string() }));

/** Files that were fetched and checked, and the digests recorded on first use, in one folder. */
export interface Store {
  path(name: string): string;
  part(name: string): string;
  work(name: string): string;
  lock(name: string): string;
  /** The checked file, if it is here and what `download` pins. */
  find(download: Download): Promise<Fetched | undefined>;
  /** The same, and marks it as handed out now, so that nobody takes it away while it is read. */
  use(download: Download): Promise<Fetched | undefined>;
  /** Makes a part the file. */
  keep(name: string, part: string, record: Omit<FetchRecord, 'at' | 'size'>): Promise<Fetched>;
  /** The digest of an address as it was on first use. */
  known(url: string): Promise<string | undefined>;
  /** Records it; another one than before is refused by the Problem `digest-changed`. */
  remember(url: string, sha256: string, by: string): Promise<void>;
}

export function openStore(folder: string, log: Log): Store {
  const safe = (name: string): string => {
    if (!/^[A-Za-z0-9][A-Za-z0-9.+_-]{0,150}$/.test(name)) throw new Error(`no name for a file: ${name}`);
    return join(folder, name);
  };
  const digests = join(folder, 'digests.json');
  let writing: Promise<unknown> = Promise.resolve();
  const read = async () => (await readJson(digests, digestsSchema, log)) ?? {};
  const store: Store = {
    path: safe,
    part: (name) => `${safe(name)}.part`,
    work: (name) => `${safe(name)}.layers`,
    lock: (name) => `${safe(name)}.lock`,
    async find({ name, sha256, url }) {
      const record = await readJson(`${safe(name)}.json`, recordSchema, log);
      if (!record || (await sizeOf(safe(name))) !== record.size) return undefined;
      if (sha256 !== undefined && sha256 !== record.sha256) return undefined;
      // Without a digest the name alone says little: a file of another address is another file. A bundle names no address.
      if (sha256 === undefined && record.from !== url && /^https?:/.test(record.from)) return undefined;
      return { name, path: safe(name), sha256: record.sha256, size: record.size, pinned: sha256 !== undefined };
    },
    async use(download) {
      const found = await store.find(download);
      if (!found) return undefined;
      try {
        const now = new Date();
        await utimes(`${safe(download.name)}.json`, now, now);
        return found;
      } catch (error) {
        // It was taken away just now: it is fetched anew.
        if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
        throw error;
      }
    },
    async keep(name, part, record) {
      const size = await sizeOf(part);
      await rm(`${safe(name)}.json`, { force: true });
      await rename(part, safe(name));
      await writeJson(`${safe(name)}.json`, { ...record, size, at: new Date().toISOString() });
      return { name, path: safe(name), sha256: record.sha256, size, pinned: record.pinned };
    },
    known: async (url) => (await read())[url]?.sha256,
    remember(url, sha256, by) {
      const record = async (before: Promise<unknown>): Promise<void> => {
        await before;
        const all = await read();
        const known = all[url];
        if (known?.sha256 === sha256) return;
        if (known) throw changed(url, known.sha256, sha256, known.at);
        await mkdir(folder, { recursive: true, mode: 0o700 });
        await writeJson(digests, { ...all, [url]: { sha256, at: new Date().toISOString(), by } });
      };
      const next = record(writing);
      writing = next.catch(() => undefined); // whoever asked has the error
      return next;
    },
  };
  return store;
}

const changed = (url: string, before: string, now: string, at: string): ProblemError =>
  new ProblemError({
    code: 'digest-changed',
    title: 'A published file is not what it was',
    detail: `${url} had the SHA-256 ${before} on ${at.slice(0, 10)} and has ${now} now.`,
    cause: 'Releases do not change. Somebody replaced the file, or stands between you and the publisher.',
    fix: 'Do not install it. Ask the publisher, or take the files from another line or an offline bundle.',
  });
