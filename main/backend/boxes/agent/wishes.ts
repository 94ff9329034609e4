import { createHash } from 'node:crypto';
import { mkdir, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { z } from 'zod';
import { boxWishesSchema } from '../../../contract/box/settings.ts';
import type { BoxWishes } from '../../../contract/box/settings.ts';
import type { Problem } from '../../../contract/problem.ts';
import { readJson, writeJson } from '../../json-file.ts';
import type { Log } from '../../log.ts';
import { applyWishes } from './configure/apply.ts';
import type { ApplyParts } from './configure/apply.ts';
import type { AgentPlaces } from './places.ts';

/** What the box is to be: kept in one file, put into effect when it differs from what was put into effect last. */
export interface WishKeeper {
  readonly now: BoxWishes;
  /** Puts the wishes into effect unless they are; `again`: whatever was done before. Resolves with what failed. */
  apply(again?: boolean): Promise<Problem[]>;
  /** Keeps them on the disk. They are put into effect by `apply`. */
  change(change: Partial<BoxWishes>): Promise<void>;
}

/** `first`: where nothing is kept yet. A file that cannot be used is set aside, and the box is set up anew. */
export async function openWishes(
  parts: ApplyParts & { places: AgentPlaces; log: Log },
  first: BoxWishes,
): Promise<WishKeeper> {
  const { places, log } = parts;
  let now = (await readJson(places.wishes, boxWishesSchema, log)) ?? first;
  const mark = (): string => createHash('sha256').update(JSON.stringify(now, inOrder)).digest('hex');
  const markSchema = z.object({ wishes: z.string() });
  const keep = async (): Promise<void> => {
    await mkdir(dirname(places.wishes), { recursive: true, mode: 0o700 });
    await writeJson(places.wishes, now);
  };
  let turn: Promise<unknown> = Promise.resolve();
  return {
    get now() {
      return now;
    },
    apply(again = false) {
      const work = turn.then(async () => {
        const wanted = mark();
        // What a person changed by hand since then stays.
        if (!again && (await readJson(places.applied, markSchema, log))?.wishes === wanted) return [];
        await rm(places.applied, { force: true });
        const problems = await applyWishes(parts, now);
        for (const problem of problems) log.warn({ problem }, 'a wish could not be put into effect');
        await keep();
        if (problems.length === 0) await writeJson(places.applied, { wishes: wanted });
        return problems;
      });
      turn = work.catch(() => undefined);
      return work;
    },
    async change(change) {
      now = boxWishesSchema.parse({ ...now, ...change });
      await keep();
    },
  };
}

/** For `JSON.stringify`: the same text whatever order the fields came in. */
const inOrder = (_: string, value: unknown): unknown =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
    ? Object.fromEntries(Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1)))
    : value;

/** Without what only the agent needs to know. */
export function withoutSecrets(wishes: BoxWishes): BoxWishes {
  const { wifi } = wishes.network;
  if (!wifi) return wishes;
  const { password: _, ...open } = wifi;
  return { ...wishes, network: { ...wishes.network, wifi: open } };
}
