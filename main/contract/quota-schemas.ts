import { z } from 'zod';
import { limitedRoles } from './quotas.ts';

const amount = z.number().int().min(0).max(Number.MAX_SAFE_INTEGER);
export const limitsSchema = z.strictObject({ machines: amount.optional(), cpus: amount.optional(), memory: amount.optional(), disk: amount.optional() }); // prettier-ignore
const own = amount.nullable().optional();
export const ownLimitsSchema = z.strictObject({ machines: own, cpus: own, memory: own, disk: own });
export const setQuotaSchema = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('role'), role: z.enum(limitedRoles), limits: limitsSchema }),
  z.strictObject({ type: z.literal('person'), id: z.string().max(64), limits: ownLimitsSchema }),
]);
