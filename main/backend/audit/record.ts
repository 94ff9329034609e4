import type { Handlers, Router } from '../../contract/procedure.ts';
import { isReading } from './words.ts';

export interface Performed {
  procedure: string;
  input: unknown;
}
/** Runs a call on behalf of somebody; what `run` throws must be thrown. */
export type Around = (call: Performed & { reading: boolean }, run: () => unknown) => unknown;

/**
 * The same handlers, with every call run inside `around`. Streams stay as they are, and so do pipes unless there is `opening`,
 * inside which they are opened then.
 */
export function recorded<R extends Router>(
  contract: R,
  handlers: Handlers<R>,
  around: Around,
  opening?: Around,
  prefix = '',
): Handlers<R> {
  const result: Record<string, unknown> = {};
  for (const [name, node] of Object.entries(contract)) {
    const own = (handlers as Record<string, unknown>)[name];
    const { type } = node as { type?: unknown };
    const procedure = prefix + name;
    const inside = type === 'call' ? around : type === 'pipe' ? opening : undefined;
    if (inside && typeof own === 'function')
      result[name] = (input: unknown, context: unknown) =>
        inside(
          { procedure, input, reading: isReading(procedure) },
          () => own.call(handlers, input, context) as unknown,
        );
    // Labs have a procedure of the name `type`.
    else if (typeof type !== 'string' && typeof own === 'object' && own !== null)
      result[name] = recorded(node as Router, own as Handlers<Router>, around, opening, `${procedure}.`);
    else result[name] = typeof own === 'function' ? own.bind(handlers) : own;
  }
  return result as Handlers<R>;
}
