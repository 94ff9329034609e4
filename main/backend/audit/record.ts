import type { Handlers, Router } from '../../contract/procedure.ts';
import { isReading } from './words.ts';

export interface Performed {
  procedure: string;
  input: unknown;
}
/** Runs a call on behalf of somebody; what `run` throws must be thrown. */
export type Around = (call: Performed & { reading: boolean }, run: () => unknown) => unknown;

/** The same handlers, with every call run inside `around`. Streams and pipes stay as they are: they begin with reading. */
export function recorded<R extends Router>(
  contract: R,
  handlers: Handlers<R>,
  around: Around,
  prefix = '',
): Handlers<R> {
  const result: Record<string, unknown> = {};
  for (const [name, node] of Object.entries(contract)) {
    const own = (handlers as Record<string, unknown>)[name];
    const { type } = node as { type?: unknown };
    const procedure = prefix + name;
    if (type === 'call' && typeof own === 'function')
      result[name] = (input: unknown, context: unknown) =>
        around(
          { procedure, input, reading: isReading(procedure) },
          () => own.call(handlers, input, context) as unknown,
        );
    else if (type === undefined && typeof own === 'object' && own !== null)
      result[name] = recorded(node as Router, own as Handlers<Router>, around, `${procedure}.`);
    else result[name] = typeof own === 'function' ? own.bind(handlers) : own;
  }
  return result as Handlers<R>;
}
