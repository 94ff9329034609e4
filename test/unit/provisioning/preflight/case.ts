import type { Extras, MachineName } from './context.ts';

/** One checker on one machine. */
export interface Case {
  machine: MachineName;
  extras?: Extras;
  status: 'ok' | 'note' | 'warning' | 'problem';
  blocks?: boolean;
  inPlan?: boolean;
  /** In the detail, the fix or the commands. */
  says: RegExp;
}
/** By the id of the checker. */
export type Cases = Readonly<Record<string, { pass: readonly Case[]; fail: readonly Case[] }>>;
