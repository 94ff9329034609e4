import type { LabRow } from '../../contract/labs/run.ts';
import { exit, readOptions } from '../command.ts';
import { withLabs } from './session.ts';

/** The library, one line a lab. */
export async function listLabs(args: string[]): Promise<number> {
  const values = readOptions(args, { 'data-dir': { type: 'string' } });
  return withLabs(values['data-dir'], undefined, async ({ api, signal }) => {
    for await (const update of api.labs.watch({}, { signal })) {
      if (update.type !== 'snapshot') continue;
      for (const row of update.items) process.stdout.write(`${lineOf(row)}\n`);
      return exit.ok;
    }
    return exit.interrupted;
  });
}

const lineOf = ({ name, title, minutes, origin, missing, problem, running }: LabRow): string => {
  const more = [origin === 'shipped' ? undefined : origin, running, problem && `not right: ${problem.detail}`, ...missing.map(({ what }) => `lacking: ${what}`)]; // prettier-ignore
  return `${name.padEnd(24)} ${title} (${minutes} min)${more.filter(Boolean).map((each) => `  [${each}]`).join('')}`; // prettier-ignore
};
