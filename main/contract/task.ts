import { z } from 'zod';
import { problemSchema } from './problem.ts';

export const taskStepSchema = z.object({
  title: z.string(),
  state: z.enum(['waiting', 'running', 'done', 'failed', 'skipped']),
  detail: z.string().optional(),
  /** ISO 8601. */
  startedAt: z.string().optional(),
  endedAt: z.string().optional(),
});

/** Anything over a second. Owned by the backend: closing a page or the window loses nothing. */
export const taskSchema = z.object({
  id: z.string(),
  /** What kind of work, e.g. `image-import`: pages pick an icon and a link by it. */
  type: z.string(),
  title: z.string(),
  /** What it is about, e.g. an image or a VirtualMachine. */
  object: z.object({ kind: z.string(), namespace: z.string().optional(), name: z.string() }).optional(),
  state: z.enum(['running', 'done', 'failed', 'cancelled']),
  /** 0..1; absent while it cannot be told. */
  progress: z.number().min(0).max(1).optional(),
  /** e.g. "212 of 431 MiB, 38 MiB/s". */
  detail: z.string().optional(),
  /** Seconds left; absent while it cannot be told. */
  secondsLeft: z.number().optional(),
  steps: z.array(taskStepSchema),
  problem: problemSchema.optional(),
  /** Why it was begun, where somebody wants to be told of that even when all goes well. */
  notice: z.object({ title: z.string(), detail: z.string() }).optional(),
  cancellable: z.boolean(),
  /** When it failed or was stopped, the same can be tried again. */
  again: z.boolean().optional(),
  /** ISO 8601. */
  startedAt: z.string(),
  endedAt: z.string().optional(),
});
export type Task = z.infer<typeof taskSchema>;
export type TaskStep = z.infer<typeof taskStepSchema>;
