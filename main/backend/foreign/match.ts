import type { ForeignDisk } from '../../contract/foreign.ts';
import type { ImageRow } from '../../contract/image.ts';
import { baseName } from './parts.ts';

/** Names as people compare them: without folders, endings and the part that VMware adds to the file with the sectors. */
const bare = (name: string): string =>
  baseName(name.trim())
    .toLowerCase()
    .replace(/\.(xz|gz|zst|bz2)$/, '')
    .replace(/(-flat)?\.(qcow2|raw|img|vmdk|vhdx?|vdi|iso)$/, '');
const slug = (name: string): string => bare(name).replaceAll(/[^a-z0-9]+/g, '-').replaceAll(/^-+|-+$/g, ''); // prettier-ignore

/** The library's image that came from this file, by its name: the same name first, then without its ending; the newest. Pure. */
export function imageOf(file: string | undefined, images: readonly ImageRow[], kind: ImageRow['kind']): ImageRow | undefined {
  if (file === undefined || bare(file) === '') return undefined;
  const ready = images
    .filter((image) => image.kind === kind && image.state === 'ready' && image.golden !== true)
    .toSorted((one, other) => other.createdAt.localeCompare(one.createdAt));
  const whole = baseName(file).toLowerCase();
  return (
    ready.find(({ source, displayName }) => [source, displayName].some((each) => baseName(each).toLowerCase() === whole)) ??
    ready.find(({ source, displayName }) => [source, displayName].some((each) => bare(each) === bare(file))) ??
    ready.find(({ name }) => name === slug(file))
  );
} // prettier-ignore

/** The file by whose name a disk is looked for: the one that lies here, else the one that is written. */
export const fileOf = ({ found, file }: Pick<ForeignDisk, 'found' | 'file'>): string | undefined => found ?? file;
