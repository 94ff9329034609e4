import { readdir, readFile, statfs } from 'node:fs/promises';
import { cpus } from 'node:os';
import { join } from 'node:path';
import type { BoxHealth } from '../../../../contract/box/upkeep.ts';

/** A folder whose filesystem is told. */
export interface WatchedPath {
  path: string;
  what: string;
}

const textOf = async (path: string): Promise<string | undefined> => {
  try {
    return (await readFile(path, 'utf8')).trim();
  } catch {
    // Sensors come and go, and some answer with an error: what cannot be read is not told.
    return undefined;
  }
};

/** Seconds since the start of this computer, by `/proc` below `root`. */
export const uptimeOf = async (root: string): Promise<number> =>
  Number((await readFile(join(root, 'proc/uptime'), 'utf8')).split(' ')[0]);

/** How many seconds it runs, how busy it is and how much memory is left, by `/proc` below `root`. */
export async function readLoad(root: string): Promise<Pick<BoxHealth, 'uptime' | 'cpus' | 'load' | 'memory'>> {
  const load = (await readFile(join(root, 'proc/loadavg'), 'utf8')).split(' ').slice(0, 3).map(Number);
  const info = await readFile(join(root, 'proc/meminfo'), 'utf8');
  const kib = (name: string): number => Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(info)?.[1] ?? 0) * 1024;
  const memory = { total: kib('MemTotal'), available: kib('MemAvailable') };
  return { uptime: await uptimeOf(root), cpus: cpus().length, load, memory };
}

/** Temperatures by `/sys/class/hwmon`, and by `/sys/class/thermal` where there is none. `high`: where its maker says stop. */
export async function readTemperatures(root: string): Promise<BoxHealth['temperatures']> {
  const sensors = await hwmon(join(root, 'sys/class/hwmon'));
  return sensors.length > 0 ? sensors : thermal(join(root, 'sys/class/thermal'));
}

const entries = async (folder: string): Promise<string[]> =>
  (await readdir(folder).catch((): string[] => [])).sort((a, b) => a.localeCompare(b));
/** Millidegrees of a sysfs file; undefined for what no sensor in a computer can mean. */
async function degrees(path: string): Promise<number | undefined> {
  const text = await textOf(path);
  const value = text === undefined || text === '' ? Number.NaN : Number(text) / 1000;
  return Number.isFinite(value) && value > -60 && value < 200 ? Math.round(value * 10) / 10 : undefined;
}

async function hwmon(folder: string): Promise<BoxHealth['temperatures']> {
  const found: BoxHealth['temperatures'] = [];
  for (const chip of await entries(folder)) {
    const name = (await textOf(join(folder, chip, 'name'))) ?? chip;
    for (const file of await entries(join(folder, chip))) {
      const sensor = /^(temp\d+)_input$/.exec(file)?.[1];
      const celsius = sensor ? await degrees(join(folder, chip, file)) : undefined;
      if (!sensor || celsius === undefined || celsius === 0) continue;
      const label = await textOf(join(folder, chip, `${sensor}_label`));
      const high = (await degrees(join(folder, chip, `${sensor}_crit`))) ?? (await degrees(join(folder, chip, `${sensor}_max`))); // prettier-ignore
      found.push({
        name: label ? `${name} ${label}` : name,
        celsius,
        ...(high !== undefined && high > 30 && { high }),
      });
    }
  }
  return found;
}

async function thermal(folder: string): Promise<BoxHealth['temperatures']> {
  const found: BoxHealth['temperatures'] = [];
  for (const zone of await entries(folder)) {
    if (!/^thermal_zone\d+$/.test(zone)) continue;
    const celsius = await degrees(join(folder, zone, 'temp'));
    if (celsius === undefined || celsius === 0) continue;
    found.push({ name: (await textOf(join(folder, zone, 'type'))) ?? zone, celsius });
  }
  return found;
}

/** Sizes of the filesystems behind these folders, in bytes; a folder that is not there is left out. */
export async function readFilesystems(watched: readonly WatchedPath[]): Promise<BoxHealth['filesystems']> {
  const found: BoxHealth['filesystems'] = [];
  for (const { path, what } of watched) {
    const stats = await statfs(path).catch(() => undefined);
    if (stats) found.push({ path, what, total: stats.blocks * stats.bsize, free: stats.bavail * stats.bsize });
  }
  return found;
}
