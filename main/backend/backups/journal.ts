import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { restorePointSchema } from '../../contract/backups.ts';
import { readJson, writeJson } from '../json-file.ts';
import type { Log } from '../log.ts';
import { privateFolder } from '../paths.ts';

const common = { id: z.uuid(), target: z.string(), at: z.string() };
const entrySchema = z.discriminatedUnion('kind', [
  /** A machine is being kept: the target holds an export, and a snapshot where it runs, under this id. */
  z.object({ ...common, kind: z.literal('take'), namespace: z.string(), name: z.string() }),
  /** A machine is being made of a point: it goes on with the same id. */
  z.object({ ...common, kind: z.literal('restore'), input: restorePointSchema }),
]);
export type Entry = z.infer<typeof entrySchema>;

/** What is under way on a target, in DATA/backups/journal: written before it begins there, gone when nothing is left of it. */
export interface Journal {
  put(entry: Entry): Promise<void>;
  remove(id: string): Promise<void>;
  /** What a killed Hearth left, the oldest first. */
  all(): Promise<Entry[]>;
}

export async function openJournal(folder: string, log: Log): Promise<Journal> {
  await privateFolder(folder);
  const path = (id: string): string => join(folder, `${id}.json`);
  return {
    put: (entry) => writeJson(path(entry.id), entry),
    remove: (id) => rm(path(id), { force: true }),
    async all() {
      const names = (await readdir(folder)).filter((name) => /^[0-9a-f-]{36}\.json$/.test(name));
      const found = await Promise.all(names.map((name) => readJson(join(folder, name), entrySchema, log)));
      return found.filter((each) => each !== undefined).sort((a, b) => a.at.localeCompare(b.at));
    },
  };
}
