import type { ContractHandlers } from '../../contract/contract.ts';
import type { Scope } from '../target/scope.ts';
import { cure } from './cures.ts';

/** The buttons of chains of reasons. */
export const createWhy = (scope: Scope): ContractHandlers['why'] => ({
  cure: async ({ namespace, name, cure: action }) => ({ said: await cure(scope, { namespace, name }, action) }),
});
