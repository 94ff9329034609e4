import type { CatalogueEntry, ImageRow } from '../../../main/contract/image.ts';
import type { InstancetypeRow } from '../../../main/contract/machine.ts';
import type { ObjectRef } from '../../../main/contract/machine-ref.ts';
import { newPlaceDraft } from '../install/draft.ts';
import type { PlaceDraft, Way } from '../install/draft.ts';

export const steps = ['host', 'place', 'image', 'machine', 'console'] as const;
export type Step = (typeof steps)[number];

/** What the wizard knows; kept for the session, so that a reload goes on where it was. */
export interface Draft {
  step: Step;
  /** Catalogue id of the chosen image. */
  choice: string;
  image: ObjectRef | undefined;
  taskId: string | undefined;
  /** undefined until it is typed: then a free one is offered. */
  name: string | undefined;
  size: string | undefined;
  user: string | undefined;
  password: string;
  machine: ObjectRef | undefined;
  /** How far the way to a place is; absent in a draft of an earlier version. */
  place?: PlaceDraft;
  /** Machines of another computer are brought back instead; how far that is. */
  restore?: RestoreDraft | undefined;
}
export interface RestoreDraft {
  placeId?: string;
  taskIds?: string[];
}

const letters = 'abcdefghjkmnpqrstuvwxyz23456789';
/** Three groups of three that can be read aloud: no 0/O, 1/l/i. */
export function newPassword(random: Uint8Array = crypto.getRandomValues(new Uint8Array(9))): string {
  const text = [...random].map((byte) => letters[byte % letters.length]).join('');
  return `${text.slice(0, 3)}-${text.slice(3, 6)}-${text.slice(6, 9)}`;
}

export const newDraft = (): Draft => ({
  step: 'host',
  choice: 'starter',
  image: undefined,
  taskId: undefined,
  name: undefined,
  size: undefined,
  user: undefined,
  password: newPassword(),
  machine: undefined,
  place: newPlaceDraft(),
});

/** Straight to the places, from a page of the app: a run that is under way there is not left. */
export function atPlaces(draft: Draft, way: Way | undefined): Draft {
  if (draft.place?.run) return { ...draft, step: 'place' };
  return { ...draft, step: 'place', place: newPlaceDraft(way ?? draft.place?.way ?? 'local', '/') };
}

/** A name that is not taken. */
export function freeName(taken: ReadonlySet<string>): string {
  const offered = ['first', 'second', 'third'].find((name) => !taken.has(name));
  if (offered !== undefined) return offered;
  for (let n = 4; ; n++) if (!taken.has(`machine-${n}`)) return `machine-${n}`;
}

export const isName = (name: string): boolean => name.length <= 63 && /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/.test(name);
export const isUser = (user: string): boolean => /^[a-z_][a-z0-9_-]{0,31}$/.test(user);

/** The library's image for a catalogue entry; an image that is ready wins. */
export function imageOf(choice: string, ref: ObjectRef | undefined, images: readonly ImageRow[]): ImageRow | undefined {
  const fits = images.filter((row) =>
    ref ? row.name === ref.name && row.namespace === ref.namespace : row.catalogueId === choice,
  );
  return fits.find((row) => row.state === 'ready') ?? fits[0];
}

/** The u1 series: general purpose, nothing overcommitted. */
const isGeneral = (type: InstancetypeRow): boolean => type.name.startsWith('u1.');

/** The smallest size that the image runs in with comfort and that fits here. */
export function suggestSize(types: readonly InstancetypeRow[], minMemory: number): string | undefined {
  const fit = types
    .filter((type) => type.fits && type.memory >= minMemory)
    .sort((a, b) => a.memory - b.memory || a.cpus - b.cpus);
  return (fit.find(isGeneral) ?? fit[0])?.name;
}

/** Four sizes to choose from: the suggested one first among its series, nothing smaller than the image needs. */
export function offeredSizes(types: readonly InstancetypeRow[], minMemory: number): InstancetypeRow[] {
  return types
    .filter((type) => isGeneral(type) && type.memory >= minMemory)
    .sort((a, b) => a.memory - b.memory || a.cpus - b.cpus)
    .slice(0, 4);
}

/** Starter first, then the cloud images for this computer's architecture. */
export function offeredImages(entries: readonly CatalogueEntry[], arch: string): CatalogueEntry[] {
  const here = /aarch64|arm64/.test(arch) ? 'aarch64' : 'x86_64';
  return entries.filter((entry) => entry.kind === 'cloud' && entry.arch === here);
}

/** A login prompt at the end of what the serial console said. */
export const asksForLogin = (text: string): boolean => /login:\s*$/i.test(text.slice(-200));
