import { z } from 'zod';

// Pages use these shapes without the rest of the contract: a strict Content-Security-Policy forbids zod's code generation.
z.config({ jitless: true });

/** File systems and containers that a partition's marks tell. */
export const volumeKindSchema = z.enum(['ntfs', 'fat', 'exfat', 'refs', 'ext2', 'ext3', 'ext4', 'xfs', 'btrfs', 'swap', 'lvm', 'raid', 'luks', 'bitlocker', 'apfs', 'hfs', 'empty', 'unknown']); // prettier-ignore
export type VolumeKind = z.infer<typeof volumeKindSchema>;

/** What is to be known before a foreign disk is started, beside its system. */
export const insideNoteSchema = z.enum([
  /** Windows went to sleep (or its fast start did): what is in its memory file is lost with other hardware. */
  'hibernated',
  /** A file system was not closed. */
  'dirty',
  /** BitLocker or LUKS: it asks for a key that Hearth does not have. */
  'bitlocker',
  'luks',
  /** Windows has its driver for virtio disks already. */
  'virtio-driver',
  /** The table counts sectors of 4096 bytes: a disk here has 512, and it would not be understood. */
  'sectors-4k',
  /** There is a partition for UEFI, and no loader in it. */
  'empty-esp',
  /** Something of it could not be read: `doubts` says what. */
  'partly-read',
]);
export type InsideNote = z.infer<typeof insideNoteSchema>;

/** What lies on a disk: read without mounting or starting it, and never more than some MiB of it. */
export const diskInsideSchema = z.object({
  /** `none`: a file system without a table, or nothing that is known. */
  table: z.enum(['gpt', 'mbr', 'none']),
  /** Bytes that the guest sees. */
  size: z.number(),
  format: z.string().max(20),
  partitions: z
    .array(z.object({ size: z.number(), kind: volumeKindSchema, esp: z.boolean(), name: z.string().max(72).optional() }))
    .max(128),
  /** By loaders that were seen; `both`: a machine of either kind starts it. */
  boots: z.enum(['uefi', 'bios', 'both', 'unknown']),
  family: z.enum(['windows', 'linux', 'other', 'unknown']),
  /** One of the systems that Hearth knows, where it could be told. */
  system: z.object({ id: z.string().max(40), name: z.string().max(80), preference: z.string().max(80) }).optional(),
  /** What was seen of the system, e.g. `EFI/Microsoft`. */
  evidence: z.string().max(200),
  notes: z.array(insideNoteSchema).max(8),
  /** What of it could not be read or makes no sense, in English. */
  doubts: z.array(z.string().max(200)).max(12),
}); // prettier-ignore
export type DiskInside = z.infer<typeof diskInsideSchema>;
