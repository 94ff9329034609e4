import type { ContractHandlers } from '../../contract/contract.ts';
import type { Scope } from '../target/scope.ts';
import { applyManifest } from './apply.ts';
import { checkManifest } from './check.ts';

/** Handlers of "create from manifest": any objects of any kinds the current target serves. */
export function createManifests(scope: Scope): ContractHandlers['manifests'] {
  return {
    check: ({ yaml, namespace }, { signal }) => checkManifest(scope.target(), yaml, namespace, signal),
    apply: (input) => Promise.resolve(applyManifest(scope.tasks, scope.target(), input)),
  };
}
