import { createSecureContext } from 'node:tls';
import type { SecureContext } from 'node:tls';
import type { Credentials } from './credentials.ts';

type Tls = Credentials['tls'];
export type Secured = Tls & { secureContext?: SecureContext };
const made = new WeakMap<Tls, Secured>();

/** The same material with its certificates read once instead of at each connection, which costs milliseconds and memory. */
export function secured(tls: Tls): Secured {
  const known = made.get(tls);
  if (known) return known;
  const { ca, cert, key, ...checks } = tls;
  let result: Secured;
  try {
    result = { ...checks, secureContext: createSecureContext({ ca, cert, key }) };
  } catch {
    // Whoever connects with it is told what is wrong with it.
    result = tls;
  }
  made.set(tls, result);
  return result;
}
