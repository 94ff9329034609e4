import { mkdir, mkdtemp, readdir, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { openSessions } from '../../../main/backend/carrier/sessions.ts';
import { createLogSweep } from '../../../main/backend/consoles/log-sweep.ts';
import { createDeadlines } from '../../../main/backend/networks/roll-back.ts';
import { cautiousNow, steadyNow } from '../../../main/backend/steady-clock.ts';
import { createTasks } from '../../../main/backend/tasks/tasks.ts';
import { monotonic } from '../../../main/contract/monotonic.ts';
import { Deadlines } from '../../../main/embedded/kube/deadlines.ts';

const log = { debug() {}, info() {}, warn() {}, error() {}, child: () => log };
const day = 86_400_000;
let folder: string;
beforeEach(async () => void (folder = await mkdtemp(join(tmpdir(), 'hearth-clocks-'))));
afterEach(async () => {
  vi.restoreAllMocks();
  await rm(folder, { recursive: true });
});
const jump = (ms: number): void => {
  const real = Date.now.bind(Date);
  const before = real();
  vi.spyOn(Date, 'now').mockImplementation(() => before + ms);
};

describe('a clock that is set', () => {
  test.each([40 * day, -40 * day])('by %d ms moves no duration', (ms) => {
    const before = [monotonic(), steadyNow()] as const;
    jump(ms);
    expect(monotonic() - before[0]).toBeLessThan(5000);
    expect(Math.abs(steadyNow() - before[1])).toBeLessThan(5000);
    expect(cautiousNow()).toBeLessThan(before[1] + 5000);
  });

  test('ends no session, and makes none that was kept with a wrong date everlasting', async () => {
    const file = join(folder, 'sessions.json');
    const idleMs = 30 * day;
    const sessions = await openSessions({ file, idleMs, log });
    const secret = await sessions.open();
    jump(40 * day);
    expect(sessions.find(secret)).toBeDefined();
    vi.restoreAllMocks();
    // Written while the clock was ten years ahead.
    const ahead = await openSessions({ file, idleMs, log, now: () => steadyNow() + 3650 * day });
    const other = await ahead.open();
    const right = await openSessions({ file, idleMs, lifeMs: day, log });
    expect(right.find(other)).toBeDefined();
    const later = await openSessions({ file, idleMs, lifeMs: day, log, now: () => steadyNow() + 2 * day });
    expect(right.list()).toHaveLength(1);
    await right.end('nobody');
    expect(later.list().length).toBeLessThanOrEqual(1);
  });

  test('drops no task that has just ended', async () => {
    const tasks = await createTasks({ file: join(folder, 'tasks.json'), log });
    for (let n = 0; n < 200; n += 1) await tasks.start({ type: 't', title: `early ${n}` }, async () => undefined).done;
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() - 40 * day });
    const late = tasks.start({ type: 't', title: 'late' }, async () => undefined);
    await late.done;
    vi.useRealTimers();
    expect(tasks.get(late.id)?.title).toBe('late');
    await tasks.close();
  });
});

describe('a deadline that stands at an object', () => {
  test('is counted from when it was first seen: in the engine', () => {
    let [wall, steady] = [1_000_000, 500];
    const deadlines = new Deadlines(() => wall, () => steady); // prettier-ignore
    expect(deadlines.left('a', wall + 30_000)).toBe(30_000);
    wall += 40 * day;
    steady += 10_000;
    expect(deadlines.left('a', 1_030_000)).toBe(20_000);
    wall -= 80 * day;
    expect(deadlines.left('a', 1_030_000)).toBe(20_000);
    // One that was over while no engine ran is over; another date is another deadline.
    expect(deadlines.left('b', wall - 5)).toBe(0);
    expect(deadlines.left('a', wall + 7000)).toBe(7000);
    expect(deadlines.left('c', wall + day, 3000)).toBe(3000);
    expect(deadlines.left('d', Infinity)).toBe(Infinity);
  });
  test('of a move of a network', () => {
    let [wall, steady] = [Date.parse('2026-01-01T00:00:00Z'), 0];
    const due = createDeadlines(() => wall, () => steady); // prettier-ignore
    const until = new Date(wall + 60_000).toISOString();
    expect(due(until)).toBe(60_000);
    wall += 40 * day;
    steady = 30_000;
    expect(due(until)).toBe(60_000);
    // Made by a clock that was ahead: no longer than a move may wait.
    expect(due(new Date(wall + 400 * day).toISOString())).toBe(30_000 + 3_600_000);
  });
});

describe('the logs of consoles', () => {
  const uid = (n: number): string => `00000000-0000-4000-8000-00000000000${n}`;
  const logs = async (): Promise<string[]> => (await readdir(join(folder, 'consoles'))).sort();
  beforeEach(async () => {
    await mkdir(join(folder, 'consoles'));
    for (const n of [1, 2, 3]) await writeFile(join(folder, 'consoles', `${uid(n)}.log`), 'said');
    await writeFile(join(folder, 'consoles', 'notes.txt'), 'not ours');
  });
  const sweepOf = (open: ReadonlySet<string> = new Set()) =>
    createLogSweep({ folder: join(folder, 'consoles'), log, isOpen: (each) => open.has(each) });

  test('go with their machine; one that is open when it is closed; a new machine of the name has its own', async () => {
    const open = new Set([uid(2)]);
    const sweep = sweepOf(open);
    for (const n of [1, 2, 3]) sweep.changed(`default/m${n}`, uid(n));
    sweep.changed('default/m1', undefined);
    sweep.changed('default/m2', undefined);
    sweep.changed('default/m3', uid(4));
    await expect.poll(logs).toEqual([`${uid(2)}.log`, 'notes.txt']);
    open.clear();
    await sweep.closed(uid(2));
    expect(await logs()).toEqual(['notes.txt']);
  });
  test('of machines that went while no Hearth ran go after a day', async () => {
    const long = new Date(Date.now() - 2 * day);
    await utimes(join(folder, 'consoles', `${uid(1)}.log`), long, long);
    await utimes(join(folder, 'consoles', `${uid(2)}.log`), long, long);
    const sweep = sweepOf();
    sweep.changed('default/m2', uid(2));
    sweep.known();
    await expect.poll(logs).toEqual([`${uid(2)}.log`, `${uid(3)}.log`, 'notes.txt']);
  });
});
