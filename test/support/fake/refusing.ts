import type { Api } from '../../../main/contract/contract.ts';
import { offerOfCall } from '../../../main/contract/cure-offers.ts';
import { whyNot } from '../../../main/contract/offers.ts';
import type { OfferId } from '../../../main/contract/offers.ts';
import { ProblemError } from '../../../main/contract/problem.ts';
import type { Capability } from '../../../main/contract/target.ts';

/** The same calls, where those that a target with these capabilities cannot serve are refused, as the backend does it. */
export function refusing(api: Api, capabilities: readonly Capability[], told: (id: OfferId) => void): Api {
  const domains = Object.entries(api as unknown as Record<string, Record<string, (...args: unknown[]) => unknown>>);
  return Object.fromEntries(
    domains.map(([domain, calls]) => [
      domain,
      Object.fromEntries(
        Object.entries(calls).map(([name, call]) => [
          name,
          (input: unknown, ...rest: unknown[]): unknown => {
            const id = offerOfCall(`${domain}.${name}`, input);
            const why = id && whyNot(capabilities, id);
            if (!why) return call(input, ...rest);
            told(id);
            return Promise.reject(
              new ProblemError({
                code: 'target-cannot',
                title: 'This target cannot do that',
                detail: why.reason,
                fix: why.remedy,
              }),
            );
          },
        ]),
      ),
    ]),
  ) as unknown as Api;
}
