/**
 * GRUB for computers without UEFI, as grub-bios-setup would put it (grub's util/setup.c), but without a mounted disk: boot.img
 * goes into the first sector and loads the first sector of core.img, which holds the list of where the rest lies.
 */
const sector = 512;
/** In boot.img: 64-bit sector of core.img; and a jump that is made harmless, since the drive's number is right. */
const kernelSector = 0x5c;
const drivePatch = 0x66;
/** In core.img's first sector: the one entry of its list (sector, count, segment it is loaded to). */
const listEntry = 0x1f4;
const loadSegment = 0x820;
/** Bytes of the first sector that are code; the disk's signature and partition table follow. */
export const bootCodeSize = 440;

/**
 * Both parts for a core that lies from `coreSector` (sectors of 512 bytes) on. `bootCode` has 440 bytes for the start of the
 * drive. Throws a RangeError for files that are not GRUB's, or a core of more than `room` sectors. Pure.
 */
export function biosBoot(
  { boot, core }: { boot: Uint8Array; core: Uint8Array },
  coreSector: number,
  room: number,
): { bootCode: Buffer; core: Buffer } {
  if (boot.length !== sector || boot[510] !== 0x55 || boot[511] !== 0xaa) throw new RangeError('this is not a boot.img');
  const count = Math.ceil(core.length / sector);
  if (count < 2 || count > room) throw new RangeError(`a core of ${count} sectors does not fit into ${room}`);
  const code = Buffer.from(boot);
  code.writeBigUInt64LE(BigInt(coreSector), kernelSector);
  code.set([0x90, 0x90], drivePatch);
  const padded = Buffer.alloc(count * sector);
  padded.set(core);
  padded.writeBigUInt64LE(BigInt(coreSector + 1), listEntry);
  padded.writeUInt16LE(count - 1, listEntry + 8);
  padded.writeUInt16LE(loadSegment, listEntry + 10);
  return { bootCode: code.subarray(0, bootCodeSize), core: padded };
} // prettier-ignore
