import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { roleSchema, userNameSchema } from '../../contract/access.ts';
import type { Role } from '../../contract/roles.ts';
import { writeJson } from '../json-file.ts';
import type { Log } from '../log.ts';
import { locked, watchFile } from '../shared-file.ts';
import {
  nobodysPassword,
  passwordFits,
  refuseWeak,
  storedPasswordSchema,
  storePassword,
  usualCost,
} from './password.ts';
import type { Cost } from './password.ts';
import { badName, lastAdmin, nameTaken, noSuchUser, usersDamaged, usersThere } from './problems.ts';

const userSchema = z.object({
  id: z.string().min(1).max(64),
  name: userNameSchema,
  role: roleSchema,
  createdAt: z.string(),
  signedInAt: z.string().optional(),
  password: storedPasswordSchema,
  /** Another one with each new password and each "sign out everywhere": sessions of before are over. */
  stamp: z.string().min(1),
});
const fileSchema = z.object({ version: z.literal(1), users: z.array(userSchema).max(1000) });
export type User = z.infer<typeof userSchema>;

/** Who may sign in. The file may be changed by a command while Hearth runs, and is read again then. */
export interface Users {
  list(): readonly User[];
  byId(id: string | undefined): User | undefined;
  byName(name: string): User | undefined;
  /** Whose name and password these are. Takes as long for a name that nobody has. */
  check(name: string, password: string): Promise<User | undefined>;
  add(input: { name: string; role: Role; password: string }): Promise<User>;
  /** The first one, an admin. Throws `users-there` when there is one already. */
  first(input: { name: string; password: string }): Promise<User>;
  setPassword(id: string, password: string): Promise<User>;
  setRole(id: string, role: Role): Promise<void>;
  /** Resolves with how they come back, with their id and password; they have to sign in again. */
  remove(id: string): Promise<() => Promise<void>>;
  /** Ends all sessions of a user. */
  newStamp(id: string): Promise<User>;
  signedIn(id: string): Promise<void>;
  onChange(listener: () => void): void;
  close(): void;
}

/** Names are the same however they are written. */
export const nameKey = (name: string): string => name.trim().normalize('NFKC').toLowerCase();
/** Never used again, and told by the history: it begins with the name. */
const newId = (name: string): string =>
  `${
    nameKey(name)
      .replaceAll(/[^a-z0-9]+/g, '-')
      .replaceAll(/^-|-$/g, '') || 'user'
  }-${randomBytes(4).toString('hex')}`;
const newStamp = (): string => randomBytes(12).toString('base64url');

/** Throws `users-damaged` where the file cannot be used: beginning anew would forget who may what. */
export async function openUsers(options: { file: string; log: Log; cost?: Cost }): Promise<Users> {
  const { file, log, cost = usualCost } = options;
  const listeners: (() => void)[] = [];
  const read = async (): Promise<User[]> => {
    let text: string;
    try {
      text = await readFile(file, 'utf8');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
      throw error;
    }
    try {
      return fileSchema.parse(JSON.parse(text)).users;
    } catch (error) {
      throw usersDamaged(file, error);
    }
  };
  let users: User[] = [];
  const take = (next: User[]): void => {
    const before = JSON.stringify(users);
    users = next;
    if (JSON.stringify(next) !== before) for (const listener of listeners) listener();
  };
  // The watch begins first: nothing is missed.
  const watching = watchFile(file, async () => take(await read()), log);
  try {
    users = await read();
  } catch (error) {
    watching.close();
    throw error;
  }
  /** Changes what the file holds by then. */
  const change = <T>(
    work: (now: User[]) => Promise<{ next: User[]; value: T }> | { next: User[]; value: T },
  ): Promise<T> =>
    locked(file, async () => {
      const now = await read();
      const { next, value } = await work(now);
      if (now.some(isAdmin) && !next.some(isAdmin)) throw lastAdmin();
      await writeJson(file, { version: 1, users: next });
      take(next);
      return value;
    });
  const changeOne = (id: string, how: (user: User) => Promise<User> | User): Promise<User> =>
    change(async (now) => {
      const found = now.find((user) => user.id === id);
      if (!found) throw noSuchUser();
      const value = await how(found);
      return { next: now.map((user) => (user.id === id ? value : user)), value };
    });
  const create = async (input: { name: string; role: Role; password: string }, only: boolean): Promise<User> => {
    const read = userNameSchema.safeParse(input.name);
    if (!read.success) throw badName(read.error.issues[0]?.message ?? '');
    const name = read.data;
    refuseWeak(input.password, name);
    const password = await storePassword(input.password, cost);
    const user: User = { id: newId(name), name, role: input.role, createdAt: new Date().toISOString(), password, stamp: newStamp() }; // prettier-ignore
    return change((now) => {
      if (only && now.length > 0) throw usersThere();
      if (now.some((each) => nameKey(each.name) === nameKey(name))) throw nameTaken(name);
      return { next: [...now, user], value: user };
    });
  };
  const putBack = (user: User, at: number): Promise<void> =>
    change((now) => {
      if (now.some(({ id }) => id === user.id)) return { next: now, value: undefined };
      if (now.some((each) => nameKey(each.name) === nameKey(user.name))) throw nameTaken(user.name);
      return { next: now.toSpliced(at, 0, { ...user, stamp: newStamp() }), value: undefined };
    });
  const byName = (name: string): User | undefined => users.find((user) => nameKey(user.name) === nameKey(name));
  const nobody = nobodysPassword(cost);
  return {
    list: () => users,
    byId: (id) => (id === undefined ? undefined : users.find((user) => user.id === id)),
    byName,
    async check(name, password) {
      const user = byName(name);
      const fits = await passwordFits(password, user?.password ?? nobody);
      // It may have been removed, or got another password, meanwhile.
      return fits && user && users.some(({ id, stamp }) => id === user.id && stamp === user.stamp) ? user : undefined;
    },
    add: (input) => create(input, false),
    first: (input) => create({ ...input, role: 'admin' }, true),
    setPassword: (id, password) =>
      changeOne(id, async (user) => {
        refuseWeak(password, user.name);
        return { ...user, password: await storePassword(password, cost), stamp: newStamp() };
      }),
    setRole: async (id, role) => void (await changeOne(id, (user) => ({ ...user, role }))),
    remove: (id) =>
      change((now) => {
        const at = now.findIndex((user) => user.id === id);
        const user = now[at];
        if (!user) throw noSuchUser();
        return { next: now.toSpliced(at, 1), value: () => putBack(user, at) };
      }),
    newStamp: (id) => changeOne(id, (user) => ({ ...user, stamp: newStamp() })),
    signedIn: async (id) => void (await changeOne(id, (user) => ({ ...user, signedInAt: new Date().toISOString() }))),
    onChange: (listener) => void listeners.push(listener),
    close: () => watching.close(),
  };
}

const isAdmin = ({ role }: User): boolean => role === 'admin';
