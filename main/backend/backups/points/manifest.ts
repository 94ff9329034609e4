import { z } from 'zod';
import { ProblemError } from '../../../contract/problem.ts';
import { manifestSchema } from '../../transfer/file/manifest.ts';

/** A manifest has kilobytes; cloud-init data and firmware state may be some megabytes. */
export const largestManifest = 16 * 1024 * 1024;

const networkSchema = z.object({
  namespace: z.string().max(253),
  name: z.string().max(253),
  labels: z.record(z.string(), z.string()).optional(),
  annotations: z.record(z.string(), z.string()).optional(),
  spec: z.record(z.string(), z.unknown()),
});

/** What stands beside the disks of a machine: all that makes it again. */
export const pointSchema = z.object({
  format: z.literal('hearth-backup'),
  version: z.literal(1),
  namespace: z.string().max(253),
  /** Name of the target it was on. */
  target: z.string().max(200),
  vm: manifestSchema.omit({ disks: true }),
  disks: z
    .array(
      z.object({
        volume: z.string().max(253),
        format: z.enum(['raw', 'qcow2']),
        /** Where its bytes are in the repository. */
        path: z.string().max(1000),
        /** Bytes the claim asked for, and those that are kept. */
        size: z.number().int().positive(),
        stored: z.number().int().positive(),
        sha256: z.string().regex(/^[0-9a-f]{64}$/),
      }),
    )
    .max(32),
  /** Whether it ran at that moment. */
  ran: z.boolean(),
  /** Folder, notes, order of start, schedule of snapshots: annotations of the machine. */
  organised: z.record(z.string(), z.string()),
  /** Reserved addresses: annotations of its template. */
  reserved: z.record(z.string(), z.string()),
  networks: z.array(networkSchema).max(64),
});
export type PointManifest = z.infer<typeof pointSchema>;

/** Throws `backup-damaged`. Pure. */
export function readPoint<T>(text: string, schema: z.ZodType<T>): T {
  try {
    return schema.parse(JSON.parse(text));
  } catch (error) {
    throw new ProblemError(
      {
        code: 'backup-damaged',
        title: 'Backups at this place are damaged',
        detail: `The description of the point cannot be read: ${error instanceof z.ZodError ? z.prettifyError(error) : (error as Error).message}`,
        fix: 'Choose another point; a newer Hearth may have written this one.',
      },
      { cause: error },
    );
  }
}
