import { bootLabel, dataLabel } from '../disks/box-file.ts';

/** One partition; `start` and `size` in bytes from the start of the disk. */
export interface Extent {
  start: number;
  size: number;
}
/** Of an installed box: FAT32 it starts from, room for GRUB on computers without UEFI, and everything else. */
export interface DiskLayout {
  /** Bytes of a logical sector. */
  sector: number;
  esp: Extent;
  bios: Extent;
  data: Extent;
}

const mib = 1024 ** 2;
const gib = 1024 ** 3;
const types = {
  esp: 'C12A7328-F81F-11D2-BA4B-00A0C93EC93B',
  bios: '21686148-6449-6E6F-744E-656564454649',
  linux: '0FC63DAF-8483-4772-8E79-3D69D8477DE4',
};

/** Two systems fit in it, and one more while it is being replaced. Small disks have less. */
export const bootSizeFor = (disk: number): number =>
  disk >= 24 * gib ? 4 * gib : disk >= 6 * gib ? 2 * gib : Math.floor(disk / 3 / mib) * mib;

/** Where everything goes on a disk of this size; the entries of its tables take 16 KiB at each end. Pure. */
export function layoutFor(size: number, sector = 512, bootSize = bootSizeFor(size)): DiskLayout {
  const first = Math.ceil((2 * sector + 16 * 1024) / sector) * sector;
  const end = Math.floor((size - sector - 16 * 1024) / mib) * mib;
  const dataStart = mib + bootSize;
  return {
    sector,
    esp: { start: mib, size: bootSize },
    bios: { start: first, size: mib - first },
    data: { start: dataStart, size: end - dataStart },
  };
}

/** What sfdisk reads: a GPT with these partitions in this order. Pure. */
export function sfdiskScript({ sector, esp, bios, data }: DiskLayout): string {
  const line = ({ start, size }: Extent, type: string, name: string): string =>
    `start=${start / sector}, size=${size / sector}, type=${type}, name="${name}"`;
  return [
    'label: gpt',
    'unit: sectors',
    `first-lba: ${bios.start / sector}`,
    `sector-size: ${sector}`,
    '',
    line(esp, types.esp, bootLabel),
    line(bios, types.bios, 'BIOS boot'),
    line(data, types.linux, dataLabel),
    '',
  ].join('\n');
}

/** Sectors in a cluster: as large as FAT32 allows here (it needs 65525 clusters), since GRUB reads cluster by cluster. Pure. */
export function clusterSectors(bytes: number, sector: number): number {
  let sectors = (32 * 1024) / sector;
  while (sectors > 1 && bytes / (sectors * sector) < 70_000) sectors /= 2;
  return sectors;
}
