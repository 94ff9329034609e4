import { z } from 'zod';
import { objectRefSchema } from './machine-ref.ts';
import { call } from './procedure.ts';

export const migrationProcedures = {
  /** Nodes that could take the machine; `why` where one cannot now. The one it runs on is not among them. */
  nodes: call<{ name: string; why?: string }[]>()(objectRefSchema),
  /** Moves a running machine to another node while it runs: to `node`, else to any. Cancelling the task leaves it where it is. */
  start: call<{ taskId: string }>()(objectRefSchema.extend({ node: z.string().min(1).max(253).optional() })),
} as const;
