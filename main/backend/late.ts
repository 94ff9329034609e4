import type { ContractHandlers } from '../contract/contract.ts';
import { contract } from '../contract/contract.ts';
import type { RequestContext } from '../contract/procedure.ts';

type Part = 'appliances' | 'backups' | 'boxes' | 'classroom' | 'recordings' | 'sets';
type AnyHandler = (input: unknown, context: RequestContext) => unknown;
interface Service<P extends Part> {
  readonly handlers: ContractHandlers[P];
  close(): Promise<void>;
}

/** The services behind one part of the contract, loaded with the first request for one: most starts of Hearth need none of it. */
export function late<P extends Part>(
  part: P,
  load: () => Promise<Service<P>>,
): { handlers: ContractHandlers[P]; wake(): Promise<void>; close(): Promise<void> } {
  let loading: Promise<Service<P>> | undefined;
  const loaded = (): Promise<Service<P>> => {
    loading ??= load();
    loading.catch(() => (loading = undefined)); // whoever asked has the error; the next one tries again
    return loading;
  };
  const handler = async (name: string): Promise<AnyHandler> => {
    return (await loaded()).handlers[name as keyof ContractHandlers[P]] as AnyHandler;
  };
  async function* stream(name: string, input: unknown, context: RequestContext): AsyncGenerator {
    yield* (await handler(name))(input, context) as AsyncIterable<unknown>;
  }
  const handlers = Object.entries(contract[part]).map(([name, { type }]): [string, AnyHandler] => [
    name,
    type === 'stream'
      ? (input, context) => stream(name, input, context)
      : async (input, context) => (await handler(name))(input, context),
  ]);
  return {
    handlers: Object.fromEntries(handlers) as unknown as ContractHandlers[P],
    /** Loads it now: something of before goes on. */
    wake: async () => void (await loaded()),
    async close() {
      const service = await loading?.catch(() => undefined); // it was told, and there is nothing to close
      await service?.close();
    },
  };
}
