import { z } from 'zod';
import { nameSchema, objectRefSchema } from './machine-ref.ts';
import { call, stream } from './procedure.ts';
import { rhythmSchema } from './snapshot-schedule.ts';
import type { Undoable } from './undo.ts';

/** Where backups lie. A NAS is a folder where it is mounted, or an S3 server. */
export const backupPlaceSchema = z.discriminatedUnion('type', [
  z.object({ type: z.literal('folder'), path: z.string().min(2).max(1024).regex(/^\/[^\0\n]*$/, 'An absolute path.') }), // prettier-ignore
  z.object({
    type: z.literal('s3'),
    endpoint: z.string().max(300).regex(/^https?:\/\/[^/?#@\s]+\/?$/, 'An address such as https://nas.lan:9000, without a path.'), // prettier-ignore
    bucket: z.string().regex(/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/, '3 to 63 small letters, digits, dots and dashes.'),
    /** A folder in the bucket; empty: the bucket itself. */
    folder: z.string().max(200).regex(/^([\w.-]+(\/[\w.-]+)*)?$/, 'Letters, digits, dots and dashes, parted by slashes.').default(''), // prettier-ignore
    keyId: z.string().min(1).max(200).regex(/^\S+$/),
  }),
]);
export type BackupPlace = z.infer<typeof backupPlaceSchema>;

/** How many points of each machine stay; each number counts the last point of so many days, weeks, months. */
export const keepSchema = z
  .object({
    last: z.number().int().min(0).max(1000).default(0),
    daily: z.number().int().min(0).max(1000).default(7),
    weekly: z.number().int().min(0).max(1000).default(4),
    monthly: z.number().int().min(0).max(1000).default(6),
  })
  .refine((keep) => Object.values(keep).some((count) => count > 0), 'At least one point must stay.');
export type BackupKeep = z.infer<typeof keepSchema>;

export const backupPlanSchema = z.object({
  rhythm: rhythmSchema,
  keep: keepSchema,
  /** The target whose machines are meant, by its id. */
  target: z.string().min(1).max(200),
  /** `all`: whatever machines are there when it runs. */
  machines: z.union([z.literal('all'), z.array(objectRefSchema).min(1).max(500)]),
});
export type BackupPlan = z.infer<typeof backupPlanSchema>;

/** How a run went. Times are ISO 8601. */
export const backupRunSchema = z.object({
  at: z.string(),
  endedAt: z.string(),
  machines: z.number(),
  /** Bytes that were new to the place, before compression. */
  added: z.number(),
  failed: z.array(z.object({ name: z.string(), title: z.string(), detail: z.string() })),
});
export type BackupRun = z.infer<typeof backupRunSchema>;

export interface BackupPlaceRow {
  id: string;
  name: string;
  place: BackupPlace;
  plan?: BackupPlan;
  /** Name of the target of the plan. */
  targetName?: string;
  next?: string;
  last?: BackupRun;
  /** Task that works with it now. */
  taskId?: string;
}
export interface BackupsView {
  places: BackupPlaceRow[];
}

/** What one backup of one machine, or of Hearth itself, left at a place. */
export interface BackupPoint {
  id: string;
  kind: 'machine' | 'settings';
  /** Of a machine. */
  namespace: string;
  name: string;
  /** ISO 8601. */
  at: string;
  /** Name of the Hearth that made it: several may use one place. */
  host: string;
  /** Made by hand: no schedule removes it. */
  byHand: boolean;
  /** Bytes of its disks as the machine sees them, and what was new at the place. */
  size: number;
  added: number;
}

/** How what is to be restored comes back. `same`: MAC addresses, firmware id and reserved addresses of before. */
export const restorePointSchema = z.object({
  placeId: z.uuid(),
  point: z.uuid(),
  namespace: nameSchema.default('default'),
  name: nameSchema,
  identity: z.enum(['new', 'same']).default('same'),
  /** `if-it-ran`: where it ran when it was backed up. */
  start: z.union([z.boolean(), z.literal('if-it-ran')]).default(false),
});
export type RestorePoint = z.infer<typeof restorePointSchema>;

const password = z.string().min(8, 'At least eight characters.').max(1000).regex(/^[^\0\n\r]*$/); // prettier-ignore
export const addPlaceSchema = z.object({
  name: z.string().trim().min(1).max(60),
  place: backupPlaceSchema,
  password,
  /** Of an S3 server. */
  secretKey: z.string().min(1).max(1000).regex(/^\S+$/).optional(),
  /** Makes the repository where there is none yet. */
  create: z.boolean().default(true),
});
export type AddPlace = z.infer<typeof addPlaceSchema>;

const at = z.object({ placeId: z.uuid() });
type Begun = { taskId: string };

/** Backups of machines, encrypted, at places outside of Hearth. */
export const backupProcedures = {
  watch: stream<BackupsView>()(z.object({}).strict()),
  addPlace: call<{ placeId: string; made: boolean }>()(addPlaceSchema),
  /** Hearth forgets it; what lies there stays. */
  removePlace: call<Undoable>()(at),
  /** `null` ends the plan, which can be undone. */
  setPlan: call<Partial<Undoable>>()(at.extend({ plan: backupPlanSchema.nullable() })),
  /** Machines of the current target, or all of them. Without `machines`: what the plan names, on its target. */
  run: call<Begun>()(at.extend({ machines: z.array(objectRefSchema).max(500).optional() })),
  getPoints: call<BackupPoint[]>()(at),
  restore: call<Begun>()(restorePointSchema),
  /** Hearth's own settings, key and library. */
  restoreSettings: call<{ done: string[] }>()(at.extend({ point: z.uuid() })),
  removePoints: call<Begun>()(at.extend({ points: z.array(z.uuid()).min(1).max(1000) })),
  /** Reads a share of what is there and compares it with its checksums. */
  verify: call<Begun>()(at.extend({ percent: z.number().int().min(1).max(100).default(10) })),
  /** Takes away locks that a program left that is gone. Never while another one works there. */
  unlock: call<void>()(at),
} as const;
