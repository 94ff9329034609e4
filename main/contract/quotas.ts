import { z } from 'zod';
import type { Role } from './roles.ts';

/** What is limited; memory and disk in bytes. */
export const amountKinds = ['machines', 'cpus', 'memory', 'disk'] as const;
export type AmountKind = (typeof amountKinds)[number];
/** Whom a default can be set for: admins have no limits. */
export const limitedRoles = ['operator', 'student'] as const;
export type LimitedRole = (typeof limitedRoles)[number];
export const isLimited = (role: Role): role is LimitedRole => role !== 'admin';

const amount = z.number().int().min(0).max(Number.MAX_SAFE_INTEGER);
/** Of a role: what is absent has no limit. */
export const limitsSchema = z.strictObject({ machines: amount.optional(), cpus: amount.optional(), memory: amount.optional(), disk: amount.optional() }); // prettier-ignore
const own = amount.nullable().optional();
/** Of a person: what is absent is as the role has it, `null` has no limit. */
export const ownLimitsSchema = z.strictObject({ machines: own, cpus: own, memory: own, disk: own });
export type Limits = z.infer<typeof limitsSchema>;
export type OwnLimits = z.infer<typeof ownLimitsSchema>;
export type Amounts = Record<AmountKind, number>;

export const setQuotaSchema = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('role'), role: z.enum(limitedRoles), limits: limitsSchema }),
  z.strictObject({ type: z.literal('person'), id: z.string().max(64), limits: ownLimitsSchema }),
]);
export type SetQuota = z.infer<typeof setQuotaSchema>;

/** What somebody has on the current target, and how far they may go there. */
export interface Quota {
  limits: Limits;
  used: Amounts;
}
export interface Quotas {
  roles: Record<LimitedRole, Limits>;
  /** Everybody who is no admin. */
  people: (Quota & { id: string; own: OwnLimits })[];
}

/** The limits that count for somebody. Pure. */
export function limitsFor(role: Role, ofRole: Limits, own: OwnLimits = {}): Limits {
  if (!isLimited(role)) return {};
  const limits: Limits = {};
  for (const kind of amountKinds) {
    const value = own[kind] === undefined ? ofRole[kind] : own[kind];
    if (value !== undefined && value !== null) limits[kind] = value;
  }
  return limits;
}
/** Pure. */
export const hasLimits = (limits: Limits): boolean => amountKinds.some((kind) => limits[kind] !== undefined);
