import { contract } from '../contract/contract.ts';
import type { ContractHandlers } from '../contract/contract.ts';
import type { RequestContext } from '../contract/procedure.ts';
import type { Provision } from './provision/provision.ts';

type Appliances = ContractHandlers['appliances'];
type AnyHandler = (input: unknown, context: RequestContext) => unknown;

/** The services behind appliances, loaded with the first request for one: most starts of Hearth need none of it. */
export function lateAppliances(load: () => Promise<Provision>): {
  handlers: Appliances;
  close(): Promise<void>;
} {
  let loading: Promise<Provision> | undefined;
  const handler = async (name: string): Promise<AnyHandler> => {
    loading ??= load();
    loading.catch(() => (loading = undefined)); // whoever asked has the error; the next one tries again
    return (await loading).handlers[name as keyof Appliances] as AnyHandler;
  };
  async function* stream(name: string, input: unknown, context: RequestContext): AsyncGenerator {
    yield* (await handler(name))(input, context) as AsyncIterable<unknown>;
  }
  const late = Object.entries(contract.appliances).map(([name, { type }]): [string, AnyHandler] => [
    name,
    type === 'stream'
      ? (input, context) => stream(name, input, context)
      : async (input, context) => (await handler(name))(input, context),
  ]);
  return {
    handlers: Object.fromEntries(late) as unknown as Appliances,
    async close() {
      const provision = await loading?.catch(() => undefined); // it was told, and there is nothing to close
      await provision?.close();
    },
  };
}
