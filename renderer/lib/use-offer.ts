import { useCallback } from 'react';
import { whyNot } from '../../main/contract/offers.ts';
import type { OfferId } from '../../main/contract/offers.ts';
import { target, useLive } from './resources.ts';

/**
 * Why the current target cannot do something and what helps, for the `why` of a button; undefined when it can. While a
 * target has not answered yet nothing is forbidden: the page around says how it stands.
 */
export function useOffer(): (id: OfferId) => string | undefined {
  const { value } = useLive(target);
  return useCallback(
    (id) => {
      if (!value || value.capabilities.length === 0) return undefined;
      const lack = whyNot(value.capabilities, id);
      return lack && `${lack.reason} ${lack.remedy}`;
    },
    [value],
  );
}

/** The views of a console: with one of them its page is worth going to. */
export const consoleOffers = ['consoles.vnc', 'consoles.serial', 'ssh.shell'] as const satisfies readonly OfferId[];

/** Why none of several can be done; undefined as soon as one can, or where there are none. Pure. */
export function lackOfAll(offer: (id: OfferId) => string | undefined, ids: readonly OfferId[]): string | undefined {
  const lacks = ids.map(offer);
  return lacks.includes(undefined) ? undefined : lacks[0];
}
