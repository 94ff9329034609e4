import type { ImageRow } from '../../../main/contract/image.ts';
import { firstStartOf } from '../../../main/contract/first-start.ts';
import type { DiskInside } from '../../../main/contract/inside.ts';
import type { PreferenceRow } from '../../../main/contract/machine.ts';
import { emptyDraft } from './draft.ts';
import type { Draft } from './draft.ts';

/** How a draft names the image whose findings its hardware follows. */
export const imageKey = ({ namespace, name }: { namespace: string; name: string }): string => `${namespace}/${name}`;

/** The hardware of the form as the disk of an image starts in first; a preference only where the target has it. Pure. */
export function hardwareFor(inside: DiskInside, preferences: readonly PreferenceRow[]): Partial<Draft> {
  const { firmware, bus, model, tpm, preference } = firstStartOf(inside);
  const there = preferences.some(({ name }) => name === preference);
  return { firmware, rootBus: bus, model, tpm, preference: there ? (preference ?? '') : '' };
}

/**
 * What changes in the draft because another image was chosen: its hardware once, so that a person can change it; undefined where
 * nothing does. A machine that is described elsewhere has its own. Pure.
 */
export function suitedTo(
  draft: Draft,
  image: ImageRow | undefined,
  preferences: readonly PreferenceRow[],
): Partial<Draft> | undefined {
  if (draft.from !== '' || draft.windows.on) return undefined;
  const inside = draft.source === 'image' ? image?.inside : undefined;
  const key = inside && image ? imageKey(image) : '';
  if (key === draft.suited) return undefined;
  if (inside) return { ...hardwareFor(inside, preferences), suited: key };
  const { firmware, rootBus, model, tpm, preference } = emptyDraft;
  return { firmware, rootBus, model, tpm, preference, suited: '' };
}
