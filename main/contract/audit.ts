import { z } from 'zod';
import type { ListUpdate } from './machine.ts';
import { stream } from './procedure.ts';

export const auditEntrySchema = z.object({
  id: z.string(),
  /** ISO 8601. */
  at: z.string(),
  /** Who: the user of this computer's desktop app, or a signed-in browser. */
  who: z.string(),
  carrier: z.enum(['desktop', 'web']),
  /** The contract's procedure, e.g. `machines.act`. */
  procedure: z.string(),
  /** What, in plain words, e.g. "Start a machine". */
  what: z.string(),
  object: z.object({ kind: z.string(), namespace: z.string().optional(), name: z.string() }).optional(),
  /** The target it was done on. */
  target: z.string().optional(),
  /** ok: accepted and done; refused: not allowed, or not accepted; failed: tried and did not work; cancelled: stopped. */
  result: z.enum(['ok', 'refused', 'failed', 'cancelled']),
  /** Code and title of the Problem, when it is not ok. */
  problem: z.object({ code: z.string(), title: z.string() }).optional(),
  /** Milliseconds. */
  duration: z.number(),
  /** The Task that it began. */
  taskId: z.string().optional(),
});
/** One thing that somebody did. Its inputs are not kept: they may hold secrets. */
export type AuditEntry = z.infer<typeof auditEntrySchema>;

export const auditProcedures = {
  /** What was done, up to the latest 5000; kept over restarts. */
  watch: stream<ListUpdate<AuditEntry>>()(z.object({}).strict()),
} as const;
