import { builtImage, missingForGuest } from './image/build.ts';
import { savedGuest } from './image/state.ts';
import type { SavedGuest } from './image/state.ts';

export { recipe } from './image/recipe.ts';

const note = (text: string): void => console.error(`proving ground: ${text}`);

/** Why this computer cannot have a test guest, in words for the skipped test; undefined when it can. */
export const noGuestReason: string | undefined = await missingForGuest();

let made: Promise<SavedGuest> | undefined;
/** The booted guest that tests start from: made once a computer (about a minute), then from the cache. */
export const guestImage = (): Promise<SavedGuest> =>
  (made ??= builtImage(note).then((image) => savedGuest(image, note)));
