import type { KubeObject, Stored } from '../kube/object.ts';
import type { EngineConfig } from '../kube/context.ts';
import type { Store } from '../store/store.ts';
import type { Schemas } from './schema.ts';

/** What the rules of one kind may look at. */
export interface RuleContext {
  readonly store: Store;
  readonly config: EngineConfig;
  readonly schemas: Schemas;
  readonly dryRun: boolean;
  readonly warnings: string[];
}

/** A kind's own rules, run around the schema check as Kubernetes runs its webhooks. All may throw StatusError. */
export interface Rules {
  /** Before the schema check: fills in what the kind's mutating webhook or strategy fills in. */
  mutate?(draft: KubeObject, old: Stored | undefined, context: RuleContext): void;
  /** After it. */
  validate?(object: KubeObject, old: Stored | undefined, context: RuleContext): void;
  remove?(old: Stored, context: RuleContext): void;
}

/** Deep equality of JSON values; a field that is missing equals one that is undefined. */
export const same = (a: unknown, b: unknown): boolean => {
  if (a === b) return true;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false;
  if (Array.isArray(a) !== Array.isArray(b)) return false;
  const left = a as Record<string, unknown>;
  const right = b as Record<string, unknown>;
  for (const key of new Set([...Object.keys(left), ...Object.keys(right)])) {
    if (!same(left[key], right[key])) return false;
  }
  return true;
};
