import { spawn } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { lockHolder, processStart, takeLock } from '../../../main/backend/lock.ts';
import { createLog, lastLines } from '../../../main/backend/log.ts';
import { writeFileAtomic } from '../../../main/backend/json-file.ts';
import { openSettings } from '../../../main/backend/settings.ts';
import { locked, watchFile } from '../../../main/backend/shared-file.ts';
import { createTasks } from '../../../main/backend/tasks/tasks.ts';
import { ProblemError } from '../../../main/contract/problem.ts';

const log = { debug() {}, info() {}, warn() {}, error() {}, child: () => log };
let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'hearth-keep-'));
});
afterEach(() => rm(folder, { recursive: true }));

describe('lock', () => {
  const path = () => join(folder, 'lock');
  test('a living holder is named; after its release the lock is free', async () => {
    const lock = await takeLock(path(), folder);
    await expect(takeLock(path(), folder)).rejects.toThrow(`Process ${process.pid} holds ${folder}`);
    await lock.release();
    await (await takeLock(path(), folder)).release();
    expect(await readdir(folder)).toEqual([]);
  });
  test.each([
    ['of a process that is gone', async () => ({ pid: await goneId(), startedAt: '1', since: 'x' })],
    ['of a process id that was given to another', async () => ({ pid: process.pid, startedAt: '1', since: 'x' })],
    ['half written', async () => '{"pid":'],
    // A computer that always starts in the same order gives the same id at the same tick.
    [
      'of the boot before, with our id and our start',
      async () => ({ pid: process.pid, startedAt: await processStart(process.pid), since: 'x', token: 'other' }),
    ],
  ])('a lock %s is taken over', async (_name, content) => {
    const value = await content();
    await writeFile(path(), typeof value === 'string' ? value : JSON.stringify(value));
    const lock = await takeLock(path(), folder);
    expect((await lockHolder(path()))?.pid).toBe(process.pid);
    expect(await processStart(process.pid)).toMatch(/^\d+$/);
    await lock.release();
  });
  test('of many that start at once exactly one wins', async () => {
    await writeFile(path(), JSON.stringify({ pid: await goneId(), startedAt: '1', since: 'x' }));
    const results = await Promise.allSettled(Array.from({ length: 8 }, () => takeLock(path(), folder)));
    expect(results.filter((result) => result.status === 'fulfilled')).toHaveLength(1);
  });
  test('many changes of one process that share a file wait for each other', async () => {
    let inside = 0;
    const work = async (): Promise<void> => {
      expect((inside += 1)).toBe(1);
      await new Promise((resolve) => setTimeout(resolve, 3));
      inside -= 1;
    };
    await Promise.all(Array.from({ length: 12 }, () => locked(join(folder, 'shared'), work)));
    expect(await readdir(folder)).toEqual([]);
  });
  async function goneId(): Promise<number> {
    const child = spawn(process.execPath, ['-e', ''], { stdio: 'ignore' });
    await new Promise((resolve) => child.once('close', resolve));
    return child.pid ?? 0;
  }
});

describe('a file that others write too', () => {
  const told = (path: string) => {
    let times = 0;
    const watched = watchFile(path, async () => void (times += 1), log);
    return { ...watched, times: () => times };
  };
  test('tells of what is renamed over it, and of nothing else', async () => {
    const watched = told(join(folder, 'a.json'));
    await writeFileAtomic(join(folder, 'b.json'), '{}');
    await writeFileAtomic(join(folder, 'a.json'), '{}');
    await expect.poll(watched.times).toBeGreaterThan(0);
    watched.close();
    const times = watched.times();
    await writeFileAtomic(join(folder, 'a.json'), '{"a":1}');
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(watched.times()).toBe(times);
  });
  test('is looked at now and then where the system cannot watch', async () => {
    // There is no such folder yet: the watch fails like one too many does.
    const watched = told(join(folder, 'later', 'a.json'));
    await mkdir(join(folder, 'later'));
    await new Promise((resolve) => setTimeout(resolve, 100));
    await writeFile(join(folder, 'later', 'a.json'), '{}');
    await expect.poll(watched.times, { timeout: 8000 }).toBe(1);
    watched.close();
  });
});

describe('settings', () => {
  test('defaults, changes, another start; private file', async () => {
    const path = join(folder, 'settings.json');
    const settings = await openSettings(path, log);
    expect(settings.value).toMatchObject({ version: 1, theme: 'system', setupDone: false });
    await Promise.all([settings.update({ theme: 'dark' }), settings.update({ setupDone: true })]);
    expect((await openSettings(path, log)).value).toMatchObject({ theme: 'dark', setupDone: true });
    expect((await stat(path)).mode & 0o777).toBe(0o600);
  });
  test('fields of a newer version are kept', async () => {
    const path = join(folder, 'settings.json');
    await writeFile(path, JSON.stringify({ version: 1, fromTheFuture: { a: 1 } }));
    await (await openSettings(path, log)).update({ theme: 'light' });
    expect(JSON.parse(await readFile(path, 'utf8'))).toMatchObject({ theme: 'light', fromTheFuture: { a: 1 } });
  });
  test.each(['{ not json', '{"version":7}', '[]', ''])(
    'a file that cannot be used (%j) is set aside, not lost',
    async (text) => {
      const path = join(folder, 'settings.json');
      await writeFile(path, text);
      expect((await openSettings(path, log)).value.version).toBe(1);
      const aside = (await readdir(folder)).find((name) => name.includes('.corrupt-'));
      expect(await readFile(join(folder, aside ?? ''), 'utf8')).toBe(text);
    },
  );
});

describe('tasks', () => {
  const file = () => join(folder, 'tasks.json');
  test('steps, progress, end; kept for the next start', async () => {
    const tasks = await createTasks({ file: file(), log });
    const { id, done } = tasks.start({ type: 'x', title: 'Work', steps: ['a', 'b', 'c'] }, async (task) => {
      task.step('b', 'half');
      task.update({ progress: 0.5, secondsLeft: 3 });
      expect(tasks.get(task.id)?.steps.map((step) => step.state)).toEqual(['done', 'running', 'waiting']);
    });
    expect(await done).toMatchObject({ state: 'done', progress: 1, cancellable: false });
    expect(tasks.get(id)).not.toHaveProperty('secondsLeft');
    await tasks.close();
    expect((await createTasks({ file: file(), log })).get(id)).toMatchObject({ title: 'Work', state: 'done' });
  });
  test('failed, cancelled and interrupted are three different things', async () => {
    const tasks = await createTasks({ file: file(), log });
    const problem = { code: 'no-space', title: 'Full', detail: 'x' };
    const failed = tasks.start({ type: 'x', title: 'A', steps: ['a', 'b'] }, async (task) => {
      task.step('a');
      throw new ProblemError(problem);
    });
    expect(await failed.done).toMatchObject({
      state: 'failed',
      problem,
      steps: [{ state: 'failed' }, { state: 'skipped' }],
    });
    const until = (signal: AbortSignal) =>
      new Promise<void>((_resolve, reject) => signal.addEventListener('abort', () => reject(new Error('stopped'))));
    const cancelled = tasks.start({ type: 'x', title: 'B' }, (task) => until(task.signal));
    expect(() => tasks.dismiss(cancelled.id)).toThrow('still runs');
    tasks.cancel(cancelled.id);
    const ended = await cancelled.done;
    expect([ended.state, ended.problem]).toEqual(['cancelled', undefined]);
    const fixed = tasks.start({ type: 'x', title: 'C', cancellable: false }, (task) => until(task.signal));
    expect(() => tasks.cancel(fixed.id)).toThrow('cannot be stopped');
    await expect.poll(() => readFile(file(), 'utf8')).toContain(fixed.id);
    const next = await createTasks({ file: file(), log }); // as after a kill
    expect(next.get(fixed.id)).toMatchObject({ state: 'failed', problem: { code: 'interrupted' } });
    await tasks.close();
  });
  test('the newest 200 ended ones are kept', async () => {
    const tasks = await createTasks({ file: file(), log });
    for (let n = 0; n < 210; n += 1) await tasks.start({ type: 'x', title: String(n) }, async () => undefined).done;
    await tasks.close();
    const kept = (JSON.parse(await readFile(file(), 'utf8')) as { tasks: { title: string }[] }).tasks.map(
      (task) => task.title,
    );
    expect([kept.length, kept.includes('209'), kept.includes('3')]).toEqual([200, true, false]);
  });
});

test('the log is private, hides secrets and is turned over', async () => {
  const path = join(folder, 'hearth.log');
  const own = createLog({ path, quiet: true });
  own.info({ password: 'geheim-1', request: { headers: { authorization: 'geheim-2' } }, plain: 'seen' }, 'x');
  expect(await readFile(path, 'utf8')).toMatch(/^(?!.*geheim).*seen/);
  expect((await stat(path)).mode & 0o777).toBe(0o600);
  for (let n = 0; n < 90; n += 1) own.info({ n, filler: 'y'.repeat(100_000) }, 'x');
  own.close();
  expect((await readdir(folder)).sort()).toEqual(['hearth.log', 'hearth.log.1']);
  expect((await lastLines(path, 2)).length).toBeLessThanOrEqual(2);
});
