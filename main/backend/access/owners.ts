import { z } from 'zod';
import { readJson, writeJson } from '../json-file.ts';
import type { Log } from '../log.ts';

const fileSchema = z.object({ version: z.literal(1), owners: z.record(z.string().max(400), z.string().max(64)) });
/** Whoever sits at this computer, as an owner. */
export const theComputer = 'computer';
/** Tasks are remembered in memory alone: they end with Hearth. */
const passing = /^task /;
const mostTasks = 2000;

/** Who made what: `lab TARGET/NAME`, `recording NAME`, `task ID`. Ids of users, so that a later user of the same name is another one. */
export interface Owners {
  of(thing: string): string | undefined;
  /** What is this user's; tasks last. */
  by(user: string): string[];
  set(thing: string, user: string): Promise<void>;
  forget(thing: string): Promise<void>;
  /** Labs whose start is under way: whoever came first has it. */
  readonly starting: Set<string>;
  onChange(listener: () => void): void;
}

export async function openOwners(file: string, log: Log): Promise<Owners> {
  const stored = await readJson(file, fileSchema, log);
  const owners = new Map(Object.entries(stored?.owners ?? {}));
  const tasks = new Map<string, string>();
  const listeners: (() => void)[] = [];
  let saving: Promise<void> = Promise.resolve();
  const tell = (): void => {
    for (const listener of listeners) listener();
  };
  const save = (): Promise<void> => {
    tell();
    saving = saving
      .then(() => writeJson(file, { version: 1, owners: Object.fromEntries(owners) }))
      .catch((error: unknown) => log.warn({ err: error }, 'who made what could not be written'));
    return saving;
  };
  return {
    of: (thing) => owners.get(thing) ?? tasks.get(thing),
    by: (user) => [...owners, ...tasks].filter(([, owner]) => owner === user).map(([thing]) => thing),
    async set(thing, user) {
      if (passing.test(thing)) {
        tasks.set(thing, user);
        for (const oldest of tasks.keys()) {
          if (tasks.size <= mostTasks) break;
          tasks.delete(oldest);
        }
        tell();
        return;
      }
      if (owners.get(thing) === user) return;
      owners.set(thing, user);
      await save();
    },
    async forget(thing) {
      if (owners.delete(thing)) await save();
    },
    starting: new Set(),
    onChange: (listener) => void listeners.push(listener),
  };
}
