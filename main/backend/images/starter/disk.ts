import { open } from 'node:fs/promises';
import { ext4 } from './ext4.ts';
import { fat16 } from './fat.ts';
import { sizes } from './recipe.ts';
import type { Tree } from './tree.ts';

const sector = 512;
const bootFirst = 2048;
const rootFirst = bootFirst + sizes.boot / sector;

export interface DiskParts {
  bootLoader: Buffer;
  kernel: Uint8Array;
  initrd: Uint8Array;
  efiLoader: Uint8Array;
  commandLine: string;
  root: Tree;
  uuid: Buffer;
}

/** Bytes of the disk as the guest sees it. */
export const diskSize = rootFirst * sector + sizes.root;

/**
 * Writes the raw disk: MBR with our loader, a FAT volume (active, type EF) that serves BIOS and UEFI alike, and the ext4
 * root. Holes stay holes. No loop device, no root, no tools.
 */
export async function writeDisk(path: string, parts: DiskParts): Promise<void> {
  const entry = [
    'title Hearth starter',
    'linux /vmlinuz',
    'initrd /initrd.img',
    `options ${parts.commandLine}`,
    '',
  ].join('\n');
  const files = new Map<string, Uint8Array>([
    ['vmlinuz', parts.kernel],
    ['initrd.img', parts.initrd],
    ['EFI/BOOT/BOOTX64.EFI', parts.efiLoader],
    ['loader/loader.conf', Buffer.from('timeout 0\neditor no\n')],
    ['loader/entries/hearth.conf', Buffer.from(entry)],
  ]);
  const boot = fat16(files, sizes.boot, bootFirst, 'HEARTHBOOT');
  const head = mbr(parts, {
    kernel: bootFirst + (boot.sectors.get('vmlinuz') ?? 0),
    initrd: bootFirst + (boot.sectors.get('initrd.img') ?? 0),
  });
  const file = await open(path, 'wx', 0o600);
  try {
    await file.truncate(diskSize);
    await file.write(head, 0, head.length, 0);
    await file.write(boot.image, 0, lastUsed(boot.image), bootFirst * sector);
    for (const piece of ext4(parts.root, sizes.root, 'hearth-root', parts.uuid))
      await file.write(piece.data, 0, piece.data.length, rootFirst * sector + piece.offset);
  } finally {
    await file.close();
  }
}

/** End of the last block that is not all zero. */
function lastUsed(image: Buffer): number {
  const zero = Buffer.alloc(65536);
  let end = image.length;
  while (end > 65536 && image.subarray(end - 65536, end).equals(zero)) end -= 65536;
  return end;
}

/** The loader with the partition table and, in its second sector, where kernel and initrd lie (boot.S, `params`). */
function mbr(parts: DiskParts, at: { kernel: number; initrd: number }): Buffer {
  const head = Buffer.from(parts.bootLoader);
  const partition = (slot: number, active: boolean, type: number, first: number, count: number): void => {
    const offset = 446 + slot * 16;
    head[offset] = active ? 0x80 : 0;
    // Beyond what cylinders can tell: the LBA fields count.
    head.set([0xfe, 0xff, 0xff], offset + 1);
    head[offset + 4] = type;
    head.set([0xfe, 0xff, 0xff], offset + 5);
    head.writeUInt32LE(first, offset + 8);
    head.writeUInt32LE(count, offset + 12);
  };
  parts.uuid.copy(head, 440, 0, 4);
  partition(0, true, 0xef, bootFirst, sizes.boot / sector);
  partition(1, false, 0x83, rootFirst, sizes.root / sector);
  if (head.toString('latin1', 512, 520) !== 'HEARTHBL')
    throw new Error('the boot loader of the starter image is damaged');
  const kernel = Buffer.from(parts.kernel.buffer, parts.kernel.byteOffset, parts.kernel.byteLength);
  if (kernel.toString('latin1', 0x202, 0x206) !== 'HdrS')
    throw new Error("Debian's kernel is not in the bzImage format");
  const setup = ((kernel[0x1f1] ?? 0) || 4) + 1;
  const numbers = [
    at.kernel,
    setup,
    at.kernel + setup,
    Math.ceil(kernel.length / sector) - setup,
    at.initrd,
    Math.ceil(parts.initrd.length / sector),
    parts.initrd.length,
  ];
  for (const [index, value] of numbers.entries()) head.writeUInt32LE(value, 520 + index * 4);
  if (parts.commandLine.length > 440) throw new RangeError('the kernel command line is too long for the boot loader');
  head.write(`${parts.commandLine}\0`, 512 + 0x40, 'latin1');
  return head;
}
