import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { watchChecks } from '../../../../main/backend/labs/checks/watch.ts';
import type { Look } from '../../../../main/backend/labs/checks/look-types.ts';
import { checkSchema } from '../../../../main/contract/labs/checks.ts';
import type { LabCheck } from '../../../../main/contract/labs/checks.ts';
import type { LabCheckState } from '../../../../main/contract/labs/run.ts';

const check = (id: string, every = '2s'): LabCheck =>
  checkSchema.parse({ id, title: `Check ${id}`, message: `Look at ${id}.`, every, tcp: { machine: id, port: 80 } });

let over: AbortController;
let told: string[];
let results: Map<string, Look>;
let underWay: number;
let most: number;
const state = ({ id, state, told: words }: LabCheckState): string => `${id} ${state}${words ? ` (${words})` : ''}`;
beforeEach(() => {
  vi.useFakeTimers();
  over = new AbortController();
  told = [];
  results = new Map();
  underWay = 0;
  most = 0;
});
afterEach(() => {
  over.abort();
  vi.useRealTimers();
});
const start = (checks: LabCheck[], took = 100) => {
  const looks = new Map<string, number>();
  const watch = watchChecks(checks, {
    signal: over.signal,
    tell: (states) => told.push(states.map(state).join(', ')),
    async look({ id }) {
      looks.set(id, (looks.get(id) ?? 0) + 1);
      underWay += 1;
      most = Math.max(most, underWay);
      await new Promise((resolve) => setTimeout(resolve, took));
      underWay -= 1;
      return results.get(id) ?? { passed: false, told: 'it is closed' };
    },
  });
  return { watch, looks };
};

describe('checks of an open step', () => {
  it('are looked at each after its time, and only changes are told', async () => {
    const { watch, looks } = start([check('web'), check('db', '5s')]);
    expect(watch.states.map(state)).toEqual(['web waiting', 'db waiting']);
    await vi.advanceTimersByTimeAsync(10_000);
    expect(told).toEqual([
      'web failed (it is closed), db waiting',
      'web failed (it is closed), db failed (it is closed)',
    ]);
    expect(looks.get('web')).toBe(5);
    expect(looks.get('db')).toBe(2);
    results.set('web', { passed: true });
    await vi.advanceTimersByTimeAsync(2500);
    expect(told.slice(2)).toEqual(['web passed, db failed (it is closed)']);
    expect(watch.states[0]).toEqual({
      id: 'web',
      title: 'Check web',
      state: 'passed',
      at: expect.any(String) as string,
    });
    expect(watch.states[1]).toMatchObject({ message: 'Look at db.' });
  });
  it('turn red again when what was done is undone, and are in trouble when they cannot be looked at', async () => {
    results.set('web', { passed: true });
    start([check('web')]);
    await vi.advanceTimersByTimeAsync(3000);
    results.set('web', { passed: false, told: 'gone' });
    await vi.advanceTimersByTimeAsync(3000);
    results.set('web', { passed: false, told: 'no right', trouble: true });
    await vi.advanceTimersByTimeAsync(3000);
    expect(told).toEqual(['web passed', 'web failed (gone)', 'web trouble (no right)']);
  });
  it('are never looked at twice at once, and only a few at the same time', async () => {
    const { looks } = start(
      Array.from({ length: 10 }, (_, index) => check(`c${index}`, '0s')),
      5000,
    );
    await vi.advanceTimersByTimeAsync(60_000);
    expect(most).toBe(4);
    const counts = [...looks.values()];
    expect(counts).toHaveLength(10);
    // Nobody is forgotten for another one's sake.
    expect(Math.max(...counts) - Math.min(...counts)).toBeLessThanOrEqual(1);
  });
  it('are looked at at once when asked, by a look that began after the asking', async () => {
    const { watch, looks } = start([check('web', '9m')], 1000);
    await vi.advanceTimersByTimeAsync(500);
    results.set('web', { passed: true });
    let done = false;
    void watch.now().then(() => (done = true));
    await vi.advanceTimersByTimeAsync(700); // the first look has ended
    expect(done).toBe(false);
    await vi.advanceTimersByTimeAsync(1000);
    expect(done).toBe(true);
    expect(looks.get('web')).toBe(2);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(looks.get('web')).toBe(2);
    void watch.now();
    await vi.advanceTimersByTimeAsync(1100);
    expect(looks.get('web')).toBe(3);
  });
  it('end with their signal, and nobody waits for them then', async () => {
    const { watch, looks } = start([check('web')]);
    await vi.advanceTimersByTimeAsync(50);
    over.abort();
    await vi.advanceTimersByTimeAsync(10_000);
    expect(looks.get('web')).toBe(1);
    expect(told).toEqual([]);
    await watch.now();
  });
  it('tell a look that failed by itself as trouble', async () => {
    const states: string[] = [];
    watchChecks([check('web')], {
      signal: over.signal,
      tell: (now) => states.push(now.map(state).join()),
      look: () => Promise.reject(new Error('a bug')),
    });
    await vi.advanceTimersByTimeAsync(10);
    expect(states).toEqual(['web trouble (a bug)']);
  });
});
