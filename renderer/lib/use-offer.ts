import { createContext, useCallback, useContext } from 'react';
import { whyNot } from '../../main/contract/offers.ts';
import type { OfferId } from '../../main/contract/offers.ts';
import { target, useLive } from './resources.ts';
import { useMay } from './use-may.ts';
import type { Whose } from './use-may.ts';

/** Whose the things of a page are: of the machine that it is about. */
export const WhoseContext = createContext<Whose | undefined>(undefined);
export type AskOffer = (id: OfferId, whose?: Whose) => string | undefined;

/**
 * Why something cannot be done now and what helps, for the `why` of a button: because of who is signed in, or of what the
 * current target can do; undefined when it can. While a target has not answered yet nothing is forbidden: the page around
 * says how it stands.
 */
export function useOffer(): AskOffer {
  const { value } = useLive(target);
  const may = useMay();
  const here = useContext(WhoseContext);
  return useCallback(
    (id, whose = here) => {
      // An offer is a procedure, or a variant of one.
      const refused = may(id as Parameters<typeof may>[0], whose);
      if (refused !== undefined) return refused;
      if (!value || value.capabilities.length === 0) return undefined;
      const lack = whyNot(value.capabilities, id);
      return lack && `${lack.reason} ${lack.remedy}`;
    },
    [value, may, here],
  );
}

/** The views of a console: with one of them its page is worth going to. */
export const consoleOffers = ['consoles.vnc', 'consoles.serial', 'ssh.shell'] as const satisfies readonly OfferId[];

/** Why none of several can be done; undefined as soon as one can, or where there are none. Pure. */
export function lackOfAll(offer: (id: OfferId) => string | undefined, ids: readonly OfferId[]): string | undefined {
  const lacks = ids.map((id) => offer(id));
  return lacks.includes(undefined) ? undefined : lacks[0];
}
