import { afterEach, expect, it } from 'vitest';
import { followLab } from '../../../main/backend/classroom/seat/lab-now.ts';
import type { LabRow, LabRun } from '../../../main/contract/labs/run.ts';

const row = { name: 'two', running: { state: 'running' } } as unknown as LabRow;
const at = (step: number) =>
  ({
    lab: 'two', title: 'Two', state: 'running', step, seconds: 1, score: { reached: 0, of: 2 }, machines: [{ namespace: 'lab-two', name: 'web', running: true }],
    steps: ['one', 'two'].map((id) => ({ id, title: id, state: 'open', checks: [] })),
  }) as unknown as LabRun; // prettier-ignore
const forever = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));

let close = (): void => undefined;
afterEach(() => close());

it('a seat goes on to tell of its lab after what it follows broke, or ended', async () => {
  const errors: unknown[] = [];
  let lists = 0;
  let runs = 0;
  const now = followLab(
    {
      async *watch(_input, { signal }) {
        lists += 1;
        if (lists === 1) throw new Error('the target went away');
        yield { type: 'snapshot', items: [row] };
        await forever(signal);
      },
      async *run(_input, { signal }) {
        runs += 1;
        yield at(runs - 1);
        if (runs === 1) throw new Error('the cluster was restarted');
        if (runs > 2) await forever(signal);
      },
    },
    (error) => errors.push(error),
  );
  close = () => now.close();
  await expect.poll(() => now.lab.value?.step, { timeout: 5000 }).toBe(2);
  expect([lists, runs]).toEqual([2, 3]);
  expect(errors.map(String)).toEqual(['Error: the target went away', 'Error: the cluster was restarted']);
  expect(now.machine('web')).toEqual({ namespace: 'lab-two', name: 'web' });
  now.close();
  await new Promise((resolve) => setTimeout(resolve, 600));
  expect([lists, runs, errors.length]).toEqual([2, 3, 2]);
});
