import type { ImageRow } from '../../../main/contract/image.ts';
import type { InstancetypeRow } from '../../../main/contract/machine.ts';

/** A valid machine name made of any text: "Debian 13 (trixie)" -> "debian-13". */
export function slug(text: string): string {
  return text
    .replaceAll(/\([^)]*\)/g, '')
    .normalize('NFKD')
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replaceAll(/^-+|-+$/g, '')
    .slice(0, 50)
    .replace(/-+$/, '');
}

/** The first of base, base-2, base-3 … that is free. */
export function freeName(base: string, taken: ReadonlySet<string>): string {
  const stem = base || 'machine';
  if (!taken.has(stem)) return stem;
  for (let n = 2; ; n += 1) if (!taken.has(`${stem}-${n}`)) return `${stem}-${n}`;
}

/** The image most people would want next: a ready disk that logs in by itself, the newest of them. */
export function suggestImage(images: readonly ImageRow[]): ImageRow | undefined {
  const ready = images.filter((image) => image.state === 'ready' && image.kind === 'disk');
  const rank = (image: ImageRow): number => (image.cloudInit ? 1 : 0);
  return ready.sort((a, b) => rank(b) - rank(a) || (a.createdAt < b.createdAt ? 1 : -1))[0];
}

/** The sizes the quick way shows: the general series without the very large. */
export function quickSizes(types: readonly InstancetypeRow[]): InstancetypeRow[] {
  const general = types.filter((type) => type.name.startsWith('u1.') && type.memory <= 16 * 1024 ** 3);
  const shown = general.length > 0 ? general : [...types];
  return shown.sort((a, b) => a.memory - b.memory || a.cpus - b.cpus).slice(0, 6);
}

/** The smallest size that holds the image well and fits now; else the smallest that fits, else the first. */
export function suggestSize(
  types: readonly InstancetypeRow[],
  minMemory: number | undefined,
  maxCpus: number | undefined,
): string {
  const sorted = quickSizes(types);
  const fits = sorted.filter((type) => type.fits);
  const enough = fits.filter((type) => type.memory >= (minMemory ?? 1024 ** 3));
  const modest = enough.filter((type) => type.cpus <= (maxCpus ?? Infinity));
  return (modest[0] ?? enough[0] ?? fits.at(-1) ?? sorted[0])?.name ?? '';
}
