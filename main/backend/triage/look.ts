import type { DiskInside, InsideNote, VolumeKind } from '../../contract/inside.ts';
import { openFat } from './fat.ts';
import { openDisk } from './formats/open.ts';
import type { OpenedDisk } from './formats/open.ts';
import { seenOnEsp, seenOnNtfs } from './loaders.ts';
import type { Seen } from './loaders.ts';
import { openPart, slice, tooMuch, Unreadable } from './media.ts';
import type { Media } from './media.ts';
import { openNtfs } from './ntfs.ts';
import { guid, readTable } from './table.ts';
import type { Part } from './table.ts';
import { readVolume } from './volumes.ts';

/** Where a disk lies: a file, or a part of one. */
export interface DiskPlace {
  path: string;
  at?: number;
  /** Bytes; absent: up to the end of the file. */
  stored?: number;
}

/**
 * What is on a disk of any format that the library takes, by its file; undefined for a disc, something packed, or a file that
 * cannot be opened. At most 16 MiB are read, within 20 seconds; nothing that the file names is opened. What makes no sense is
 * told in `doubts`. Throws what opening the file throws.
 */
export async function lookInside({ path, at, stored }: DiskPlace): Promise<DiskInside | undefined> {
  const file = await openPart(path, at, stored);
  try {
    return await lookAt(file);
  } finally {
    await file.close();
  }
}

/** The same of something that is open already. */
export async function lookAt(file: Media): Promise<DiskInside | undefined> {
  const doubts: string[] = [];
  const opened = await sure(() => openDisk(file), doubts);
  // One whose tables cannot be read is refused by the target with the reason: there is nothing to say of it here.
  return opened && inspect(opened, doubts);
}

interface Findings {
  doubts: string[];
  notes: Set<InsideNote>;
  seen: Seen[];
  /** A BIOS starts what an MBR names; of a GPT it knows nothing. */
  mbr: boolean;
  uefi: boolean;
  bios: boolean;
}

async function inspect({ disk: whole, format, sector }: OpenedDisk, doubts: string[]): Promise<DiskInside> {
  const disk = counted(whole);
  const table = await sure(() => readTable(disk, sector), doubts);
  doubts.push(...(table?.doubts ?? []));
  const found: Findings = { doubts, notes: new Set(), seen: [], mbr: table?.kind !== 'gpt', uefi: false, bios: false };
  if (table && table.kind !== 'none' && table.sector !== 512) found.notes.add('sectors-4k');
  const bare: Part[] = table?.kind === 'none' ? [{ start: 0, size: disk.size, type: '' }] : [];
  const partitions: DiskInside['partitions'] = [];
  for (const part of table?.kind === 'none' ? bare : (table?.parts ?? [])) {
    const esp = part.type === guid.esp || part.type === '0xef';
    const { kind, label } = await volumeOf(slice(disk, part.start, part.size), esp, found);
    const name = (label ?? part.name)?.replaceAll(/\p{Cc}/gu, ' ').slice(0, 72);
    partitions.push({ size: part.size, kind, esp, ...(name && { name }) });
  }
  if (table?.kind === 'none' && partitions.every(({ kind }) => kind === 'unknown' || kind === 'empty')) partitions.length = 0; // prettier-ignore
  const esps = partitions.some(({ esp }) => esp);
  // Whether that code is of use cannot be told: where a description says BIOS, it is believed.
  if (table?.biosLoader === true) found.bios = true;
  // Without a partition for UEFI there is only the other way.
  if (table?.kind === 'mbr' && !esps) found.bios = true;
  const seen = systemOf(found.seen, partitions.map(({ kind }) => kind), table?.grub === true); // prettier-ignore
  if (esps && !found.uefi) found.notes.add('empty-esp');
  if (doubts.length > 0) found.notes.add('partly-read');
  return {
    table: table?.kind ?? 'none',
    size: disk.size,
    format,
    partitions,
    boots: found.uefi && found.bios ? 'both' : found.uefi ? 'uefi' : found.bios ? 'bios' : 'unknown',
    ...seen,
    evidence: seen.evidence.slice(0, 200),
    notes: [...found.notes],
    doubts: [...new Set(doubts)].slice(0, 12),
  };
}

async function volumeOf(part: Media, esp: boolean, found: Findings): Promise<{ kind: VolumeKind; label?: string }> {
  const { doubts, notes } = found;
  const volume = (await sure(() => readVolume(part), doubts)) ?? { kind: 'unknown' };
  if (volume.kind === 'bitlocker' || volume.kind === 'luks') notes.add(volume.kind);
  if (volume.kind === 'fat' && esp) {
    const on = await sure(async () => seenOnEsp(await openFat(part)), doubts);
    if (on?.loads === true) found.uefi = true;
    if (on?.seen) found.seen.push(on.seen);
  }
  if (volume.kind === 'ntfs') {
    const ntfs = await sure(() => openNtfs(part), doubts);
    if (ntfs?.dirty === true) notes.add('dirty');
    const on = ntfs && (await sure(() => seenOnNtfs(ntfs), doubts));
    if (on?.loads === true && found.mbr) found.bios = true;
    if (on?.hibernated === true) notes.add('hibernated');
    if (on?.driver === true) notes.add('virtio-driver');
    if (on?.seen) found.seen.push(on.seen);
  }
  return volume;
}

const linuxKinds = new Set<VolumeKind>(['ext2', 'ext3', 'ext4', 'xfs', 'btrfs', 'lvm', 'luks', 'raid', 'swap']);

/** The system that most is known of; else what its file systems belong to. */
function systemOf(seen: readonly Seen[], kinds: readonly VolumeKind[], grub: boolean): Seen {
  const best = seen.find(({ system }) => system !== undefined) ?? seen[0];
  if (best) return best;
  const own = kinds.find((kind) => linuxKinds.has(kind));
  if (own !== undefined) return { family: 'linux', evidence: grub ? `GRUB, ${own}` : own };
  if (kinds.includes('bitlocker')) return { family: 'windows', evidence: 'BitLocker' };
  if (kinds.some((kind) => kind === 'apfs' || kind === 'hfs')) return { family: 'other', evidence: 'Apple' };
  return { family: 'unknown', evidence: '' };
}

/** Damage is a doubt, never a failure. */
async function sure<T>(work: () => Promise<T>, doubts: string[]): Promise<T | undefined> {
  try {
    return await work();
  } catch (error) {
    // Numbers of a stranger that lead out of what was read.
    if (error instanceof RangeError) doubts.push('Something of it leads out of its place: it is damaged.');
    else if (error instanceof Unreadable) doubts.push(error.message);
    else throw error;
    return undefined;
  }
}

/** Holes cost no reads of the file: their number has a bound of its own. */
function counted(disk: Media): Media {
  let left = 50_000;
  return {
    size: disk.size,
    async read(offset, length) {
      left -= 1;
      if (left < 0) throw tooMuch();
      // What is at hand already costs no waiting: others are let in now and then.
      if (left % 64 === 0) await new Promise(setImmediate);
      return disk.read(offset, length);
    },
  };
}
