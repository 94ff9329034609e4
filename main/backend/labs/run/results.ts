import { z } from 'zod';
import type { LabRow } from '../../../contract/labs/run.ts';
import { readJson, writeJson } from '../../json-file.ts';
import type { Log } from '../../log.ts';
import { turns } from '../../shared-file.ts';

const resultSchema = z.object({ score: z.number(), of: z.number(), seconds: z.number(), at: z.string() });
const fileSchema = z.object({ version: z.literal(1), best: z.record(z.string(), resultSchema) });
type Result = NonNullable<LabRow['best']>;

/** The best result of each lab, whatever target it ran on. */
export interface Results {
  best(lab: string): Promise<Result | undefined>;
  /** Kept where it is better: more points, or as many in less time. */
  put(lab: string, result: Result): Promise<void>;
}

export function openResults(file: string, log: Log): Results {
  const inTurn = turns();
  let known: Promise<Record<string, Result>> | undefined;
  const all = (): Promise<Record<string, Result>> => {
    known ??= readJson(file, fileSchema, log).then((read) => read?.best ?? {});
    known.catch(() => (known = undefined)); // whoever asked has the error
    return known;
  };
  return {
    best: async (lab) => (await all())[lab],
    put: (lab, result) =>
      inTurn(async () => {
        const best = await all();
        const before = best[lab];
        if (before && !better(result, before)) return;
        const next = { ...best, [lab]: result };
        await writeJson(file, { version: 1, best: next });
        known = Promise.resolve(next);
      }),
  };
}

/** A share of the points, for a lab may have been given others meanwhile. Pure. */
export const better = (one: Result, other: Result): boolean => {
  const share = ({ score, of }: Result): number => (of > 0 ? score / of : 1);
  return share(one) > share(other) || (share(one) === share(other) && one.seconds < other.seconds);
};
