import { z } from 'zod';
import type { SystemGuess } from './image-system.ts';
import type { DiskInside } from './inside.ts';
import { nameSchema } from './machine-ref.ts';

export const imageFormatSchema = z.enum(['qcow2', 'raw', 'vmdk', 'vhdx', 'vhd', 'vdi', 'ova', 'iso']);

/** One entry of the catalogue in assets/catalogue/images.json. */
export const catalogueEntrySchema = z.object({
  id: nameSchema,
  name: z.string(),
  version: z.string(),
  family: z.string(),
  kind: z.enum(['cloud', 'installer', 'starter']),
  arch: z.enum(['x86_64', 'aarch64']),
  description: z.string(),
  url: z.url().optional(),
  mirrors: z.array(z.url()).default([]),
  /** Where the publisher states the checksum, and how to find ours in it; or the checksum itself. */
  checksum: z
    .discriminatedUnion('type', [
      z.object({ type: z.literal('file'), algorithm: z.enum(['sha256', 'sha512']), url: z.url() }),
      z.object({ type: z.literal('value'), algorithm: z.enum(['sha256', 'sha512']), value: z.string() }),
    ])
    .optional(),
  format: imageFormatSchema,
  compression: z.enum(['none', 'xz', 'gz', 'zst', 'bz2']).default('none'),
  /** Bytes, approximate. */
  downloadSize: z.number(),
  virtualSize: z.number(),
  minMemory: z.number(),
  minCpus: z.number().default(1),
  defaultUser: z.string().optional(),
  cloudInit: z.boolean(),
  preference: z.string(),
  firmware: z.enum(['bios', 'uefi', 'any']).default('any'),
  licence: z.object({ name: z.string(), url: z.url() }),
  homepage: z.url(),
  /** Hue (0..360) and letters of the neutral glyph drawn for it. */
  glyph: z.object({ letters: z.string().min(1).max(2), hue: z.number() }),
});
export type CatalogueEntry = z.infer<typeof catalogueEntrySchema>;

/** An image of the library on this target: a DataVolume in the image namespace. */
export interface ImageRow {
  uid: string;
  namespace: string;
  name: string;
  displayName: string;
  /** ready; importing (a task runs); waiting (for an upload to go on); failed. */
  state: 'ready' | 'importing' | 'waiting' | 'failed';
  progress?: number;
  problem?: string;
  kind: 'disk' | 'iso';
  format?: string;
  /** Bytes on disk; bytes the guest sees. */
  realSize?: number;
  virtualSize?: number;
  /** Where it came from: an address, a file name, "built here". */
  source: string;
  checksum?: string;
  /** Whether the checksum was compared with one that the publisher states. */
  checksumVerified: boolean;
  /** VirtualMachines whose disks need it, as namespace/name. */
  usedBy: string[];
  os?: string;
  /** The recognised or chosen system, and where the knowledge of it comes from. */
  system?: Pick<SystemGuess, 'id' | 'name' | 'from' | 'evidence'>;
  /** What was found on the disk, of images that came by a file. */
  inside?: DiskInside;
  /** Bytes of a root disk that its installer needs. */
  diskSize?: number;
  defaultUser?: string;
  preference?: string;
  minMemory?: number;
  cloudInit: boolean;
  catalogueId?: string;
  /** A DataSource that the target keeps at its newest version: used like an image, and not ours to change. */
  golden?: boolean;
  createdAt: string;
}

export const addImageUrlSchema = z.object({
  url: z.url({ protocol: /^https?$/ }),
  mirrors: z.array(z.url({ protocol: /^https?$/ })).default([]),
  name: nameSchema,
  displayName: z.string().max(200).optional(),
  /** "sha256:…" or "sha512:…". */
  checksum: z
    .string()
    .regex(/^(sha256:[0-9a-f]{64}|sha512:[0-9a-f]{128})$/i, 'Write sha256: or sha512: and the hexadecimal digest.')
    .optional(),
  preference: z.string().optional(),
  /** A system of `images.systems` that a person chose; else it is recognised. */
  system: z.string().max(40).optional(),
  defaultUser: z.string().optional(),
  catalogueId: z.string().optional(),
});
export const addImageFileSchema = z.object({
  path: z.string().min(1).max(4096),
  /** in-place: the file stays where it is and is used read-only; copy: into the library (by reflink where the file system can). */
  mode: z.enum(['in-place', 'copy']),
  name: nameSchema,
  displayName: z.string().max(200).optional(),
  preference: z.string().optional(),
  /** A system of `images.systems` that a person chose; else it is recognised. */
  system: z.string().max(40).optional(),
});
/** Names a browser upload; the bytes then go to `/upload` in resumable pieces (tus 1.0) with this id in their metadata. */
export const startUploadSchema = z.object({
  name: nameSchema,
  displayName: z.string().max(200).optional(),
  fileName: z.string().max(255),
  size: z.number().int().positive(),
  /** Last modified of the file in ms: with name and size it finds the same upload again after a reload. */
  lastModified: z.number().optional(),
  preference: z.string().optional(),
  /** A system of `images.systems` that a person chose; else it is recognised. */
  system: z.string().max(40).optional(),
});
export interface UploadTicket {
  uploadId: string;
  taskId: string;
  /** Relative address of the tus endpoint. */
  endpoint: string;
}
