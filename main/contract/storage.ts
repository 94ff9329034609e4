import { z } from 'zod';
import type { ListUpdate } from './machine.ts';
import { nameSchema, objectRefSchema } from './machine-ref.ts';
import { call, stream } from './procedure.ts';

/** One disk of the target: a claim, with what is known of it. */
export interface StorageDisk {
  uid: string;
  namespace: string;
  name: string;
  displayName: string;
  /** `image`: of the library. `state`: what a target keeps of a machine beside its disks (TPM, UEFI variables). */
  kind: 'disk' | 'image' | 'state';
  /** Bytes that a guest sees. */
  size: number;
  /** Bytes it takes in the storage, where the target tells. */
  used?: number;
  storageClass?: string;
  phase: string;
  /** ISO 8601. */
  createdAt: string;
  /** Machines that have it, and whether each runs. */
  usedBy: { name: string; running: boolean }[];
  /** Snapshots of machines that hold a state of it, by name. */
  snapshots: string[];
  /** Disks that were made as copies of it. */
  clones: { namespace: string; name: string }[];
  /** No machine has it, and it is not in the bin or the library. `since` where that was noted, ISO 8601. */
  orphaned?: { since?: string };
  /** In the bin, under this id. */
  bin?: string;
}
/** What is left in the target's storage, where it says so. */
export interface StorageSpace {
  classes: { name: string; isDefault: boolean; free?: number }[];
  /** Why nothing is known of free space. */
  note?: string;
}

export const storageProcedures = {
  disks: stream<ListUpdate<StorageDisk>>()(z.object({}).strict()),
  space: stream<StorageSpace>()(z.object({}).strict()),
  /** Refused while a machine has the disk. `bin`: kept for some days; `now`: gone for good. */
  remove: call<void>()(objectRefSchema.extend({ mode: z.enum(['bin', 'now']).default('bin') })),
  /** Copies a disk into the image library. */
  makeImage: call<{ taskId: string }>()(
    objectRefSchema.extend({ image: nameSchema, displayName: z.string().min(1).max(200) }),
  ),
} as const;
