import type { MachineSample } from '../../../main/contract/machine.ts';

export interface Columns {
  at: number[];
  cpu: (number | null)[];
  memory: (number | null)[];
  diskRead: (number | null)[];
  diskWrite: (number | null)[];
  netIn: (number | null)[];
  netOut: (number | null)[];
}
const fields = ['cpu', 'memory', 'diskRead', 'diskWrite', 'netIn', 'netOut'] as const;

/** Samples as the columns a chart draws; where more than three points are missing, the line is broken. Pure. */
export function columnsOf(samples: readonly MachineSample[], step: number): Columns {
  const result: Columns = { at: [], cpu: [], memory: [], diskRead: [], diskWrite: [], netIn: [], netOut: [] };
  let before: number | undefined;
  for (const sample of samples) {
    if (before !== undefined && sample.at - before > step * 4) {
      result.at.push(before + step);
      for (const field of fields) result[field].push(null);
    }
    result.at.push(sample.at);
    for (const field of fields) result[field].push(sample[field]);
    before = sample.at;
  }
  return result;
}
