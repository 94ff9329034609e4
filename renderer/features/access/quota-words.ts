import { amountKinds } from '../../../main/contract/quotas.ts';
import type { AmountKind, Amounts, Limits } from '../../../main/contract/quotas.ts';
import { bytes, number } from '../../lib/format.ts';

/** An amount as people read it: a count, or a size. */
export const amountText = (kind: AmountKind, amount: number): string =>
  kind === 'memory' || kind === 'disk' ? (amount === 0 ? '0' : bytes(amount)) : number(amount);

/** Only what has a limit: how much of it is left, never less than nothing. */
export const leftOf = (limits: Limits, used: Amounts): [AmountKind, number][] =>
  amountKinds.flatMap((kind) => {
    const limit = limits[kind];
    return limit === undefined ? [] : [[kind, Math.max(0, limit - used[kind])] as [AmountKind, number]];
  });
