import { mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import type { KubeObject } from '../../../contract/kube.ts';
import { readJson, writeFileAtomic } from '../../json-file.ts';
import type { Log } from '../../log.ts';

const texts = z.record(z.string(), z.string());
const machineSchema = z.object({
  name: z.string(),
  /** Of the machine that it was: one of the same name and another uid was made later. */
  uid: z.string(),
  /** Its VirtualMachineSnapshot. */
  snapshot: z.string(),
  state: z.enum(['off', 'running', 'paused']),
  /** Bytes of memory that are kept; absent: it starts from its disks. */
  memory: z.number().optional(),
  /** `spec.runStrategy`, or the `spec.running` of old. */
  strategy: z.object({ runStrategy: z.string().optional(), running: z.boolean().optional() }),
  labels: texts,
  annotations: texts,
  /** What its guest knew itself by, where the target chose it: by the name of the interface. */
  macs: texts,
  firmware: z.string().optional(),
});
export type MachineRecord = z.output<typeof machineSchema>;

/** An object of which only that it was there counts: it cannot be made again from what it says. */
const presenceSchema = z.object({
  group: z.string(),
  kind: z.string(),
  name: z.string(),
  uid: z.string(),
  /** A disk of a machine: its data is in that machine's snapshot, and comes back under another name. */
  used: z.boolean().optional(),
});
export type Presence = z.output<typeof presenceSchema>;

const recordSchema = z.object({
  version: z.literal(1),
  id: z.string(),
  step: z.string(),
  /** Counts up: what has a higher one was taken later. */
  order: z.number().int(),
  at: z.string(),
  seconds: z.number(),
  /** Of memory and disks, as far as the target tells. */
  bytes: z.number(),
  /** What of the lab is not in it, in words. */
  notes: z.array(z.string()),
  machines: z.array(machineSchema),
  /** group/Kind of all that was looked at. */
  kinds: z.array(z.string()),
  objects: z.array(z.custom<KubeObject>((value) => typeof value === 'object' && value !== null)),
  present: z.array(presenceSchema),
});
/** Everything of a checkpoint but what the target keeps of it: disks and memory are in its snapshots. */
export type CheckpointRecord = z.output<typeof recordSchema>;

/** The checkpoints of one run of a lab, one file each: with its file a checkpoint begins and ends to be. */
export interface Records {
  /** In the order they were taken. */
  list(): Promise<CheckpointRecord[]>;
  put(record: CheckpointRecord): Promise<void>;
  remove(id: string): Promise<void>;
  clear(): Promise<void>;
}

/** `folder`: of one lab on one target. The files hold Secrets: nobody else may read them. */
export function openRecords(folder: string, log: Log): Records {
  const fileOf = (id: string): string => join(folder, `${id}.json`);
  const names = async (): Promise<string[]> => {
    try {
      return (await readdir(folder)).filter((name) => name.endsWith('.json'));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
      throw error;
    }
  };
  return {
    async list() {
      const all = await Promise.all((await names()).map((name) => readJson(join(folder, name), recordSchema, log)));
      return all.filter((each) => each !== undefined).sort((a, b) => a.order - b.order);
    },
    async put(record) {
      await mkdir(folder, { recursive: true, mode: 0o700 });
      await writeFileAtomic(fileOf(record.id), JSON.stringify(record));
    },
    remove: (id) => rm(fileOf(id), { force: true }),
    clear: () => rm(folder, { recursive: true, force: true }),
  };
}
