import type { ContractHandlers } from '../../contract/contract.ts';
import { ownKeys } from '../faults/faults.ts';
import type { Scope } from '../target/scope.ts';
import { testLine } from './line.ts';
import { watchMap } from './watch-map.ts';

/** The map of the current target, and the line that is tried on it. */
export function createMap(scope: Scope): ContractHandlers['map'] {
  const keys = ownKeys(scope.paths);
  return {
    watch: (_input, { signal }) => scope.follow(signal, watchMap),
    testLine: (wish, { signal }) => testLine(scope.target(), keys, wish, signal),
  };
}
