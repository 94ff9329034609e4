import type { ContractHandlers } from '../contract/contract.ts';
import type { Scope } from './target/scope.ts';

/** Parts of the contract that need no more than the current target, one line a domain. */
export type Operations = Pick<ContractHandlers, never>;

/** Their handlers. */
export function createOperations(_scope: Scope): Operations {
  return {};
}
