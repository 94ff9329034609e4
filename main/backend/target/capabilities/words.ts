import type { Capability } from '../../../contract/target.ts';

export type CapabilityId = Capability['id'];
/** Why not, and what helps; undefined: it works. */
export type Lack = { reason: string; remedy: string } | undefined;

export const lack = (reason: string, remedy: string): NonNullable<Lack> => ({ reason, remedy });
/** The lack, unless it holds. */
export const unless = (holds: boolean, reason: string, remedy: string): Lack =>
  holds ? undefined : { reason, remedy };
/** The first thing that is missing. */
export const first = (...lacks: readonly (Lack | (() => Lack))[]): Lack => {
  for (const each of lacks) {
    const found = typeof each === 'function' ? each() : each;
    if (found) return found;
  }
  return undefined;
};
