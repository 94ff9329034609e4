import { withDescendants } from './device.ts';
import type { Device } from './device.ts';
import { sizeWords } from './words.ts';

export interface Refusal {
  code: string;
  why: string;
}
export interface Verdict {
  refused?: Refusal;
  /** What must be typed before it is written: its size in GB. */
  typed?: string;
}
export interface PolicyOptions {
  /** Bytes of the image. */
  need?: number;
  /** Loop devices count as removable drives (tests). */
  loops?: boolean;
}

/** Bytes above which a drive is hardly meant to be a stick. */
export const largeDrive = 256e9;

/** Where desktops and people mount what comes and goes; anything else is in use by the system. */
const ordinaryMount = /^(\/(media|run\/media|mnt|Volumes)(\/|$)|[A-Z]:)/;
const systemMount =
  /^\/($|boot|efi|usr|home|var|etc|opt|srv|root|nix|gnu|snap|sysroot|ostree|lib|bin|sbin|tmp|proc|sys|dev|System|private)(\/|$)/;
/** Where live systems keep the medium they were started from. */
const liveMount =
  /^\/(cdrom|isodevice|run\/(live|initramfs|archiso|miso|hearth|rootfsbase|overlay|install)|lib\/live)(\/|$)/;
const onTop: Record<string, Refusal> = {
  crypt: { code: 'encrypted-open', why: 'It is encrypted and unlocked now. Lock it (eject it) first.' },
  lvm: { code: 'lvm', why: 'A volume of LVM on it is active.' },
  mpath: { code: 'multipath', why: 'It is one of several paths to a disk (multipath).' },
};
/** Members of something larger that nothing has assembled now. */
const members = ['LVM2_member', 'linux_raid_member', 'bcache'];
const phone = /\b(android|ums composite|file-(stor|cd) gadget|mtp)\b/i;

/** Devices that are no drives at all: not worth a line in a list. */
export const isVirtual = ({ kname, type }: Device, options: PolicyOptions = {}): boolean =>
  type === 'loop'
    ? options.loops !== true
    : type !== 'disk' || /^(zram|ram|dm-|md|nbd|fd|sr|zd|bcache|drbd)\d/.test(kname);

/** Whether a drive may be written: only what can be unplugged, and only while nothing uses any part of it. */
export function judge(drive: Device, all: readonly Device[], options: PolicyOptions = {}): Verdict {
  const refused = refusalOf(drive, all, options);
  if (refused) return { refused };
  const tree = withDescendants(drive);
  const part = tree.some(({ fileSystem }) => members.includes(fileSystem)) || btrfsFellows(tree, all).length > 0;
  return drive.size > largeDrive || part ? { typed: String(Math.round(drive.size / 1e9)) } : {};
}

function refusalOf(drive: Device, all: readonly Device[], options: PolicyOptions): Refusal | undefined {
  if (drive.type === 'rom') return { code: 'optical', why: 'It is an optical drive.' };
  if (isVirtual(drive, options))
    return { code: 'virtual', why: 'It is made by this computer, not a drive of its own.' };
  return useOf(drive, all) ?? kindOf(drive, options) ?? fitnessOf(drive, options);
}

/** What the system does with it now. The gravest is told. */
function useOf(drive: Device, all: readonly Device[]): Refusal | undefined {
  const tree = withDescendants(drive);
  const mounts = tree.flatMap((device) => device.mounts);
  const system = mounts.find((mount) => systemMount.test(mount));
  if (system || tree.some((device) => device.system))
    return { code: 'system', why: `This computer runs from it${system ? ` (${system})` : ''}.` };
  const live = mounts.find((mount) => liveMount.test(mount));
  if (live) return { code: 'live-system', why: `This computer was started from it (${live}).` };
  if (mounts.includes('[SWAP]')) return { code: 'swap', why: 'This computer swaps to it.' };
  const mounted = mounts.find((mount) => !ordinaryMount.test(mount));
  if (mounted) return { code: 'mounted', why: `It is in use at ${mounted}. Unmount it first.` };
  for (const { type } of tree.slice(1)) {
    if (type === 'part') continue;
    if (type.startsWith('raid') || type === 'linear') return { code: 'raid', why: 'A RAID on it is running.' };
    return onTop[type] ?? { code: 'mapped', why: `Another device (${type}) is made of it.` };
  }
  // lsblk cannot tell whether a pool is imported.
  if (tree.some(({ fileSystem }) => fileSystem === 'zfs_member'))
    return { code: 'zfs', why: 'It belongs to a ZFS pool. Destroy or detach it there first (zpool labelclear).' };
  const fellows = btrfsFellows(tree, all);
  const btrfs = fellows.length > 0 ? [...fellows, ...tree].filter(({ fileSystem }) => fileSystem === 'btrfs') : [];
  if (btrfs.some((device) => device.mounts.length > 0))
    return { code: 'btrfs', why: 'It belongs to a btrfs file system over several drives that is mounted.' };
  return undefined;
}

/** The other drives of a btrfs over several: where one of them is mounted, the rest look idle. */
function btrfsFellows(tree: readonly Device[], all: readonly Device[]): Device[] {
  const own = tree.filter(({ fileSystem, uuid }) => fileSystem === 'btrfs' && uuid !== '').map(({ uuid }) => uuid);
  return all
    .flatMap(withDescendants)
    .filter(({ uuid, kname }) => own.includes(uuid) && !tree.some((device) => device.kname === kname));
}

function kindOf(drive: Device, options: PolicyOptions): Refusal | undefined {
  const internal = { code: 'internal', why: 'It is built into this computer, not a stick or a card.' };
  if (options.loops && drive.type === 'loop') return undefined;
  if (/^mmcblk\d+(boot\d+|rpmb|gp\d+)$/.test(drive.kname)) return internal;
  if (/^mmcblk\d+$/.test(drive.kname)) {
    // The kernel calls soldered memory hot-pluggable as well: what the card says of itself decides.
    const card = drive.cardType ? /^SD/i.test(drive.cardType) : drive.removable;
    return card ? undefined : { code: 'internal', why: 'It is memory that is built into this computer (eMMC).' };
  }
  // `sd`: a card in a slot, as macOS and Windows call it.
  if (drive.transport !== 'usb' && drive.transport !== 'sd') return internal;
  if (phone.test(`${drive.vendor} ${drive.model}`))
    return { code: 'phone', why: 'It is a phone or another device that shows its own storage.' };
  return undefined;
}

function fitnessOf(drive: Device, { need }: PolicyOptions): Refusal | undefined {
  if (drive.size === 0) return { code: 'no-medium', why: 'No card or medium is in it.' };
  if (drive.readOnly) return { code: 'read-only', why: 'It is write-protected. Look for a small switch on it.' };
  // Linux mounts no FAT whose sectors are smaller than the drive's (fs/fat/inode.c), BIOS starts from 512 only.
  if (drive.sectorSize !== 512)
    return {
      code: 'sector-size',
      why: `It has sectors of ${drive.sectorSize} bytes. The system of a box lies in a file system with sectors of 512, which cannot be opened there, so it would not start. Take another drive: nearly every stick and card has 512.`,
    };
  if (need !== undefined && drive.size < need)
    return { code: 'too-small', why: `It has ${sizeWords(drive.size)}; the image needs ${sizeWords(need)}.` };
  return undefined;
}
