import type { ContractHandlers } from '../contract/contract.ts';
import type { RequestContext } from '../contract/procedure.ts';
import { createHandlers } from './handlers.ts';
import type { Services } from './handlers.ts';
import { offered } from './offered.ts';

/** What stands around the handlers of one page, from the inside out: what the target offers, rights, history. */
export interface Around {
  allow: (handlers: ContractHandlers) => ContractHandlers;
  record: (handlers: ContractHandlers) => ContractHandlers;
}

/** All that one page can call. Another try of a task goes through the same rights and into the same history as its first. */
export function pageHandlers(services: Omit<Services, 'call'>, { allow, record }: Around): ContractHandlers {
  const target = () => services.targets.current().target;
  const call: Services['call'] = (procedure, input, context) => {
    let at: unknown = whole;
    for (const name of procedure.split('.')) at = (at as Record<string, unknown>)[name];
    return (at as (input: unknown, context: RequestContext) => unknown)(input, context);
  };
  const whole = record(allow(offered(createHandlers({ ...services, call }), target)));
  return whole;
}
