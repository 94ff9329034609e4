import { z } from 'zod';
import { mostKeyCombinations } from './organise-rules.ts';
import { objectRefSchema } from './machine-ref.ts';
import { call } from './procedure.ts';

/** What is absent stays as it is. */
export const organiseSchema = objectRefSchema.extend({
  /** A path such as `home/lab`; '' takes the machine out of its folder. */
  folder: z.string().max(500).optional(),
  /** Key -> value; null takes the label away; those that are not named stay. */
  labels: z.record(z.string().max(317), z.string().max(63).nullable()).optional(),
  /** Plain text; '' takes the notes away. */
  notes: z.string().max(20_000).optional(),
  /** Key combinations for the machine's screen, as "Ctrl+Shift+Esc"; [] takes them away. */
  keyCombinations: z.array(z.string().min(1).max(60)).max(mostKeyCombinations).optional(),
  /** Place in the order in which machines come back after a power cut, the lowest first; null: after those that have one. */
  startOrder: z.number().int().min(0).max(9999).nullable().optional(),
  /** Seconds to wait after those before it are up; null: none. */
  startDelay: z.number().int().min(0).max(3600).nullable().optional(),
});
export type Organise = z.infer<typeof organiseSchema>;

export const organiseProcedures = {
  /** Changes nothing but labels and annotations of the VirtualMachine: a machine that runs does not notice. */
  change: call<void>()(organiseSchema),
} as const;
