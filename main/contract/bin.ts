import { z } from 'zod';
import type { ObjectRef } from './machine-ref.ts';
import { nameSchema } from './machine-ref.ts';
import type { Problem } from './problem.ts';
import { call, stream } from './procedure.ts';

/** Something that was deleted and can be had back. */
export interface BinEntry {
  /** The uid it had. */
  id: string;
  kind: 'machine' | 'disk' | 'network';
  namespace: string;
  name: string;
  /** ISO 8601. */
  deletedAt: string;
  /** Who deleted it, where that is known. */
  by?: string;
  /** ISO 8601: purged after this while Hearth runs. */
  until: string;
  /** `deleting`: still being shut down or taken apart. `restoring`: a restore broke off and can be finished. */
  state: 'kept' | 'deleting' | 'restoring';
  /** `size` in bytes as the guest sees it, `used` as it takes in the storage where the target tells; `gone`: somebody removed it. */
  disks: { name: string; size?: number; used?: number; gone?: true }[];
  /** Bytes that it holds: used ones where they are known, else whole disks. */
  held: number;
}
/** The whole bin of the target. */
export interface BinView {
  entries: BinEntry[];
  /** Bytes. */
  held: number;
  /** Why deleted machines cannot be listed (disks are). */
  problem?: Problem;
}

const entryOf = z.object({ id: z.string().min(1).max(63), namespace: nameSchema });

export const binProcedures = {
  watch: stream<BinView>()(z.object({}).strict()),
  /** Gives back what was deleted, a machine or network under a new name where its own is taken. Done twice it does the same. */
  restore: call<ObjectRef>()(entryOf.extend({ newName: nameSchema.optional(), start: z.boolean().default(false) })),
  /** Deletes it for good. */
  purge: call<void>()(entryOf),
  /** Purges everything; one that fails does not stop the others. */
  empty: call<{ purged: number; failed: { id: string; name: string; problem: Problem }[] }>()(z.object({}).strict()),
} as const;
