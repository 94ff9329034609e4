import { z } from 'zod';
import { limitsSchema, ownLimitsSchema } from '../../contract/quota-schemas.ts';
import { limitsFor } from '../../contract/quotas.ts';
import type { LimitedRole, Limits, OwnLimits, SetQuota } from '../../contract/quotas.ts';
import type { Role } from '../../contract/roles.ts';
import { readJson, writeJson } from '../json-file.ts';
import type { Log } from '../log.ts';

const fileSchema = z.object({
  version: z.literal(1),
  roles: z.object({ operator: limitsSchema, student: limitsSchema }),
  people: z.record(z.string().max(64), ownLimitsSchema),
});

/** How much each may have on a target. People are named by id: a later user of the same name is another one. */
export interface QuotaStore {
  of(user: { id: string; role: Role }): Limits;
  own(id: string): OwnLimits;
  roles(): Record<LimitedRole, Limits>;
  /** Whether anybody has limits. */
  any(): boolean;
  set(input: SetQuota): Promise<void>;
}

export async function openQuotas(file: string, log: Log): Promise<QuotaStore> {
  const stored = await readJson(file, fileSchema, log);
  let roles: Record<LimitedRole, Limits> = stored?.roles ?? { operator: {}, student: {} };
  let people: Record<string, OwnLimits> = stored?.people ?? {};
  let saving: Promise<unknown> = Promise.resolve();
  return {
    of: ({ id, role }) => limitsFor(role, role === 'admin' ? {} : roles[role], people[id]),
    own: (id) => people[id] ?? {},
    roles: () => roles,
    any: () => [...Object.values(roles), ...Object.values(people)].some((each) => Object.values(each).some((one) => typeof one === 'number')), // prettier-ignore
    set(input) {
      // One after the other; what could not be written does not count.
      const work = saving.then(async () => {
        const next = { roles: { ...roles }, people: { ...people } };
        if (input.type === 'role') next.roles[input.role] = input.limits;
        else if (Object.keys(input.limits).length === 0) delete next.people[input.id];
        else next.people[input.id] = input.limits;
        await writeJson(file, { version: 1, ...next });
        ({ roles, people } = next);
      });
      saving = work.catch(() => undefined); // whoever asked has the error
      return work;
    },
  };
}
