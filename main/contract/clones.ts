import { z } from 'zod';
import { nameSchema, objectRefSchema } from './machine-ref.ts';
import { call } from './procedure.ts';

/** What a clone of a machine would be, and what it cannot have. */
export interface ClonePlan {
  running: boolean;
  /** A name that is free. */
  name: string;
  /** Volumes that are copied, with bytes where they are known. */
  disks: { name: string; size?: number }[];
  /** Volumes that are not, each with the reason. */
  left: { name: string; reason: string }[];
  /** Why it cannot be cloned at all now. `soon`: it is waiting for the target, so ask again. */
  refused?: { reason: string; remedy: string; soon?: true };
  /**
   * What becomes of a TPM's memory and UEFI variables, where the machine keeps them: `copied` (what was sealed to the TPM opens
   * in the clone as well), or `lost`, with exports, too.
   */
  state?: 'copied' | 'lost';
  /** Its guest gets a new identity by cloud-init at the first start. */
  cloudInit: boolean;
}
export const startCloneSchema = objectRefSchema.extend({
  newName: nameSchema,
  /** `linked` shares what both have in common; `full` copies everything. */
  mode: z.enum(['linked', 'full']).default('linked'),
  /** Starts the clone when it is made. */
  start: z.boolean().default(false),
});
export type StartClone = z.infer<typeof startCloneSchema>;

/** Copies of machines. */
export const cloneProcedures = {
  plan: call<ClonePlan>()(objectRefSchema),
  start: call<{ taskId: string }>()(startCloneSchema),
} as const;
