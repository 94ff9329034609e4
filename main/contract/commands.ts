import { z } from 'zod';
import type { ListUpdate } from './machine.ts';
import type { Problem } from './problem.ts';
import { call, stream } from './procedure.ts';

export const commandRequestSchema = z.object({
  /** e.g. `PATCH /apis/kubevirt.io/v1/namespaces/default/virtualmachines/web`. */
  request: z.string(),
  /** The line of kubectl or virtctl that does the same; a manifest stands in it as a here-document. */
  line: z.string(),
  /** The same with kubectl alone, where `line` needs virtctl. */
  plain: z.string().optional(),
  /** The manifest alone (YAML), where there is one. */
  manifest: z.string().optional(),
  /** Secret values were taken out of what is shown. */
  redacted: z.boolean(),
  /** ok, or the Problem's code. */
  result: z.string(),
  /** Why it cannot be run again, when it cannot. */
  notReplayable: z.string().optional(),
});
export type CommandRequest = z.infer<typeof commandRequestSchema>;

export const commandEntrySchema = z.object({
  id: z.string(),
  /** ISO 8601. */
  at: z.string(),
  /** The click behind it, in plain words. */
  what: z.string(),
  procedure: z.string(),
  object: z.object({ kind: z.string(), namespace: z.string().optional(), name: z.string() }).optional(),
  target: z.object({ id: z.string(), name: z.string() }),
  requests: z.array(commandRequestSchema),
});
/** What one click asked of the target, as commands. */
export type CommandEntry = z.infer<typeof commandEntrySchema>;

export interface ReplayResult {
  request: string;
  problem?: Problem;
}

export const commandsProcedures = {
  /** The latest 300 clicks that changed something on a target; kept over restarts. */
  watch: stream<ListUpdate<CommandEntry>>()(z.object({}).strict()),
  /** Sends the same requests again, to the target that is shown now; stops at the first that fails. */
  replay: call<ReplayResult[]>()(z.object({ id: z.string().max(100) })),
  clear: call<void>()(z.object({}).strict()),
} as const;
