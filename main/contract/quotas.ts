import type { Role } from './roles.ts';

/** What is limited; memory and disk in bytes. */
export const amountKinds = ['machines', 'cpus', 'memory', 'disk'] as const;
export type AmountKind = (typeof amountKinds)[number];
/** Whom a default can be set for: admins have no limits. */
export const limitedRoles = ['operator', 'student'] as const;
export type LimitedRole = (typeof limitedRoles)[number];
export const isLimited = (role: Role): role is LimitedRole => role !== 'admin';

/** Of a role: what is absent has no limit. */
export type Limits = Partial<Record<AmountKind, number | undefined>>;
/** Of a person: what is absent is as the role has it, `null` has no limit. */
export type OwnLimits = Partial<Record<AmountKind, number | null | undefined>>;
export type Amounts = Record<AmountKind, number>;

export type SetQuota =
  { type: 'role'; role: LimitedRole; limits: Limits } | { type: 'person'; id: string; limits: OwnLimits };

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
