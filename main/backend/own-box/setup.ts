import { z } from 'zod';
import { readJson, writeJson } from '../json-file.ts';
import type { Log } from '../log.ts';
import { createLiveValue } from '../target/live-value.ts';
import type { LiveValue } from '../target/live-value.ts';
import { problemSchema } from '../../contract/problem.ts';

const broughtSchema = z.object({
  kind: z.enum(['image', 'machine']),
  name: z.string(),
  state: z.enum(['waiting', 'working', 'done', 'failed']),
  problem: problemSchema.optional(),
});
const fileSchema = z.object({
  version: z.literal(1),
  named: z.boolean().default(false),
  network: z.boolean().default(false),
  appliance: z.enum(['none', 'installing', 'ready', 'failed', 'skipped']).default('none'),
  applianceTask: z.string().optional(),
  /** Why the last install did not hold. */
  problem: problemSchema.optional(),
  /** With which storage it was begun, to go on after a restart. */
  storage: z.enum(['local-path', 'pool-file']).optional(),
  poolSize: z.number().int().positive().optional(),
  finished: z.boolean().default(false),
  /** Its cluster was ready once: a new version of the box must bring it back. */
  clusterWasReady: z.boolean().default(false),
  /** It is a node of another box's cluster: what its k3s was told. */
  joined: z.object({ server: z.string(), nodeName: z.string(), address: z.string() }).optional(),
  /** What the stick wished to bring along, and how far that is. */
  bring: z.array(broughtSchema).default([]),
  /** Labs that a stick of another program names: it brings none along. */
  labs: z.array(z.string()).default([]),
});
export type SetupFile = z.infer<typeof fileSchema>;

/** How far the setup of this box is; on disk after each change. */
export interface Setup {
  readonly now: LiveValue<SetupFile>;
  /** A field set to `undefined` goes. */
  change(fields: { [Name in keyof SetupFile]?: SetupFile[Name] | undefined }): Promise<void>;
}

export async function openSetup(path: string, log: Log): Promise<Setup> {
  const now = createLiveValue<SetupFile>((await readJson(path, fileSchema, log)) ?? fileSchema.parse({ version: 1 }));
  let turn: Promise<unknown> = Promise.resolve();
  return {
    now,
    change(fields) {
      const next = turn.then(async () => {
        const merged = Object.fromEntries(
          Object.entries({ ...now.value, ...fields }).filter(([, value]) => value !== undefined),
        ) as SetupFile;
        await writeJson(path, merged);
        now.set(merged);
      });
      turn = next.catch(() => undefined); // whoever asked has the error
      return next;
    },
  };
}
