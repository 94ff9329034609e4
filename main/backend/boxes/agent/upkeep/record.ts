import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { z } from 'zod';
import { problemSchema } from '../../../../contract/problem.ts';
import { readJson, writeJson } from '../../../json-file.ts';
import type { Log } from '../../../log.ts';

const slot = z.enum(['a', 'b']);
const recordSchema = z.object({
  version: z.literal(1),
  /** A trial that was prepared or runs. */
  trial: z
    .object({
      version: z.string(),
      slot,
      /** Boot id of the system that prepared it. */
      from: z.string(),
      /** Boot id of its own start, once its agent ran. */
      boot: z.string().optional(),
      /** Why its agent gave it up, written before it went back. */
      gaveUp: problemSchema.optional(),
    })
    .optional(),
  /** The last one that did not hold. */
  failed: z.object({ version: z.string(), at: z.string(), problem: problemSchema }).optional(),
});
/** What has to be known of updates beyond a restart; the boot environment decides, this explains. */
export type UpkeepRecord = z.infer<typeof recordSchema>;
export type TrialRecord = NonNullable<UpkeepRecord['trial']>;

/** What cannot be read is empty, what cannot be written is logged: which system starts never hangs on an explanation. */
export interface RecordFile {
  read(): Promise<UpkeepRecord>;
  /** Changes it and writes it through to the disk. */
  change(change: (record: UpkeepRecord) => UpkeepRecord): Promise<void>;
}

export function recordFile(path: string, log: Log): RecordFile {
  const read = async (): Promise<UpkeepRecord> => {
    try {
      return (await readJson(path, recordSchema, log)) ?? { version: 1 };
    } catch (error) {
      log.error({ path, error: String(error) }, 'what is known of updates cannot be read');
      return { version: 1 };
    }
  };
  return {
    read,
    async change(change) {
      try {
        await mkdir(dirname(path), { recursive: true, mode: 0o700 });
        await writeJson(path, change(await read()));
      } catch (error) {
        log.error({ path, error: String(error) }, 'what is known of updates cannot be kept');
      }
    },
  };
}

const without =
  <Name extends 'trial' | 'failed'>(name: Name) =>
  (record: UpkeepRecord): UpkeepRecord => {
    const next = { ...record };
    delete next[name];
    return next;
  };
export const withoutTrial = without('trial');
export const withoutFailed = without('failed');
