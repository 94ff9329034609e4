import { startHearth, temporaryDataDir } from '../../support/hearth.ts';
import type { Figure } from '../figures.ts';
import { median } from '../figures.ts';

/** Backend and engine from spawn to the ready line: the first start of a data directory, and later ones. */
export async function measure(): Promise<Figure[]> {
  const first: number[] = [];
  const again: number[] = [];
  for (let run = 0; run < 5; run += 1) {
    const data = temporaryDataDir();
    try {
      for (const times of [first, again]) {
        const hearth = await startHearth(data.path);
        times.push(hearth.readyMs);
        await hearth.stop();
      }
    } finally {
      data.remove();
    }
  }
  return [
    {
      what: 'start to ready, first time (trial, keys)',
      ours: median(first),
      unit: 'ms',
      better: 'lower',
      note: 'median of 5',
    },
    { what: 'start to ready, later', ours: median(again), unit: 'ms', better: 'lower', note: 'median of 5' },
  ];
}
