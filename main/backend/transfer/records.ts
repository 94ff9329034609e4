import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { exportMachineSchema, importMachineSchema } from '../../contract/transfer.ts';
import { moveMachineSchema } from '../../contract/transfer-moves.ts';
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
const texts = z.record(z.string(), z.string());
const moveRecord = z.object({
  ...common,
  kind: z.literal('move'),
  input: moveMachineSchema,
  to: z.object({ id: z.string(), name: z.string() }),
  /** out: its file is written; in: it is made there; ending: it is there and whole, what is left is to end it. */
  phase: z.enum(['out', 'in', 'ending']),
  /** How far the file is. */
  out: exportRecord,
  /** The machine as it was read: what it is compared with at the end. `strategy`: how it was to run before it was held. */
  held: z.object({ uid: z.string(), generation: z.number().optional(), strategy: z.string().optional() }).optional(),
  /** Uid of the machine there, once it is whole. */
  made: z.string().optional(),
  /** What stands at the machine beside its manifest. */
  order: z.object({ organised: texts, reserved: texts }),
  ports: z.array(z.object({ guestPort: z.number(), hostPort: z.number().optional(), protocol: z.enum(['TCP', 'UDP']) })),
  /** Names of its disks there. */
  claims: texts,
}); // prettier-ignore
const recordSchema = z.discriminatedUnion('kind', [exportRecord, importRecord, moveRecord]);
export type ExportRecord = z.infer<typeof exportRecord>;
export type ImportRecord = z.infer<typeof importRecord>;
export type MoveRecord = z.infer<typeof moveRecord>;
export type TransferRecord = z.infer<typeof recordSchema>;

/** Where an export notes how far it is. */
export interface Keeper {
  put(record: ExportRecord): Promise<void>;
  remove(id: string): Promise<void>;
}

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
