import { contract } from '../contract/contract.ts';
import type { ContractHandlers } from '../contract/contract.ts';
import { offerOfCure } from '../contract/cure-offers.ts';
import { offers, whyNot } from '../contract/offers.ts';
import type { OfferId } from '../contract/offers.ts';
import type { CureAction } from '../contract/why.ts';
import { recorded } from './audit/record.ts';
import { cannot } from './target/cannot.ts';
import type { OpenTarget } from './target/target.ts';

/** The line of contract/offers.ts that a call stands under; undefined where it is none of them. Pure. */
function offerOf(procedure: string, input: unknown): OfferId | undefined {
  if (procedure === 'why.cure') return offerOfCure((input as { cure: CureAction }).cure);
  const action = (input as { action?: unknown } | undefined)?.action;
  return [`${procedure}:${String(action)}`, procedure].find((id): id is OfferId => id in offers);
}

/**
 * The same handlers, where a call that the current target cannot serve ends with the reason that the button of a page shows,
 * and asks nothing of the target: pages can be behind, and the command line has no buttons. Before it refuses it looks
 * again, for the last look may be minutes ago. A target that does not answer now is left to say so itself.
 */
export function offered(handlers: ContractHandlers, target: () => OpenTarget): ContractHandlers {
  return recorded(contract, handlers, async ({ procedure, input }, run) => {
    const id = offerOf(procedure, input);
    const now = id && target();
    const lack = () => {
      const { state, capabilities } = now?.state.value ?? {};
      return id && state === 'ready' && capabilities?.length ? whyNot(capabilities, id) : undefined;
    };
    if (lack()) await now?.refresh(true);
    const why = lack();
    if (why) throw cannot(why);
    return run();
  });
}
