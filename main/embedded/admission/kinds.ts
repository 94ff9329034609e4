import type { Rules } from './rules.ts';

/** Each kind's own rules by its resource's name. */
export const rulesByResource: ReadonlyMap<string, Rules> = new Map<string, Rules>();
