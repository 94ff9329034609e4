import type { AccessState, UserRow } from '../../../main/contract/access.ts';
import { hasLimits, limitsFor } from '../../../main/contract/quotas.ts';
import type { Amounts, LimitedRole, Limits, OwnLimits } from '../../../main/contract/quotas.ts';
import type { Role } from '../../../main/contract/roles.ts';
import type { Api } from '../../../main/contract/contract.ts';
import { beyondOf } from '../../../main/contract/permissions.ts';
import { ProblemError } from '../../../main/contract/problem.ts';
import { rowKeys } from '../../../main/contract/row-keys.ts';
import { FakeList, FakeValue } from './live.ts';
import { undoable } from './undo.ts';

export interface FakeAccessOptions {
  /** Role of who is signed in; absent: whoever sits at the computer. */
  user?: Role;
  /** The pages are served to the network. */
  lan?: 'on';
}

const people: UserRow[] = [
  { id: 'ada-1', name: 'ada', role: 'admin', createdAt: '2026-10-01T08:00:00Z', signedInAt: '2026-11-20T07:30:00Z', sessions: 2 },
  { id: 'olga-1', name: 'olga', role: 'operator', createdAt: '2026-10-02T08:00:00Z', signedInAt: '2026-11-19T16:05:00Z', sessions: 1 },
  { id: 'stu-1', name: 'stu', role: 'student', createdAt: '2026-10-03T08:00:00Z', sessions: 0 },
]; // prettier-ignore

/** Who may use the pages. `own`: the first lab is the student's. */
export function fakeAccess(options: FakeAccessOptions): Api['access'] {
  const me = people.find(({ role }) => role === options.user);
  const users = new FakeList<UserRow>(rowKeys.user, options.lan || me ? people : []);
  const state = new FakeValue<AccessState>({
    beyond: {},
    ownOnly: [],
    own: [],
    ...(me && { me, ...beyondOf(me.role), own: ['lab quick-lab/first-vm', 'recording first try'] }),
    ...((options.lan || me) && {
      lan: { addresses: ['https://192.168.1.20:8445/', 'https://[fd00::20]:8445/'], fingerprint: '5f1c09ab'.repeat(8) },
    }),
  });
  const roles: Record<LimitedRole, Limits> = { operator: { machines: 4, memory: 8 * 2 ** 30 }, student: { machines: 3, cpus: 4, memory: 4 * 2 ** 30, disk: 40 * 2 ** 30 } }; // prettier-ignore
  const own = new Map<string, OwnLimits>([['olga-1', { machines: 6, disk: 200 * 2 ** 30 }]]);
  const usedBy = (id: string): Amounts => (id === 'stu-1' ? { machines: 3, cpus: 3, memory: 3 * 2 ** 30, disk: 12 * 2 ** 30 } : { machines: 2, cpus: 4, memory: 4 * 2 ** 30, disk: 30 * 2 ** 30 }); // prettier-ignore
  const change = (id: string, what: Partial<UserRow>): void => {
    const row = users.rows.get(id);
    if (row) users.put({ ...row, ...what });
  };
  const weak = (password: string): void => {
    if (password.length < 10)
      throw new ProblemError({ code: 'password-weak', title: 'This password would be guessed', detail: 'It has fewer than 10 characters.', fix: 'Take a longer one.', fields: { password: 'It has fewer than 10 characters.' }, kind: 'denied' }); // prettier-ignore
  };
  return {
    watch: (_input, { signal } = {}) => state.watch(signal),
    users: (_input, { signal } = {}) => users.watch(signal),
    async add({ name, role, password }) {
      weak(password);
      const id = `${name}-${users.rows.size + 1}`;
      users.put({ id, name, role, createdAt: new Date().toISOString(), sessions: 0 });
      return { id };
    },
    setRole: async ({ id, role }) => {
      if (role !== 'admin' && ![...users.rows.values()].some((row) => row.role === 'admin' && row.id !== id))
        throw new ProblemError({ code: 'last-admin', title: 'This is the last admin', detail: 'Nobody could change users or settings any more.', fix: 'Make another user an admin first.', kind: 'denied' }); // prettier-ignore
      change(id, { role });
    },
    async setPassword({ id, password }) {
      weak(password);
      change(id, { sessions: 0 });
    },
    remove: async ({ id }) => {
      const row = users.rows.get(id);
      users.remove(id);
      return undoable(() => row && users.put({ ...row, sessions: 0 }));
    },
    getQuotas: async () => ({ roles, people: [...users.rows.values()].filter(({ role }) => role !== 'admin').map(({ id, role }) => ({ id, own: own.get(id) ?? {}, limits: limitsFor(role, role === 'admin' ? {} : roles[role], own.get(id)), used: usedBy(id) })) }), // prettier-ignore
    async setQuota(input) {
      if (input.type === 'role') roles[input.role] = input.limits;
      else own.set(input.id, input.limits);
    },
    getOwnQuota: async () => {
      const limits = me ? limitsFor(me.role, me.role === 'admin' ? {} : roles[me.role], own.get(me.id)) : {};
      return me && hasLimits(limits) ? { quota: { limits, used: usedBy(me.id) } } : {};
    },
    signOutUser: async ({ id }) => change(id, { sessions: 0 }),
    changePassword: async ({ next }) => weak(next),
    signOut: async () => location.reload(),
  };
}
