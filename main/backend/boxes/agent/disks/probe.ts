import { open, readFile, readlink } from 'node:fs/promises';
import { z } from 'zod';
import { bootLabel, boxFilePath, parseBoxFile } from './box-file.ts';
import type { BoxFile } from './box-file.ts';
import type { Found } from './content.ts';
import { partitionsOf } from './lsblk.ts';
import type { BlockNode, Run } from './lsblk.ts';
import { readMarker } from './marker.ts';

/** What is read from a disk itself; nothing is ever written or mounted. */
export interface Probe {
  found(node: BlockNode): Promise<Found>;
  /** Where it sits, for a disk without a serial number: `at 0000:00:04.0/virtio1`. */
  seat(name: string): Promise<string>;
  /** `MMC` or `SD`. */
  card(name: string): Promise<string | undefined>;
}

export function createProbe(run: Run, folders = { devices: '/dev', sys: '/sys' }): Probe {
  return {
    async found(node) {
      const device = `${folders.devices}/${node.kname}`;
      const signatures = await signaturesOf(run, device);
      const unfinished = await unlessUnreadable(readMarker(device));
      const box = await boxOn(run, device, node);
      return {
        signatures: signatures ?? ['unreadable'],
        empty: (await unlessUnreadable(looksEmpty(device, node.size))) ?? false,
        ...(box && { box }),
        ...(unfinished && { unfinished }),
      };
    },
    async seat(name) {
      const link = await readlink(`${folders.sys}/class/block/${name}`).catch(() => '');
      const place = link.replace(/\/block\/.*$/, '').split('/').slice(-2).join('/'); // prettier-ignore
      return place === '' ? '' : `at ${place}`;
    },
    card: async (name) =>
      name.startsWith('mmcblk')
        ? (await readFile(`${folders.sys}/class/block/${name}/device/type`, 'utf8').catch(() => '')).trim() || undefined
        : undefined,
  };
}

const wipefsSchema = z.object({ signatures: z.array(z.object({ type: z.string() })) });
/** Types of what libblkid finds on the whole device; undefined when it cannot be read. */
async function signaturesOf(run: Run, device: string): Promise<string[] | undefined> {
  const { code, stdout } = await run(['wipefs', '--no-act', '--json', device], { timeoutMs: 30_000 });
  if (code !== 0) return undefined;
  if (stdout.trim() === '') return [];
  return wipefsSchema.parse(JSON.parse(stdout)).signatures.map(({ type }) => type);
}

/** A disk that fails while it is looked at has no marker and is not blank; it is still listed. */
async function unlessUnreadable<T>(reading: Promise<T>): Promise<T | undefined> {
  try {
    return await reading;
  } catch (error) {
    if (['EIO', 'ENXIO', 'ENODEV', 'ENOENT', 'ENOMEDIUM'].includes((error as NodeJS.ErrnoException).code ?? ''))
      return undefined;
    throw error;
  }
}

/** The box whose boot partition a disk has; read through the FAT, without mounting it. */
async function boxOn(run: Run, device: string, node: BlockNode): Promise<BoxFile | undefined> {
  for (const part of partitionsOf(node)) {
    if (part.label !== bootLabel && part.partlabel !== bootLabel) continue;
    const offset = (part.start ?? 0) * 512;
    if (offset === 0) continue;
    const { code, stdout } = await run(['mtype', '-i', `${device}@@${offset}`, `::${boxFilePath}`], {
      timeoutMs: 30_000,
      limit: 64 * 1024,
    });
    const box = code === 0 ? parseBoxFile(stdout) : undefined;
    if (box) return box;
  }
  return undefined;
}

const edge = 4 * 1024 * 1024;
const sample = 64 * 1024;
const samples = 256;
/** Looks at both ends and at places spread over the disk: an encrypted volume without a header is not taken for blank. */
export async function looksEmpty(device: string, size: number): Promise<boolean> {
  const file = await open(device, 'r');
  try {
    const step = Math.max(sample, Math.floor((size - 2 * edge) / samples / 4096) * 4096);
    const places: [number, number][] = [
      [0, Math.min(edge, size)],
      [Math.max(0, size - edge), Math.min(edge, size)],
    ];
    for (let at = edge; at < size - edge - sample; at += step) places.push([at, sample]);
    let fill: number | undefined;
    for (const [at, length] of places) {
      const bytes = Buffer.alloc(length);
      const { bytesRead } = await file.read(bytes, 0, length, at);
      if (bytesRead < length) return false;
      fill ??= bytes[0] === 0xff ? 0xff : 0;
      if (!bytes.equals(Buffer.alloc(length, fill))) return false;
    }
    return true;
  } finally {
    await file.close();
  }
}
