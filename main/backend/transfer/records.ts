import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { exportMachineSchema, importMachineSchema } from '../../contract/transfer.ts';
import { readJson, writeJson } from '../json-file.ts';
import type { Log } from '../log.ts';

const common = {
  id: z.uuid(),
  at: z.string(),
  target: z.object({ id: z.string(), name: z.string() }),
  file: z.string(),
};
const exportRecord = z.object({
  ...common,
  kind: z.literal('export'),
  input: exportMachineSchema,
  /** Once the machine was read: the manifest as it stands at the beginning of the file. */
  manifest: z.string().optional(),
  /** Finished disks in the order of the file, then the one that is being fetched (no sha256 yet). */
  disks: z.array(z.object({ file: z.string(), at: z.number(), etag: z.string().optional(), size: z.number().optional(), sha256: z.string().optional() })), // prettier-ignore
});
const importRecord = z.object({ ...common, kind: z.literal('import'), input: importMachineSchema });
const recordSchema = z.discriminatedUnion('kind', [exportRecord, importRecord]);
export type ExportRecord = z.infer<typeof exportRecord>;
export type ImportRecord = z.infer<typeof importRecord>;
export type TransferRecord = z.infer<typeof recordSchema>;

/** What is under way, in DATA/transfers: one small file each, written before each step, gone at the end. */
export class Records {
  readonly #folder: string;
  readonly #log: Log;
  constructor(folder: string, log: Log) {
    this.#folder = folder;
    this.#log = log;
  }
  #path(id: string): string {
    return join(this.#folder, `${id}.json`);
  }
  put(record: TransferRecord): Promise<void> {
    return writeJson(this.#path(record.id), record);
  }
  get(id: string): Promise<TransferRecord | undefined> {
    return readJson(this.#path(id), recordSchema, this.#log);
  }
  remove(id: string): Promise<void> {
    return rm(this.#path(id), { force: true });
  }
  async all(): Promise<TransferRecord[]> {
    const names = (await readdir(this.#folder)).filter((name) => /^[0-9a-f-]{36}\.json$/.test(name));
    const found = await Promise.all(names.map((name) => this.get(name.slice(0, -5))));
    return found.filter((each) => each !== undefined).sort((a, b) => a.at.localeCompare(b.at));
  }
}
