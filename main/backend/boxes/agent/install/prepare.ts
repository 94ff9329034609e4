import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { randomBytes, randomUUID } from 'node:crypto';
import { bootLabel, dataLabel } from '../disks/box-file.ts';
import type { Run } from '../disks/lsblk.ts';
import { encodeMarker, markerAt } from '../disks/marker.ts';
import type { Unfinished } from '../disks/marker.ts';
import { clusterSectors, sfdiskScript } from './layout.ts';
import type { DiskLayout, Extent } from './layout.ts';
import type { OpenPartitions } from './partitions.ts';
import { programFailed } from './problems.ts';
import { wipeEnds, wipePartition, writeAll } from './wipe.ts';

/** The device alone for us: EBUSY when anything (a mount, an array, a volume) uses it. Never opened otherwise. */
export const openAlone = (device: string): Promise<FileHandle> => open(device, constants.O_RDWR | constants.O_EXCL);

async function must(run: Run, argv: readonly string[], options: { stdin?: string; timeoutMs?: number } = {}): Promise<string> {
  const { code, stdout, stderr } = await run(argv, { timeoutMs: 60_000, ...options });
  if (code !== 0) throw programFailed(argv, stderr);
  return stdout;
} // prettier-ignore

/** Bytes of a logical sector of the disk. */
export const sectorOf = async (run: Run, device: string): Promise<number> =>
  Number((await must(run, ['blockdev', '--getss', device])).trim());

/** The first change of all: from here on the disk is known as one that was begun. It is on the disk when this resolves. */
export async function writeMarker(file: FileHandle, marker: Unfinished): Promise<void> {
  await writeAll(file, encodeMarker(marker), markerAt);
  await file.sync();
}

/** Old tables and signatures go, and the new table comes. The marker stays. */
export async function erase(run: Run, device: string, file: FileHandle, size: number): Promise<void> {
  await wipeEnds(file, size);
  await file.close();
  // What lies at odd places.
  await must(run, ['wipefs', '--all', '--force', '--quiet', device]);
}

export async function writeTable(run: Run, device: string, layout: DiskLayout): Promise<void> {
  // The kernel is told by whoever opens the partitions.
  const argv = ['sfdisk', '--quiet', '--no-reread', '--no-tell-kernel', '--wipe', 'never', device];
  await must(run, argv, { stdin: sfdiskScript(layout) });
  const file = await open(device, 'r+');
  try {
    await file.sync();
  } finally {
    await file.close();
  }
}

/** Both file systems, new, with ids of their own. Resolves with the UUID of the data partition. */
export async function format(run: Run, { esp, data }: OpenPartitions, layout: DiskLayout): Promise<string> {
  await cleanEnds(esp, layout.esp);
  await cleanEnds(data, layout.data);
  const serial = randomBytes(4).toString('hex').toUpperCase();
  const clusters = clusterSectors(layout.esp.size, layout.sector);
  await must(run, ['mkfs.vfat', '-F', '32', '-S', `${layout.sector}`, '-s', `${clusters}`, '-n', bootLabel, '-i', serial, esp]); // prettier-ignore
  const uuid = randomUUID();
  await must(run, ['mkfs.ext4', '-q', '-F', '-m', '1', '-L', dataLabel, '-U', uuid, data], { timeoutMs: 900_000 });
  return uuid;
}

async function cleanEnds(device: string, { size }: Extent): Promise<void> {
  const file = await openAlone(device);
  try {
    await wipePartition(file, size);
  } finally {
    await file.close();
  }
}
