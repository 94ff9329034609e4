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
