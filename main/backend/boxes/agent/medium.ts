import { readFile, readlink } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { AgentPlaces } from './places.ts';

/** What the box was started from. */
export interface Medium {
  /** Where it is mounted. */
  folder: string;
  /** Its block device, e.g. /dev/sdb1; undefined where it cannot be told. */
  device?: string;
  /** The whole drive, e.g. sdb. */
  disk?: string;
}

/** Finds the block device behind the mounted medium by the kernel's tables; touches nothing. */
export async function findMedium(places: AgentPlaces): Promise<Medium> {
  const mounts = await readFile(places.mounts, 'utf8').catch(() => '');
  const point = places.root === '/' ? places.medium : '/run/hearth/medium';
  const device = mountedDevice(mounts, point);
  if (!device?.startsWith('/dev/')) return { folder: places.medium };
  return { folder: places.medium, device, disk: await wholeDisk(places.at('/sys/class/block'), basename(device)) };
}

/** Source of the mount at `point`, by proc_pid_mountinfo(5); the last one counts, it covers the others. */
export function mountedDevice(mountinfo: string, point: string): string | undefined {
  let found: string | undefined;
  for (const line of mountinfo.split('\n')) {
    const [before = '', after = ''] = line.split(' - ');
    if (unescape(before.split(' ')[4] ?? '') === point) found = unescape(after.split(' ')[1] ?? '');
  }
  return found;
}
const unescape = (text: string): string =>
  text.replace(/\\([0-7]{3})/g, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 8)));

/** A partition's folder in sysfs lies in that of its disk. */
async function wholeDisk(blocks: string, name: string): Promise<string> {
  const target = await readlink(join(blocks, name)).catch(() => '');
  const parent = basename(dirname(target));
  return parent === '' || parent === '.' || parent === 'block' ? name : parent;
}
