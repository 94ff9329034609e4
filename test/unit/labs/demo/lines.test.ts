import { expect, it } from 'vitest';
import { demoLines } from '../../../../main/cli/lab/demo.ts';
import type { LabDemo } from '../../../../main/contract/labs/demo.ts';

const first: LabDemo = { lab: 'two', state: 'playing', doing: 'moving', step: 0, caption: '', paragraph: { n: 0, of: 0 }, pace: 1, loop: true, round: 0 }; // prettier-ignore

it('a demonstration is told in a terminal line by line, each once', () => {
  const told: string[] = [];
  let before: LabDemo | undefined;
  const then = (change: Partial<LabDemo>): void => {
    const now = { ...(before ?? first), ...change };
    told.push(...demoLines(before, now, ['One', 'Two']));
    before = now;
  };
  then({});
  then({ doing: 'reading', caption: 'Words.', paragraph: { n: 1, of: 1 } });
  then({ pace: 2 });
  then({ state: 'paused' });
  then({ state: 'playing' });
  then({ doing: 'checking' });
  then({ step: 1, doing: 'reading', caption: 'More.' });
  then({ step: 0, round: 1, caption: 'Words.' });
  then({ state: 'over' });
  expect(told).toEqual(['1/2 One', '    Words.', '    (paused)', '    (goes on)', '    (waiting for the checks)', '2/2 Two', '    More.', 'Once more: round 2', '1/2 One', '    Words.', 'The demonstration is over']); // prettier-ignore
  expect(demoLines(first, undefined, [])).toEqual(['Somebody took over: the lab is theirs']);
  expect(demoLines(first, { ...first, state: 'stopped' }, ['One'])).toEqual(['The lab was ended']);
  const problem = { code: 'x', title: 'X', detail: 'x', kind: 'failed' as const };
  expect(demoLines(first, { ...first, state: 'stopped', problem }, ['One'])).toEqual([]); // the problem itself is told
});
