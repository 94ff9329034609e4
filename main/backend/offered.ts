import { contract } from '../contract/contract.ts';
import type { ContractHandlers } from '../contract/contract.ts';
import { offerOfCall } from '../contract/cure-offers.ts';
import { whyNot } from '../contract/offers.ts';
import { recorded } from './audit/record.ts';
import { cannot } from './target/cannot.ts';
import type { OpenTarget } from './target/target.ts';

/**
 * The same handlers, where a call that the current target cannot serve ends with the reason that the button of a page shows,
 * and asks nothing of the target: pages can be behind, and the command line has no buttons. Before it refuses it looks
 * again, for the last look may be minutes ago. A target that does not answer now is left to say so itself.
 */
export function offered(handlers: ContractHandlers, target: () => OpenTarget): ContractHandlers {
  return recorded(contract, handlers, async ({ procedure, input }, run) => {
    const id = offerOfCall(procedure, input);
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
