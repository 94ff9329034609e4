import { z } from 'zod';
import type { ListUpdate } from './machine.ts';
import { call, stream } from './procedure.ts';
import { setQuotaSchema } from './quota-schemas.ts';
import type { Quota, Quotas } from './quotas.ts';
import { longestName, roles, userNamePattern } from './roles.ts';
import type { Role } from './roles.ts';
import type { Undoable } from './undo.ts';

export const roleSchema = z.enum(roles);
/** What can be a student's own. `new lab`: one's own, or nobody's yet. A machine is the student's whose lab it is in. */
export type Thing = 'machine' | 'lab' | 'new lab' | 'recording' | 'task';
/** The least role that may; `own`: students too, but only with what is theirs. */
export type Permission = Role | `own ${Thing}`;

const nameRule = 'Letters, digits, and . _ @ - or spaces between them.';
/** What is typed to sign in: compared without regard to case. */
export const userNameSchema = z
  .string()
  .trim()
  .min(1, nameRule)
  .max(longestName, nameRule)
  .regex(userNamePattern, nameRule);
/** Its length is judged where all the other rules are. */
const password = z.string().max(1000);
const userRef = z.strictObject({ id: z.string().max(64) });

export interface UserRow {
  id: string;
  name: string;
  role: Role;
  /** ISO 8601. */
  createdAt: string;
  /** ISO 8601, of the last sign-in that this Hearth remembers. */
  signedInAt?: string;
  /** Browsers that are signed in. */
  sessions: number;
}
/** Who looks at this page, and what of Hearth is not theirs. */
export interface AccessState {
  /** Absent: whoever sits at this computer, and owns all of it. */
  me?: { id: string; name: string; role: Role };
  /** Rows of the permissions that are beyond this role, and the least role that has them. */
  beyond: Readonly<Record<string, Role>>;
  /** Rows that this role has for things of its own only. */
  ownOnly: readonly string[];
  /** Those things: `lab TARGET/NAME`, `recording NAME`, `task ID`. */
  own: readonly string[];
  /** Where other computers reach this Hearth; absent: nowhere. */
  lan?: { addresses: string[]; fingerprint: string };
}

/** Who may use this Hearth over the network. */
export const accessProcedures = {
  watch: stream<AccessState>()(z.strictObject({})),
  users: stream<ListUpdate<UserRow>>()(z.strictObject({})),
  add: call<{ id: string }>()(z.strictObject({ name: userNameSchema, role: roleSchema, password })),
  setRole: call<void>()(userRef.extend({ role: roleSchema })),
  /** Signs that user out everywhere. */
  setPassword: call<void>()(userRef.extend({ password })),
  remove: call<Undoable>()(userRef),
  signOutUser: call<void>()(userRef),
  /** What each may have on a target, and has on the current one. */
  getQuotas: call<Quotas>()(z.strictObject({})),
  /** In place of what was set before; what is there already stays, however much it is. */
  setQuota: call<void>()(setQuotaSchema),
  /** One's own; nothing where there are no limits. */
  getOwnQuota: call<{ quota?: Quota }>()(z.strictObject({})),
  /** One's own; other browsers are signed out. */
  changePassword: call<void>()(z.strictObject({ current: password, next: password })),
  /** This browser, or all of one's own. */
  signOut: call<void>()(z.strictObject({ everywhere: z.boolean().default(false) })),
} as const;
