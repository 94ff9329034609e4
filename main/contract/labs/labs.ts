import { z } from 'zod';
import type { ListUpdate, YamlFinding } from '../machine.ts';
import { call, stream } from '../procedure.ts';
import { demoCommands, demoPaceSchema } from './demo.ts';
import type { LabDemo } from './demo.ts';
import type { LabPreview, LabRow, LabRun } from './run.ts';
import { labFileLimit, labPackLimit } from './file.ts';
import { labNameSchema, partNameSchema } from './words.ts';

const lab = z.strictObject({ lab: labNameSchema });
const step = lab.extend({ step: partNameSchema });

/** What is inside a lab file or pack from somebody else, before anything of it is kept. */
export interface LabImport {
  /** To be given to `keep`; forgotten after an hour. */
  token: string;
  preview: LabPreview;
  findings: YamlFinding[];
  /** A lab of this name is there already: keeping it takes its place. */
  replaces?: { version: string; origin: LabRow['origin'] };
}

/** Labs: learn and demonstrate. One at a time runs on a target. */
const deletedLab = z.strictObject({ id: z.uuid() });
/** An own lab in the bin. It is of this Hearth, whatever the target. */
export interface DeletedLab {
  id: string;
  name: string;
  title: string;
  /** ISO 8601. */
  deletedAt: string;
  /** ISO 8601: purged after this while Hearth runs. */
  until: string;
  /** Who deleted it, where that is known. */
  by?: string;
  /** Bytes. */
  held: number;
}

export const labProcedures = {
  watch: stream<ListUpdate<LabRow>>()(z.strictObject({})),
  preview: call<LabPreview>()(lab),
  /** Makes everything of it; what is there already is left as it is. */
  start: call<{ taskId: string }>()(lab),
  /** Takes everything of it away, and nothing else. */
  end: call<{ taskId: string }>()(lab),
  /** The running labs of the current target. */
  run: stream<LabRun | undefined>()(lab),
  /** Goes on to the next step, passed or not (`skip`). */
  next: call<void>()(step.extend({ skip: z.boolean().default(false) })),
  /** Shows one more hint. */
  hint: call<void>()(step),
  /** Looks at the checks of the step now. */
  check: call<void>()(step),
  /** Presses a button of the instructions. */
  act: call<{ taskId: string }>()(step.extend({ block: partNameSchema })),
  /** Types a fenced block into a machine's console. */
  type: call<void>()(lab.extend({ machine: z.string().max(63), text: z.string().min(1).max(4000), into: z.enum(['serial', 'screen']).default('serial') })),
  /** Everything as it was at the beginning of that step: machines, disks, memory, networks, faults. */
  rewind: call<{ taskId: string }>()(step),
  /** Solves the open step by its script: for demonstrations and authors. */
  solve: call<{ taskId: string }>()(step),
  /** The demonstration of a running lab; undefined while there is none. */
  demo: stream<LabDemo | undefined>()(lab),
  /** Lets a running lab play itself; one that plays goes on at this pace. */
  playDemo: call<void>()(lab.extend({ pace: demoPaceSchema.default(1), loop: z.boolean().default(false) })),
  /** Its pace; one that stands goes on standing. */
  paceDemo: call<void>()(lab.extend({ pace: demoPaceSchema })),
  steerDemo: call<void>()(lab.extend({ command: z.enum(demoCommands) })),
  /** Findings with line and path; nothing is kept. */
  validate: call<{ findings: YamlFinding[] }>()(z.strictObject({ text: z.string().max(labFileLimit) })),
  text: call<{ text: string }>()(lab),
  /** A file of the computer Hearth runs on; the text of a lab file; or a small pack, base64. */
  import: call<LabImport>()(z.union([z.strictObject({ path: z.string().max(4096) }), z.strictObject({ text: z.string().max(labFileLimit) }), z.strictObject({ pack: z.string().max(Math.ceil(labPackLimit / 3) * 4) })])),
  keep: call<{ lab: string; taskId?: string }>()(z.strictObject({ token: z.string().max(100) })),
  export: call<{ taskId: string }>()(lab.extend({ path: z.string().max(4096), images: z.boolean().default(false) })),
  /** Own labs that were deleted and can be had back. */
  deleted: stream<DeletedLab[]>()(z.object({}).strict()),
  /** Gives a deleted lab back. Problems: `not-in-bin`, `already-exists`. */
  restore: call<{ lab: string }>()(deletedLab),
  /** Deletes it for good. */
  purge: call<void>()(deletedLab),
  /** Puts an own lab into the bin, under the id of the answer; one that runs is refused. */
  remove: call<{ id: string }>()(lab),
} as const; // prettier-ignore
