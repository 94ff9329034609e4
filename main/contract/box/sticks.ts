import { z } from 'zod';
import { call, stream } from '../procedure.ts';
import { boxWishesSchema } from './settings.ts';
import { diskIdentitySchema } from './words.ts';
import type { BoxImageFacts } from './upkeep.ts';
import type { StickSettings } from './settings.ts';
import type { Problem } from '../problem.ts';

/** A drive of this computer that might become a stick; sizes in bytes. */
export interface StickDrive {
  /** /dev/sdb; on macOS /dev/disk4, on Windows \\.\PHYSICALDRIVE2 */
  path: string;
  name: string;
  model: string;
  serial: string;
  size: number;
  transport: string;
  /** What is on it now, in words. */
  content: string;
  mounts: string[];
  /** Why it may not be written; absent: it may. `code` is tested. */
  refused?: { code: string; why: string };
  /** Large: its size (e.g. "512") must be typed. */
  typed?: string;
  /** Tells this very drive, plugged in at this very time, from any other. */
  key: string;
}
/** A box image on this computer. */
export interface BoxImageRow {
  path: string;
  facts?: BoxImageFacts;
  /** It cannot be used; says why. */
  problem?: Problem;
}
export interface StickLook {
  image?: BoxImageFacts;
  /** Every file against the signed manifest. */
  verdict: 'good' | 'damaged' | 'foreign';
  /** Byte at which it differs first, and what is there in words. */
  badOffset?: number;
  why: string;
  /** Without its secrets. */
  settings?: Omit<StickSettings, 'enrolment'> & { enrolment?: { expires: string; app: string } };
}

/** Where a stick is written: a drive from the list, or a plain file for people with other tools. */
export const stickPlaceSchema = z.discriminatedUnion('type', [
  z.strictObject({
    type: z.literal('drive'),
    path: z.string().max(300),
    key: z.string().max(500),
    /** What the person typed for a large drive. */
    typed: z.string().max(100).optional(),
  }),
  z.strictObject({ type: z.literal('file'), path: z.string().min(1).max(4096), overwrite: z.boolean().default(false) }),
]);
export type StickPlace = z.infer<typeof stickPlaceSchema>;

export const writeStickSchema = z.strictObject({
  image: z.string().max(4096),
  place: stickPlaceSchema,
  wishes: boxWishesSchema,
  /** Puts a one-time secret on it, so that the box trusts this Hearth without typing. Days it is good for. */
  enrol: z.strictObject({ days: z.number().int().min(1).max(30).default(7) }).optional(),
  /** Writes and reads back the whole drive's ends as well: finds drives that lie about their size. */
  fullCheck: z.boolean().default(false),
  sudo: z.string().max(1000).optional(),
});
export type WriteStick = z.infer<typeof writeStickSchema>;

export const stickProcedures = {
  /** Drives of this computer, again whenever one comes or goes. */
  drives: stream<{ drives: StickDrive[]; problem?: Problem }>()(z.object({})),
  images: call<{ images: BoxImageRow[]; canBuild: boolean; whyNot?: string }>()(z.object({})),
  /** A file a person has. */
  addImage: call<BoxImageRow>()(z.object({ path: z.string().min(1).max(4096) })),
  /** Builds the image from Debian packages; Linux as root or with user namespaces. */
  build: call<{ taskId: string }>()(z.object({ bundle: z.string().max(4096).optional() })),
  /** Checks the wishes as the box will; field path -> message. */
  check: call<{ fields: Record<string, string> }>()(z.object({ wishes: z.unknown() })),
  write: call<{ taskId: string }>()(writeStickSchema),
  /** Reads a written stick again, whole. */
  verify: call<{ taskId: string }>()(z.object({ place: stickPlaceSchema, sudo: z.string().max(1000).optional() })),
  /** What the last verification of this place found. */
  look: call<StickLook | undefined>()(z.object({ taskId: z.string().max(100) })),
};
export { diskIdentitySchema };
