import { createHash } from 'node:crypto';
import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { applianceSettingsSchema, rungStateSchema } from '../../contract/appliance.ts';
import type { Place as PlaceChoice } from '../../contract/appliance.ts';
import { ProblemError } from '../../contract/problem.ts';
import { readJson, writeJson } from '../json-file.ts';
import type { Log } from '../log.ts';
import { privateFolder } from '../paths.ts';

/** Where an appliance is, without its secrets: those are asked for again where they are needed. */
const keptPlaceSchema = z.discriminatedUnion('type', [
  z.object({ type: z.literal('local') }),
  z.object({
    type: z.literal('ssh'),
    host: z.string(),
    port: z.number().int(),
    user: z.string(),
    hostKey: z.string().optional(),
    auth: z.discriminatedUnion('by', [
      z.object({ by: z.literal('agent') }),
      z.object({ by: z.literal('key'), path: z.string() }),
      z.object({ by: z.literal('password') }),
    ]),
  }),
]);
export type KeptPlace = z.infer<typeof keptPlaceSchema>;

const recordSchema = z.object({
  version: z.literal(1),
  id: z.string(),
  name: z.string(),
  place: keptPlaceSchema,
  /** In words: "this computer", "box.lan". */
  placeTitle: z.string(),
  settings: applianceSettingsSchema,
  versions: z.object({ k3s: z.string().optional(), kubevirt: z.string().optional(), cdi: z.string().optional() }),
  /** Digests of what was installed; `pinned` false: taken from the release's list at its first use here. */
  digests: z.record(z.string(), z.object({ sha256: z.string(), pinned: z.boolean(), at: z.string() })),
  /** Steps of the last run that changed something, with their times. */
  steps: z.array(
    z.object({ id: z.string(), title: z.string(), state: z.string(), at: z.string(), seconds: z.number().optional() }),
  ),
  state: z.enum(['half', 'whole']),
  ladder: z.array(rungStateSchema).default([]),
  /** Virtual machines that were shut down with it, and how they ran: they are started with it again. */
  stoppedMachines: z.array(z.object({ namespace: z.string(), name: z.string(), runStrategy: z.string() })).default([]),
  backups: z
    .array(z.object({ name: z.string(), at: z.string(), size: z.number(), versions: z.string(), reason: z.string() }))
    .default([]),
  /** It was stopped by the person. */
  stopped: z.boolean().default(false),
  targetId: z.string(),
  taskId: z.string().optional(),
  createdAt: z.string(),
  updatedAt: z.string(),
});
export type ApplianceRecord = z.infer<typeof recordSchema>;

/** One record a place, so that a second install there goes on with the first. */
export function applianceId(place: PlaceChoice | KeptPlace): string {
  if (place.type === 'local') return 'this-computer';
  const name = place.port === 22 ? place.host : `${place.host}-${place.port}`;
  const plain = name.toLowerCase().replaceAll(/[^a-z0-9]+/g, '-').replaceAll(/^-|-$/g, ''); // prettier-ignore
  const sum = createHash('sha256').update(`${place.host.toLowerCase()}:${place.port}`).digest('hex').slice(0, 6);
  return `box-${plain.slice(0, 50)}-${sum}`;
}

export function withoutSecrets(place: PlaceChoice): KeptPlace {
  if (place.type === 'local') return { type: 'local' };
  const { host, port, user, hostKey, auth } = place;
  const kept = auth.by === 'key' ? { by: 'key' as const, path: auth.path } : { by: auth.by };
  return { type: 'ssh', host, port, user, ...(hostKey && { hostKey }), auth: kept };
}

/** A kept place as one that can be opened; throws `place-password-needed`, since passwords are never kept. */
export function usablePlace(place: KeptPlace): PlaceChoice {
  if (place.type === 'local') return place;
  const { auth, hostKey, ...rest } = place;
  if (auth.by !== 'password') return { ...rest, auth, ...(hostKey && { hostKey }) };
  throw new ProblemError({
    code: 'place-password-needed',
    title: 'The password of that machine is needed',
    detail: `Hearth signed in to ${place.host} with a password, which it does not keep.`,
    fix: 'Give it again, or set up a key for SSH (`ssh-copy-id`).',
    fields: { 'place.auth.password': 'Needed.' },
    kind: 'denied',
  });
}

/** The appliances that Hearth knows, one JSON file each: `DATA/appliances/<id>.json`, written whole or not at all. */
export interface Records {
  list(): ApplianceRecord[];
  get(id: string): ApplianceRecord | undefined;
  /** Throws the Problem `no-such-appliance`. */
  need(id: string): ApplianceRecord;
  put(record: ApplianceRecord): Promise<void>;
  /** Changes what is there; nothing happens when it is gone. */
  change(id: string, change: Partial<ApplianceRecord>): Promise<void>;
  forget(id: string): Promise<void>;
  /**
   * Reads again what another process with the same data folder may have written (`hearth up` beside the app). Resolves with
   * the ids of those that are new, other or gone.
   */
  refresh(): Promise<string[]>;
  /** Folder for what belongs to one: kubeconfig, runs. 0700. */
  folder(id: string): Promise<string>;
}

/** Reads every record; one that cannot be used is set aside (`.corrupt-TIME`), logged, and named in `damaged`. */
export async function openRecords(root: string, log: Log): Promise<Records & { damaged: string[] }> {
  await privateFolder(root);
  const records = new Map<string, ApplianceRecord>();
  const damaged: string[] = [];
  /** What is on the disk; `unusable` is told of files that hold no record. */
  const onDisk = async (unusable?: (path: string) => void): Promise<Map<string, ApplianceRecord>> => {
    const found = new Map<string, ApplianceRecord>();
    for (const file of await readdir(root)) {
      if (!file.endsWith('.json')) continue;
      const record = await readJson(join(root, file), recordSchema, log);
      if (record && `${record.id}.json` === file) found.set(record.id, record);
      else unusable?.(join(root, file));
    }
    return found;
  };
  for (const [id, record] of await onDisk((path) => damaged.push(path))) records.set(id, record);
  /** With its fields in one order, whoever wrote it. */
  const plain = (record: ApplianceRecord | undefined): string =>
    record ? JSON.stringify(recordSchema.parse(record)) : '';
  /** Grows with each change of ours, so that a look at the disk that began before it does not undo it. */
  let changes = 0;
  // One write at a time: two at once would race for which is the last.
  let writing: Promise<void> = Promise.resolve();
  const write = (record: ApplianceRecord): Promise<void> => {
    const next = { ...record, updatedAt: new Date().toISOString() };
    records.set(record.id, next);
    changes += 1;
    const done = writing.then(() => writeJson(join(root, `${record.id}.json`), next));
    writing = done.catch(() => undefined);
    return done;
  };
  return {
    damaged,
    list: () => [...records.values()],
    get: (id) => records.get(id),
    need(id) {
      const record = records.get(id);
      if (record) return record;
      throw new ProblemError({
        code: 'no-such-appliance',
        title: 'No such appliance',
        detail: `Hearth knows no appliance ${id} (any more).`,
        fix: 'If k3s of Hearth is still on that machine, install there again: it goes on with what is there, and can then be uninstalled.',
      });
    },
    put: write,
    async change(id, change) {
      const record = records.get(id);
      if (record) await write({ ...record, ...change });
    },
    async forget(id) {
      records.delete(id);
      changes += 1;
      const done = writing.then(() => rm(join(root, `${id}.json`), { force: true }));
      writing = done.catch(() => undefined);
      await done;
    },
    async refresh() {
      for (let last; last !== writing;) {
        last = writing;
        await last;
      }
      const before = changes;
      const found = await onDisk();
      if (changes !== before) return [];
      const other = [...new Set([...records.keys(), ...found.keys()])].filter(
        (id) => plain(records.get(id)) !== plain(found.get(id)),
      );
      for (const id of other) {
        const record = found.get(id);
        if (record) records.set(id, record);
        else records.delete(id);
      }
      return other;
    },
    async folder(id) {
      const path = join(root, id);
      await privateFolder(path);
      return path;
    },
  };
}
