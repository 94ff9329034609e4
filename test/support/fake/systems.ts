import type { Api } from '../../../main/contract/contract.ts';
import type { ImageRow } from '../../../main/contract/image.ts';
import { guessByName, knownSystems } from '../../../main/backend/images/systems/guess.ts';
import { identifyAddress } from '../../../main/backend/images/systems/identify.ts';
import type { FakeList } from './live.ts';

/** Recognising systems as the backend does it, by names alone. */
export const fakeSystems = (
  answer: <T>(what: string, value: T) => Promise<T>,
  images: FakeList<ImageRow>,
): Pick<Api['images'], 'systems' | 'identifyFile' | 'identifyAddress' | 'setSystem'> => ({
  systems: () => answer('Reading the systems', knownSystems()),
  identifyFile: ({ path }) => answer('Looking at the file', guessByName(path.split('/').at(-1) ?? '') ?? null),
  identifyAddress: ({ url }) => answer('Looking at the address', identifyAddress(url) ?? null),
  setSystem: async ({ name, system }) => {
    const row = images.rows.get(`image-${name}`);
    const chosen = knownSystems().find(({ id }) => id === system);
    if (row && chosen) images.put({ ...row, os: chosen.name, system: chosen, preference: chosen.preference });
  },
});
