import { open, rm } from 'node:fs/promises';
import { settingsSlotSize } from '../../../contract/box/manifest.ts';
import { runProcess, plainEnvironment } from '../../process.ts';
import { ProblemError } from '../../../contract/problem.ts';
import { makeGpt } from '../sticks/format/gpt.ts';
import { guidText, partitionTypes } from '../sticks/format/guid.ts';
import { bootCodeSize, biosBoot } from './bios.ts';

const sector = 512;
const mebi = 2 ** 20;
/** Where the FAT begins, and where GRUB's core lies before it; sectors of 512 bytes. */
export const fatStart = 2048;
export const coreStart = 34;
const clusterSectors = 8;
export const stickLabel = 'HEARTH';

/** A file of the medium. `part`: some bytes of a file. */
export interface MediumFile {
  path: string;
  size: number;
  from: { file: string } | { bytes: Uint8Array } | { part: string; offset: number };
}

/** Bytes of the whole image for these files: FAT, its tables, a little room, both partition tables. */
export function imageSize(files: readonly MediumFile[]): number {
  const cluster = clusterSectors * sector;
  const data = files.reduce((sum, { size }) => sum + Math.ceil(size / cluster) * cluster, 0);
  // FAT32 begins at 65,525 clusters, whatever is in it.
  const clusters = Math.max(66_000, Math.ceil(data / cluster) + 2048);
  const fat = clusters * (cluster + 8) + 64 * cluster;
  return Math.ceil((fatStart * sector + fat) / mebi + 1) * mebi;
}

/**
 * Writes one raw disk image: GPT, BIOS boot, and a FAT32 that holds the files in this order (the first ones are the ones that
 * lie in one piece for certain). The ids come from `seed` (32 bytes), so that equal contents are an equal image.
 */
export async function writeMedium(
  path: string,
  files: readonly MediumFile[],
  bios: { boot: Uint8Array; core: Uint8Array },
  options: { seed: Buffer; epoch: number; signal: AbortSignal; onProgress: (fraction: number) => void },
): Promise<void> {
  const { seed, signal } = options;
  const size = imageSize(files);
  const sectors = size / sector;
  const lastFat = sectors - 34;
  const env = { ...plainEnvironment(), SOURCE_DATE_EPOCH: String(options.epoch), MTOOLS_SKIP_CHECK: '1', TZ: 'UTC' };
  const run = async (argv: readonly string[], stdin?: Uint8Array): Promise<void> => {
    const result = await runProcess(argv, { env, signal, timeoutMs: 30 * 60_000, ...(stdin && { stdin }) });
    if (result.code === 0) return;
    throw new ProblemError({
      code: 'image-medium',
      title: 'The image could not be put together',
      detail: result.stderr.trim() || `${argv[0] ?? ''} ended with ${String(result.code)}.`,
      cause: 'The disk is full, or mtools or dosfstools are too old (4.2 of dosfstools is needed).',
      fix: 'Free some gigabytes and try again.',
      command: argv.join(' '),
    });
  };
  await rm(path, { force: true });
  const guid = (nth: number): string => guidText(versionFour(seed.subarray(nth * 8, nth * 8 + 16)));
  const { bootCode, core } = biosBoot(bios, coreStart, fatStart - coreStart);
  const gpt = makeGpt({
    sectors,
    sectorSize: sector,
    diskGuid: guid(0),
    bootCode: bootCode.subarray(0, bootCodeSize),
    partitions: [
      { number: 1, type: partitionTypes.esp, guid: guid(1), first: fatStart, last: lastFat, name: 'HEARTH' },
      { number: 2, type: partitionTypes.biosBoot, guid: guid(2), first: coreStart, last: fatStart - 1, name: 'BIOS boot' },
    ],
  }); // prettier-ignore
  const image = await open(path, 'wx', 0o644);
  try {
    await image.truncate(size);
    await image.write(gpt.head, 0, gpt.head.length, 0);
    await image.write(core, 0, core.length, coreStart * sector);
    await image.write(gpt.tail, 0, gpt.tail.length, gpt.tailOffset);
  } finally {
    await image.close();
  }
  const volume = seed.subarray(24, 28).toString('hex');
  const blocks = Math.floor(((lastFat - fatStart + 1) * sector) / 1024);
  await run(['mkfs.vfat', '-F', '32', '-s', String(clusterSectors), '-S', '512', '-h', String(fatStart), '-n', stickLabel, '-i', volume, '--invariant', '--offset', String(fatStart), path, String(blocks)]); // prettier-ignore
  const fat = `${path}@@${fatStart * sector}`;
  const folders = new Set<string>();
  for (const each of files) {
    const parts = each.path.split('/').slice(0, -1);
    for (let depth = 1; depth <= parts.length; depth += 1) folders.add(parts.slice(0, depth).join('/'));
  }
  await run(['mmd', '-i', fat, ...[...folders].toSorted().map((folder) => `::/${folder}`)]);
  const total = files.reduce((sum, each) => sum + each.size, 0);
  let done = 0;
  for (const each of files) {
    const to = `::/${each.path}`;
    if ('file' in each.from) await run(['mcopy', '-i', fat, each.from.file, to]);
    else if ('bytes' in each.from) await run(['mcopy', '-i', fat, '-', to], each.from.bytes);
    else await run(['sh', '-c', 'tail -c "+$1" "$2" | head -c "$3" | mcopy -i "$4" - "$5"', 'sh', String(each.from.offset + 1), each.from.part, String(each.size), fat, to]); // prettier-ignore
    done += each.size;
    options.onProgress(done / total);
  }
}

/** Random-looking bytes as a GUID of version 4. */
function versionFour(bytes: Uint8Array): Buffer {
  const guid = Buffer.from(bytes);
  guid.writeUInt8((guid.readUInt8(7) & 0x0f) | 0x40, 7);
  guid.writeUInt8((guid.readUInt8(8) & 0x3f) | 0x80, 8);
  return guid;
}

/** An empty settings slot. */
export const emptySettings = (): Buffer => Buffer.alloc(settingsSlotSize, 0x0a);
