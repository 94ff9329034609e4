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

/** Why a machine is proposed as it is; pages have a sentence for each. */
export type FirstStartReason =
  | 'uefi' | 'bios' | 'both' | 'firmware-unknown'
  | 'windows-sata' | 'windows-virtio' | 'linux-virtio' | 'linux-sata' | 'unknown-sata'
  | 'windows-settings' | 'windows-11'; // prettier-ignore
/** The hardware with which a disk starts first. */
export interface FirstStart {
  /** `preferred`: the disk does not tell. */
  firmware: 'preferred' | 'bios' | 'uefi' | 'uefi-secure';
  bus: 'virtio' | 'sata';
  model: 'virtio' | 'e1000e';
  tpm: 'preferred' | 'persistent';
  /** A preference of the common bundle, for Windows: clock and Hyper-V's features as it wants them. */
  preference?: string;
  why: FirstStartReason[];
}

/** Formats of programs whose guests have other disks than virtio's. */
const elsewhere = new Set(['vmdk', 'vhd', 'vhdx', 'vdi', 'ova']);
/** Their initial file system holds the drivers of the computer on which it was made, not all (dracut's `hostonly`). */
const narrow = /^(fedora|rhel|centos|rocky|almalinux|oraclelinux|opensuse|sles|linux$)/;

/**
 * The machine that a disk most surely starts in. Windows stops with a blue screen on a disk it has no driver for, so it begins on
 * SATA and an Intel card; Linux has virtio's drivers, unless it was made for other hardware alone. Pure.
 */
export function firstStartOf(inside: DiskInside): FirstStart {
  const { boots, family, system, format } = inside;
  const eleven = family === 'windows' && system?.id === 'windows-11' && boots !== 'bios';
  const driver = inside.notes.includes('virtio-driver') && !elsewhere.has(format);
  const [bus, reason]: [FirstStart['bus'], FirstStartReason] =
    family === 'windows'
      ? driver
        ? ['virtio', 'windows-virtio']
        : ['sata', 'windows-sata']
      : family === 'linux'
        ? elsewhere.has(format) && narrow.test(system?.id ?? 'linux')
          ? ['sata', 'linux-sata']
          : ['virtio', 'linux-virtio']
        : ['sata', 'unknown-sata'];
  // A card's driver lies on the disk itself: only Windows and what nobody knows may lack it.
  const model = bus === 'virtio' || family === 'linux' ? 'virtio' : 'e1000e';
  const firmware = boots === 'unknown' ? 'preferred' : boots === 'uefi' ? (eleven ? 'uefi-secure' : 'uefi') : 'bios';
  return {
    firmware,
    bus,
    model,
    tpm: eleven ? 'persistent' : 'preferred',
    ...(family === 'windows' && { preference: `${system?.preference ?? 'windows.10'}${driver ? '.virtio' : ''}` }),
    why: [
      boots === 'unknown' ? 'firmware-unknown' : boots,
      reason,
      ...(family === 'windows' ? (['windows-settings'] as const) : []),
      ...(eleven ? (['windows-11'] as const) : []),
    ],
  };
}
