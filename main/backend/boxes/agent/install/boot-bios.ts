import type { FileHandle } from 'node:fs/promises';
import { writeAll } from './wipe.ts';

const sector = 512;
/** Where grub's boot.img and diskboot.img keep what grub-bios-setup fills in (grub: include/grub/i386/pc/boot.h). */
const kernelSector = 0x5c;
const driveCheck = 0x66;
const blockList = 0x1f4;
const segment = 0x820;
/** Kept of the disk's first sector: its signature, the protective partition table. */
const keep = [0x1b8, 0x1fe] as const;

/** The core image as it lies on the disk from sector `at` on: its first sector knows where the others are. Pure. */
export function patchCore(core: Uint8Array, at: number): Buffer {
  const sectors = Math.ceil(core.length / sector);
  const patched = Buffer.alloc(sectors * sector);
  patched.set(core);
  patched.writeBigUInt64LE(BigInt(at + 1), blockList);
  patched.writeUInt16LE(sectors - 1, blockList + 8);
  patched.writeUInt16LE(segment, blockList + 10);
  return patched;
}

/** The first sector of the disk: boot.img that loads sector `coreAt`, with the table that is in `old`. Pure. */
export function patchBoot(boot: Uint8Array, old: Uint8Array, coreAt: number): Buffer {
  const patched = Buffer.from(boot.subarray(0, sector));
  patched.writeBigUInt64LE(BigInt(coreAt), kernelSector);
  // The drive number the firmware gives is taken as it is, as grub-bios-setup does for hard disks.
  patched.writeUInt16LE(0x9090, driveCheck);
  patched.set(old.subarray(...keep), keep[0]);
  patched.writeUInt16LE(0xaa55, 0x1fe);
  return patched;
}

/**
 * Makes a disk with 512-byte sectors start without UEFI: core image first, then the first sector, so that a cut between the
 * two leaves one that does not start. `room`: bytes of the BIOS boot partition that GRUB may use.
 */
export async function writeBiosBoot(file: FileHandle, { boot, core }: { boot: Uint8Array; core: Uint8Array }, bios: { start: number; room: number }): Promise<void> {
  if (core.length > bios.room) throw new Error(`GRUB's core image has ${core.length} bytes, ${bios.room} fit`);
  const at = bios.start / sector;
  await writeAll(file, patchCore(core, at), bios.start);
  await file.sync();
  const old = Buffer.alloc(sector);
  await file.read(old, 0, sector, 0);
  await writeAll(file, patchBoot(boot, old, at), 0);
  await file.sync();
} // prettier-ignore
