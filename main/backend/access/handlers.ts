import type { AccessState, UserRow } from '../../contract/access.ts';
import { beyondOf } from '../../contract/permissions.ts';
import type { ContractHandlers } from '../../contract/contract.ts';
import type { Sessions } from '../carrier/sessions.ts';
import { createLiveList } from '../target/live-list.ts';
import type { LiveList } from '../target/live-list.ts';
import type { LiveValue } from '../target/live-value.ts';
import type { Undos } from '../undo/undo.ts';
import { hasLimits, isLimited } from '../../contract/quotas.ts';
import type { KubeClient } from '../target/client.ts';
import type { Owners } from './owners.ts';
import { passwordFits } from './password.ts';
import { noSuchUser, notAPerson, signedOut, tooOften, wrongCurrent } from './problems.ts';
import type { QuotaStore } from './quotas.ts';
import { used } from './stock.ts';
import type { LabOwner } from './stock.ts';
import { takeStock } from './take-stock.ts';
import { createThrottle } from './throttle.ts';
import type { User, Users } from './users.ts';

/** Whose page it is; undefined: of whoever sits at this computer. */
export interface Person {
  id: string;
  /** Of its session. */
  secret: string;
}
export interface AccessParts {
  users: () => Promise<Users>;
  sessions: () => Sessions | undefined;
  owners: Owners;
  undos: Pick<Undos, 'keep'>;
  lan: () => AccessState['lan'];
  quotas: QuotaStore;
  /** The current one. */
  target: () => { id: string; client: KubeClient };
  labOwnerAt: (target: string) => LabOwner;
  /** Another number with each change of users, owners or sessions. */
  changed: LiveValue<number>;
  /** Sessions may be over now. */
  ended: () => void;
}

/** What the current password may be tried with, by user. */
const pace = { free: 3, first: 1000, most: 60_000 };
const everything: AccessState = { beyond: {}, ownOnly: [], own: [] };

/** `access.*` for one page. */
export function createAccessHandlers(parts: AccessParts): (person: Person | undefined) => ContractHandlers['access'] {
  const throttle = createThrottle();
  const rowOf = ({ id, name, role, createdAt, signedInAt, stamp }: User): UserRow => ({
    id,
    name,
    role,
    createdAt,
    ...(signedInAt !== undefined && { signedInAt }),
    sessions: (parts.sessions()?.list() ?? []).filter((session) => session.user === id && session.stamp === stamp).length,
  }); // prettier-ignore
  const fill = (list: LiveList<UserRow>, users: readonly User[]): void => {
    const ids = new Set(users.map(({ id }) => id));
    for (const { id } of list.values()) if (!ids.has(id)) list.delete(id);
    for (const user of users) list.set(user.id, rowOf(user));
  };
  const then = async (work: Promise<unknown>): Promise<void> => {
    await work;
    parts.ended();
  };

  return (person) => {
    const me = async (): Promise<{ users: Users; user: User }> => {
      const users = await parts.users();
      if (!person) throw notAPerson();
      const user = users.byId(person.id);
      if (!user) throw signedOut();
      return { users, user };
    };
    return {
      async *watch(_input, { signal }) {
        for await (const _ of parts.changed.watch(signal)) {
          const lan = parts.lan();
          const user = person && (await parts.users()).byId(person.id);
          // Its sockets are being cut.
          if (person && !user) return;
          yield {
            ...everything,
            ...(user && {
              me: { id: user.id, name: user.name, role: user.role },
              ...beyondOf(user.role),
              own: parts.owners.by(user.id),
            }),
            ...(lan && { lan }),
          };
        }
      },
      async *users(_input, { signal }) {
        const users = await parts.users();
        const list = createLiveList<UserRow>();
        fill(list, users.list());
        list.ready();
        const follow = async (): Promise<void> => {
          for await (const _ of parts.changed.watch(signal)) fill(list, users.list());
        };
        void follow();
        yield* list.watch(signal);
      },
      add: async (input) => ({ id: (await (await parts.users()).add(input)).id }),
      setRole: async ({ id, role }) => then((await parts.users()).setRole(id, role)),
      setPassword: async ({ id, password }) => then((await parts.users()).setPassword(id, password)),
      async remove({ id }) {
        const back = await (await parts.users()).remove(id);
        parts.ended();
        return parts.undos.keep('user', { back });
      },
      signOutUser: async ({ id }) => {
        const users = await parts.users();
        if (!users.byId(id)) throw noSuchUser();
        await then(users.newStamp(id));
      },
      async getQuotas() {
        const people = (await parts.users()).list().filter(({ role }) => isLimited(role));
        const { id, client } = parts.target();
        const stock = await takeStock(client);
        const rows = people.map((user) => ({ id: user.id, own: parts.quotas.own(user.id), limits: parts.quotas.of(user), used: used(stock, user.id, parts.labOwnerAt(id)) })); // prettier-ignore
        return { roles: parts.quotas.roles(), people: rows };
      },
      async setQuota(input) {
        if (input.type === 'person' && !(await parts.users()).byId(input.id)) throw noSuchUser();
        await parts.quotas.set(input);
        parts.changed.set(parts.changed.value + 1);
      },
      async getOwnQuota() {
        const user = person && (await parts.users()).byId(person.id);
        const limits = user && parts.quotas.of(user);
        if (!user || !limits || !hasLimits(limits)) return {};
        const { id, client } = parts.target();
        return { quota: { limits, used: used(await takeStock(client), user.id, parts.labOwnerAt(id)) } };
      },
      async changePassword({ current, next }) {
        const { users, user } = await me();
        const turn = throttle.begin([{ key: user.id, pace }]);
        if ('wait' in turn) throw tooOften(Math.ceil(turn.wait / 1000));
        if (!(await passwordFits(current, user.password))) throw wrongCurrent();
        turn.right();
        const changed = await users.setPassword(user.id, next);
        // All other browsers are signed out; this one goes on.
        parts.sessions()?.keep(person?.secret, changed.stamp);
        parts.ended();
      },
      async signOut({ everywhere }) {
        const { users, user } = await me();
        if (everywhere) await users.newStamp(user.id);
        else await parts.sessions()?.end(person?.secret ?? '');
        parts.ended();
      },
    };
  };
}
