import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { problemSchema } from '../../../contract/problem.ts';
import type { LabFile } from '../../../contract/labs/file.ts';
import { partNameSchema } from '../../../contract/labs/words.ts';
import { readJson, writeFileAtomic, writeJson } from '../../json-file.ts';
import type { Log } from '../../log.ts';
import { privateFolder } from '../../paths.ts';
import { turns } from '../../shared-file.ts';
import { readLab } from '../file/read.ts';

const markSchema = z.object({ run: z.string(), total: z.number(), tail: z.string() });
const stepSchema = z.object({
  id: partNameSchema,
  state: z.enum(['closed', 'open', 'passed', 'skipped']),
  /** How many of its hints were shown. */
  hints: z.number().int().min(0),
  reached: z.number().optional(),
  /** By its script: no points. */
  solved: z.boolean().default(false),
  checkpoint: z.object({ at: z.string(), memory: z.boolean(), seconds: z.number() }).optional(),
  noCheckpoint: z.string().optional(),
  /** Where the serial consoles were when it began. */
  marks: z.record(z.string(), markSchema).default({}),
});
const recordSchema = z.object({
  version: z.literal(1),
  state: z.enum(['starting', 'running', 'rewinding', 'finished', 'ending', 'failed']),
  problem: problemSchema.optional(),
  /** ISO 8601. */
  startedAt: z.string(),
  finishedAt: z.string().optional(),
  seconds: z.number(),
  step: z.number().int().min(0),
  steps: z.array(stepSchema),
  /** Variables that were made at random. */
  values: z.record(z.string(), z.string()),
  origin: z.enum(['shipped', 'own', 'development']),
  /** Folder of the lab when it was started: images of a pack lie in it. */
  folder: z.string(),
});
/** How a run stands, as it is kept. */
export type RunRecord = z.output<typeof recordSchema>;
export type StepRecord = z.output<typeof stepSchema>;

/** The steps of a lab before anybody began. Pure. */
export const freshSteps = (lab: LabFile): StepRecord[] =>
  lab.steps.map(({ id }) => ({ id, state: 'closed', hints: 0, solved: false, marks: {} }));

/** One run of a lab on one target on disk: `run.json`, the file it was started with, the key of its machines. */
export interface RunFolder {
  readonly path: string;
  /** What was kept; undefined where there is nothing that can be gone on with. */
  read(): Promise<{ record: RunRecord; lab: LabFile; text: string } | undefined>;
  write(record: RunRecord): Promise<void>;
  writeLab(text: string): Promise<void>;
  remove(): Promise<void>;
}

export function runFolder(path: string, log: Log): RunFolder {
  const inTurn = turns();
  let gone = false;
  const file = join(path, 'run.json');
  const labFile = join(path, 'lab.yaml');
  return {
    path,
    async read() {
      const record = await readJson(file, recordSchema, log);
      if (!record) return undefined;
      try {
        const text = await readFile(labFile, 'utf8');
        const { lab } = await readLab(text, { own: true });
        if (lab && record.steps.length === lab.steps.length) return { record, lab, text };
        log.warn({ path }, 'the lab file of a run cannot be read any more');
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
      }
      return undefined;
    },
    // A write that was asked for before the end must not bring the folder back.
    write: (record) =>
      inTurn(async () => {
        if (gone) return;
        await privateFolder(path);
        await writeJson(file, record);
      }),
    writeLab: (text) =>
      inTurn(async () => {
        gone = false;
        await privateFolder(path);
        await writeFileAtomic(labFile, text);
      }),
    remove: () =>
      inTurn(async () => {
        gone = true;
        await rm(path, { recursive: true, force: true });
      }),
  };
}
