import { z } from 'zod';
import { call } from './procedure.ts';

/** One file of a support bundle, before it is made. */
export interface SupportFile {
  path: string;
  what: string;
  /** Bytes, after secrets were taken out. */
  size: number;
  /** How many secrets were taken out of it. */
  redactions: number;
}
const none = z.object({}).strict();
export const supportProcedures = {
  /** What a bundle made now would hold. */
  preview: call<SupportFile[]>()(none),
  /**
   * Makes a bundle (.tar.gz) as a Task: at `path` (absolute), or, without one, in Hearth's own folder, from where a signed-in
   * browser fetches it under `download`.
   */
  make: call<{ taskId: string; path: string; download: string }>()(
    z.object({ path: z.string().min(1).max(4096).optional() }),
  ),
} as const;
