import { z } from 'zod';
import { objectRefSchema } from './machine-ref.ts';
import { call, stream } from './procedure.ts';
import { scheduleSchema } from './snapshot-schedule.ts';
import type { ScheduleView } from './snapshot-schedule.ts';
import type { Undoable } from './undo.ts';

/** One snapshot of a machine. */
export interface SnapshotRow {
  uid: string;
  name: string;
  description?: string;
  /** ISO 8601: when it was taken, or asked for while it is not. */
  at: string;
  /** `lost`: it was taken, and its data is not all there any more. */
  state: 'taking' | 'ready' | 'failed' | 'lost' | 'deleting';
  /** What the target says about one that is not ready. */
  detail?: string;
  /** Name of the snapshot whose state this one went on from; absent at the root. */
  parent?: string;
  /** Bytes of the memory in it; absent where it has none. */
  memory?: number;
  /** Why it has no memory though that was asked for. */
  memoryMissing?: string;
  /** Bytes on disk of its own layers, where the target tells. */
  size?: number;
  included: string[];
  excluded: string[];
  /** How the guest was: `on` frozen by its agent, `crash` without, `off`, `paused`. */
  guest: 'off' | 'frozen' | 'crash' | 'paused';
  /** Taken by the machine's schedule, which also deletes it in its time. */
  scheduled?: true;
}

/** All snapshots of one machine, as a tree, and what a new one would be. */
export interface SnapshotTree {
  rows: SnapshotRow[];
  /** The snapshot that the machine as it is now goes on from. */
  here?: string;
  /** The machine runs (or is about to, or stops). */
  running: boolean;
  /** What keeps a snapshot or restore from beginning now. */
  busy?: { kind: 'snapshot' | 'restore'; name: string };
  /** Volumes that a new snapshot has. */
  included: string[];
  /** Volumes that it cannot have, each with the target's reason. */
  excluded: { name: string; reason: string }[];
  /** Why its memory cannot be in it; absent when it can. */
  noMemory?: string;
  /** Snapshots that come by themselves. */
  schedule?: ScheduleView;
}

const nameSchema = z
  .string()
  .min(1)
  .max(63)
  .regex(/^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/);
const snapshotOf = objectRefSchema.extend({ snapshot: z.string().min(1).max(253) });

export const takeSnapshotSchema = objectRefSchema.extend({
  snapshot: nameSchema,
  description: z.string().max(2000).default(''),
  memory: z.boolean().default(false),
});
export const restoreSnapshotSchema = snapshotOf.extend({
  /** A new machine's name; absent: the machine itself goes back. */
  newName: nameSchema.optional(),
  /** Switches the running machine off first, without shutting its guest down: what it had is given up anyway. */
  stop: z.boolean().default(false),
  /** Goes on from the memory in the snapshot. */
  memory: z.boolean().default(false),
  /** Starts the machine when it is restored. */
  start: z.boolean().default(false),
});
export type TakeSnapshot = z.infer<typeof takeSnapshotSchema>;
export type RestoreSnapshot = z.infer<typeof restoreSnapshotSchema>;

/** Snapshots of machines. */
export const snapshotProcedures = {
  watch: stream<SnapshotTree>()(objectRefSchema),
  take: call<{ taskId: string }>()(takeSnapshotSchema),
  restore: call<{ taskId: string }>()(restoreSnapshotSchema),
  remove: call<{ taskId: string }>()(snapshotOf),
  /** Sets, changes or (null) ends the schedule of a machine; the snapshots that it took stay. Ended it can be undone. */
  schedule: call<Partial<Undoable>>()(objectRefSchema.extend({ schedule: scheduleSchema.nullable() })),
} as const;
