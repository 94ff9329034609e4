import { describe, expect, it } from 'vitest';
import type { LabCheckState, LabRow, LabRun, LabStepState } from '../../../main/contract/labs/run.ts';
import { readLab } from '../../../main/backend/labs/file/read.ts';
import { worth } from '../../../main/contract/labs/score.ts';
import { renamed, template } from '../../../renderer/features/labs/file/template.ts';
import { fits, isGated, levelsOf, nextAfter } from '../../../renderer/features/labs/library/filter.ts';
import { isPath } from '../../../renderer/features/labs/paths.ts';
import { evenShare, fitShare, keyShare } from '../../../renderer/features/labs/run/split.ts';
import { clock, hintCost, isSolved, lossOf, mayGoOn, newsOf, secondsAt, stillWorth, whyNoRewind } from '../../../renderer/features/labs/run/view.ts'; // prettier-ignore

const check = (id: string, state: LabCheckState['state'], more: Partial<LabCheckState> = {}): LabCheckState => ({
  id,
  title: `Check ${id}`,
  state,
  ...more,
});
const step = (id: string, more: Partial<LabStepState> = {}): LabStepState => ({
  id,
  title: `Step ${id}`,
  state: 'open',
  text: '',
  blocks: [],
  hints: [],
  hintsLeft: 2,
  checks: [],
  score: 10,
  ...more,
});
const run = (more: Partial<LabRun> = {}): LabRun => ({
  lab: 'a',
  title: 'A',
  target: 'quick-lab',
  state: 'running',
  startedAt: '2026-11-20T10:00:00Z',
  seconds: 60,
  step: 1,
  steps: [
    step('one', { state: 'passed', reached: 10, checkpoint: { at: '2026-11-20T10:00:00Z', memory: true, seconds: 1 } }),
    step('two', { checks: [check('x', 'failed'), check('y', 'passed')] }),
    step('three', { state: 'closed' }),
  ],
  score: { reached: 10, of: 30 },
  machines: [],
  faults: [],
  ...more,
});
const withChecks = (...checks: LabCheckState[]): LabRun => {
  const made = run();
  return { ...made, steps: made.steps.map((each, n) => (n === 1 ? { ...each, checks } : each)) };
};

describe('points', () => {
  it('lose a quarter with each hint, down to a quarter', () => {
    expect([0, 1, 2, 3, 4, 9].map((hints) => worth(10, hints))).toEqual([10, 8, 5, 3, 3, 3]);
    expect(worth(0, 2)).toBe(0);
    expect(worth(1, 3)).toBe(0);
  });
  it('say what the next hint costs, and what is left', () => {
    expect(hintCost(step('a'))).toBe(2);
    expect(hintCost(step('a', { hints: ['1'] }))).toBe(3);
    expect(hintCost(step('a', { hints: ['1', '2', '3'] }))).toBe(0);
    expect(stillWorth(step('a', { hints: ['1', '2'] }))).toBe(5);
  });
});

describe('a step', () => {
  it('is solved when every check passed, or when the backend said so', () => {
    expect(isSolved(step('a', { checks: [check('x', 'passed'), check('y', 'waiting')] }))).toBe(false);
    expect(isSolved(step('a', { checks: [check('x', 'passed'), check('y', 'passed')] }))).toBe(true);
    expect(isSolved(step('a', { state: 'passed', checks: [check('x', 'failed')] }))).toBe(true);
  });
  it('without checks is not solved by itself, and holds nobody', () => {
    expect(isSolved(step('a'))).toBe(false);
    expect(mayGoOn(step('a'))).toBe(true);
    expect(mayGoOn(step('a', { checks: [check('x', 'trouble')] }))).toBe(false);
  });
});

describe('the clock', () => {
  it('goes on between two messages only while the lab runs', () => {
    expect(secondsAt(run(), 1_000, 6_000)).toBe(65);
    expect(secondsAt(run({ state: 'rewinding' }), 1_000, 6_000)).toBe(60);
    expect(secondsAt(run(), 6_000, 1_000)).toBe(60);
  });
  it('is read as minutes and hours', () => {
    expect([0, 59.9, 65, 3_599, 3_665].map(clock)).toEqual(['0:00', '0:59', '1:05', '59:59', '1:01:05']);
  });
});

describe('going back', () => {
  it('names what is lost', () => {
    expect(lossOf(run(), 0)).toMatchObject({ points: 10, since: '2026-11-20T10:00:00Z', memory: true });
    expect(lossOf(run(), 0).steps.map(({ id }) => id)).toEqual(['one', 'two']);
    expect(lossOf(run(), 1)).toMatchObject({ points: 0, since: undefined, memory: false });
  });
  it('says why it cannot', () => {
    expect(whyNoRewind(run(), 0)).toBeUndefined();
    expect(whyNoRewind(run({ state: 'finished' }), 0)).toBeUndefined();
    expect(whyNoRewind(run({ state: 'rewinding' }), 0)).toBe('Something else is going on.');
    expect(whyNoRewind(run(), 1)).toBe('Nothing was kept of its beginning.');
    expect(whyNoRewind(run({ steps: [step('a', { noCheckpoint: 'The disk was full.' })], step: 0 }), 0)).toBe('The disk was full.'); // prettier-ignore
    expect(whyNoRewind(run(), 2)).toBe('It was not reached yet.');
  });
});

describe('what is spoken', () => {
  const before = withChecks(check('x', 'failed'), check('y', 'failed'));
  it('is what passed, and what no longer does', () => {
    expect(newsOf(before, withChecks(check('x', 'passed'), check('y', 'failed')))).toBe('Passed: Check x');
    expect(newsOf(withChecks(check('x', 'passed'), check('y', 'failed')), withChecks(check('x', 'failed', { message: 'Look again' }), check('y', 'failed')))).toBe('No longer: Check x. Look again'); // prettier-ignore
    expect(newsOf(before, withChecks(check('x', 'passed'), check('y', 'passed')))).toBe('Step done: Step two');
  });
  it('is nothing for a check that is looked at again with the same result', () => {
    expect(newsOf(before, withChecks(check('x', 'failed', { at: 'now' }), check('y', 'failed')))).toBe('');
    expect(newsOf(withChecks(check('x', 'waiting')), withChecks(check('x', 'failed')))).toBe('');
    expect(newsOf(undefined, before)).toBe('');
    expect(newsOf(before, { ...before, lab: 'b', step: 0 })).toBe('');
  });
  it('is the new step, a hint, the end', () => {
    expect(newsOf(before, { ...before, step: 2 })).toBe('Step 3: Step three');
    expect(newsOf(before, { ...before, state: 'finished' })).toBe('A is done: 10 of 30 points.');
    expect(newsOf({ ...before, state: 'rewinding' }, before)).toBe('The lab goes on.');
    const hinted = { ...before, steps: before.steps.map((each, n) => (n === 1 ? { ...each, hints: ['Look there.'] } : each)) }; // prettier-ignore
    expect(newsOf(before, hinted)).toBe('Hint: Look there.');
  });
});

describe('the splitter', () => {
  const room = { whole: 1000, first: 280, second: 340 };
  it('gives both sides what they need', () => {
    expect(fitShare(0.5, room)).toBe(0.5);
    expect(fitShare(0, room)).toBe(0.28);
    expect(fitShare(1, room)).toBeCloseTo(0.66);
    expect(fitShare(Number.NaN, room)).toBe(evenShare);
    // Not room enough for both: the instructions stay readable.
    expect(fitShare(0.9, { whole: 400, first: 280, second: 340 })).toBe(0.7);
    expect(fitShare(0.9, { whole: 0, first: 280, second: 340 })).toBe(0.9);
  });
  it('is moved by keys, and by no others', () => {
    expect(keyShare('ArrowRight', 0.5, room, false)).toBeCloseTo(0.52);
    expect(keyShare('ArrowLeft', 0.5, room, true)).toBeCloseTo(0.4);
    expect(keyShare('Home', 0.5, room, false)).toBe(0.28);
    expect(keyShare('End', 0.5, room, false)).toBeCloseTo(0.66);
    expect(keyShare('Enter', 0.5, room, false)).toBe(evenShare);
    expect(keyShare('Tab', 0.5, room, false)).toBeUndefined();
    expect(keyShare('x', 0.5, room, false)).toBeUndefined();
  });
});

describe('the library', () => {
  const row = (name: string, more: Partial<LabRow> = {}): LabRow => ({
    name, title: `Lab ${name}`, summary: 'About disks', minutes: 5, level: 'beginner', tags: ['kubectl'], steps: 3,
    origin: 'shipped', version: '1', memory: 0, missing: [], ...more,
  }); // prettier-ignore
  const best = { score: 1, of: 2, seconds: 3, at: '2026-11-20T10:00:00Z' };
  const all = { query: '', level: '', show: 'all' } as const;
  it('is filtered by words, level and result', () => {
    expect(fits(row('a'), { ...all, query: 'DISKS kube' })).toBe(true);
    expect(fits(row('a'), { ...all, query: 'disks nets' })).toBe(false);
    expect(fits(row('a'), { ...all, level: 'advanced' })).toBe(false);
    expect(fits(row('a', { best }), { ...all, show: 'todo' })).toBe(false);
    expect(fits(row('a', { best }), { ...all, show: 'done' })).toBe(true);
    expect(fits(row('a', { missing: [{ what: 'x' }] }), { ...all, show: 'here' })).toBe(false);
    expect(fits(row('a', { missing: [{ what: 'x' }] }), { ...all, show: 'todo' })).toBe(false);
  });
  it('knows the levels in their order, and what comes next', () => {
    expect(levelsOf([row('a', { level: 'zen' }), row('b', { level: 'advanced' }), row('c', { level: 'first steps' })])).toEqual(['first steps', 'advanced', 'zen']); // prettier-ignore
    const rows = [row('a'), row('b', { best }), row('c', { missing: [{ what: 'x' }] }), row('d')];
    expect(nextAfter(rows, 'a')?.name).toBe('d');
    expect(nextAfter(rows, 'd')?.name).toBe('a');
    expect(nextAfter([row('a')], 'a')).toBeUndefined();
    expect(isGated(row('a'))).toBe(false);
  });
});

describe('a new lab', () => {
  it('is right as it begins', async () => {
    const { lab, findings } = await readLab(template);
    expect(findings).toEqual([]);
    expect(lab?.steps.map(({ hints }) => hints.length)).toEqual([1]);
  });
  it('is another one when it is copied', () => {
    expect(renamed(template)).toContain('\n  name: my-lab-copy\n');
    expect(renamed('metadata:\n  title: x\n\n  name: "a"\nmachines:\n  - name: web\n')).toBe('metadata:\n  title: x\n\n  name: "a-copy"\nmachines:\n  - name: web\n'); // prettier-ignore
    expect(renamed('machines:\n  - name: web\n')).toBe('machines:\n  - name: web\n');
  });
  it('is read from a whole path', () => {
    expect(['/home/a/lab.yaml', 'C:\\labs\\a.yaml', ' /x '].map(isPath)).toEqual([true, true, true]);
    expect(['lab.yaml', '/', '~/lab.yaml', ''].map(isPath)).toEqual([false, false, false, false]);
  });
});
