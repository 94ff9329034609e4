import type { CatalogueEntry, ImageRow } from '../../../main/contract/image.ts';
import type { Task } from '../../../main/contract/task.ts';
import { byName } from '../../lib/format.ts';

const rank: Record<ImageRow['state'], number> = { failed: 0, waiting: 1, importing: 2, ready: 3 };

/** What needs a person first, then what is being made, then by name. */
export const sortImages = (rows: readonly ImageRow[]): ImageRow[] =>
  [...rows].sort((a, b) => rank[a.state] - rank[b.state] || byName(a.displayName, b.displayName));

export function filterImages(rows: readonly ImageRow[], search: string): ImageRow[] {
  const words = search.trim().toLowerCase().split(/\s+/).filter(Boolean);
  return rows.filter((row) => {
    const text = `${row.displayName} ${row.name} ${row.os ?? ''} ${row.source} ${row.format ?? ''}`.toLowerCase();
    return words.every((word) => text.includes(word));
  });
}

/** The running task that makes this image, or else its latest failed one. */
export function taskOf(row: ImageRow, tasks: readonly Task[]): Task | undefined {
  const own = tasks.filter(
    (task) => task.object?.name === row.name && (task.object.namespace ?? row.namespace) === row.namespace,
  );
  return own.find((task) => task.state === 'running') ?? own.find((task) => task.state === 'failed');
}

/** The catalogue by family, in the order families first appear. */
export function groupCatalogue(
  entries: readonly CatalogueEntry[],
  search: string,
): { family: string; entries: CatalogueEntry[] }[] {
  const words = search.trim().toLowerCase().split(/\s+/).filter(Boolean);
  const groups = new Map<string, CatalogueEntry[]>();
  for (const entry of entries) {
    const text = `${entry.name} ${entry.version} ${entry.family} ${entry.description} ${entry.kind}`.toLowerCase();
    if (!words.every((word) => text.includes(word))) continue;
    const group = groups.get(entry.family) ?? [];
    groups.set(entry.family, [...group, entry]);
  }
  return [...groups].map(([family, list]) => ({ family, entries: list }));
}

/** A stable hue for images that are not from the catalogue, and the letters of their glyph. */
export function glyphOf(row: ImageRow, entry: CatalogueEntry | undefined): { letters: string; hue: number } {
  if (entry) return entry.glyph;
  const name = row.os ?? row.displayName;
  let hash = 0;
  for (const character of name) hash = (hash * 31 + (character.codePointAt(0) ?? 0)) % 360;
  const letters = name.replaceAll(/[^\p{L}\p{N}]/gu, '').slice(0, 2);
  return { letters: letters ? (letters[0] ?? '').toUpperCase() + letters.slice(1) : '?', hue: hash };
}

/** An entry's name, with its version where the name does not say it. */
export const entryName = ({ name, version, kind }: CatalogueEntry): string =>
  kind === 'starter' || name.includes(version.split(' ')[0] ?? version) || /\d/.test(name)
    ? name
    : `${name} ${version}`;
