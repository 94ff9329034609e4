import { z } from 'zod';
import { setSourceSchema } from '../../contract/sets.ts';
import type { SetResult, SetState } from '../../contract/sets.ts';
import { readJson, writeJson } from '../json-file.ts';
import type { Log } from '../log.ts';
import { turns } from '../shared-file.ts';

const about = z.object({
  apiVersion: z.string(), kind: z.string(), namespace: z.string().exactOptional(), name: z.string(), file: z.string().exactOptional(), line: z.number().exactOptional(),
  word: z.enum(['create', 'change', 'unchanged', 'refused', 'missing', 'remove', 'keep', 'only there']), detail: z.string().exactOptional(), fields: z.array(z.string()).exactOptional(),
}); // prettier-ignore
const resultSchema = z.object({
  name: z.string(), at: z.string(), commit: z.string().exactOptional(), created: z.number(), changed: z.number(), unchanged: z.number(), removed: z.number(), ok: z.boolean(),
  told: z.array(about), findings: z.array(z.object({ file: z.string(), line: z.number(), message: z.string() })),
  problem: z.object({ title: z.string(), detail: z.string(), fix: z.string().exactOptional() }).exactOptional(),
}) satisfies z.ZodType<SetResult>; // prettier-ignore
const followSchema = z.object({
  name: z.string(),
  source: setSourceSchema,
  prune: z.boolean(),
  pruneDisks: z.boolean(),
});
const keptSchema = z.object({ follow: followSchema.optional(), last: resultSchema.optional() });
const fileSchema = z.object({ version: z.literal(1), targets: z.record(z.string(), keptSchema) });

export type Follow = NonNullable<SetState['follow']>;
type Kept = z.output<typeof keptSchema>;
export interface SetStore {
  /** Ids of targets that follow something. */
  followed(): string[];
  /** Ids of targets of which anything is kept. */
  known(): string[];
  get(target: string): Kept;
  /** `undefined` takes a field away. */
  put(target: string, fields: Kept): Promise<void>;
  /** Nothing is left of a target. */
  drop(target: string): Promise<void>;
}

/** What targets follow, and what came of the last apply on each. */
export async function openStore(path: string, log: Log): Promise<SetStore> {
  let file = (await readJson(path, fileSchema, log)) ?? { version: 1 as const, targets: {} };
  const inTurn = turns();
  const write = async (targets: z.output<typeof fileSchema>['targets']): Promise<void> => {
    const next = { ...file, targets };
    await writeJson(path, next);
    file = next;
  };
  const get = (target: string): Kept => (Object.hasOwn(file.targets, target) ? (file.targets[target] ?? {}) : {});
  return {
    followed: () => Object.entries(file.targets).flatMap(([id, { follow }]) => (follow ? [id] : [])),
    known: () => Object.keys(file.targets),
    get,
    put: (target, fields) => inTurn(() => write({ ...file.targets, [target]: { ...get(target), ...fields } })),
    drop: (target) =>
      inTurn(() => write(Object.fromEntries(Object.entries(file.targets).filter(([id]) => id !== target)))),
  };
}
