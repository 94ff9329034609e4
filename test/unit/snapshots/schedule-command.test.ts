import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createLog } from '../../../main/backend/log.ts';
import { taskSign } from '../../../main/backend/notifications/signs.ts';
import { openRegistry } from '../../../main/backend/targets/registry.ts';
import { namesWanted } from '../../../main/cli/create.ts';
import { UsageError } from '../../../main/cli/command.ts';
import { fits, scheduleOf, standing } from '../../../main/cli/schedule.ts';
import type { Task } from '../../../main/contract/task.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'hearth-schedules-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test('a command line is one rhythm, or wrong usage', () => {
  expect(scheduleOf({ hours: '6', keep: '3' })).toEqual({ rhythm: { every: 'hours', hours: 6 }, keep: 3 });
  expect(scheduleOf({ weekly: 'Sun@04:05', keep: '1' })).toEqual({ rhythm: { every: 'week', day: 0, at: '04:05' }, keep: 1 }); // prettier-ignore
  for (const bad of [{ keep: '3' }, { hours: '6', daily: '03:00', keep: '3' }, { hours: '0', keep: '3' }, { hours: 'x', keep: '3' }, { daily: '3:00', keep: '3' }, { weekly: 'noday@03:00', keep: '3' }, { hours: '6', keep: '0' }, { hours: '6', keep: '101' }])
    expect(() => scheduleOf(bad)).toThrow(UsageError); // prettier-ignore
  expect(namesWanted('web-{1..2}')).toEqual(['web-1', 'web-2']);
  expect(() => namesWanted('web-{2..1}')).toThrow(UsageError);
});
test('machines are chosen by folder, what is below it, and label', () => {
  const row = { folder: 'home/lab', labels: { env: 'prod' } };
  const asked: [Parameters<typeof fits>[1], boolean][] = [
    [{ folder: 'home' }, true], [{ folder: ' home//lab/ ' }, true], [{ folder: 'ho' }, false], [{ label: 'env' }, true],
    [{ label: 'env=prod' }, true], [{ label: 'env=test' }, false], [{ label: 'tier' }, false], [{ folder: 'home', label: 'env=test' }, false],
  ]; // prettier-ignore
  expect(asked.map(([by]) => fits(row, by))).toEqual(asked.map(([, wanted]) => wanted));
  expect(standing({ schedule: { rhythm: { every: 'day', at: '03:30' }, keep: 2 }, failed: { at: 'now', title: 'No', detail: 'full' } })).toBe('each day at 03:30, 2 stay; FAILED at now: No: full'); // prettier-ignore
});
test('of scheduled runs those that failed and those that were missed are told, each once; a good one is no news', () => {
  const task: Task = { id: 't', type: 'snapshot-schedule', title: 'Scheduled snapshot of web', state: 'done', steps: [], cancellable: false, startedAt: '2026-01-01T00:00:00Z', endedAt: '2026-01-01T00:10:00Z' }; // prettier-ignore
  expect(taskSign(task)).toBeUndefined();
  expect(taskSign({ ...task, notice: { title: 'missed', detail: '3 runs.' } })).toMatchObject({ event: 'schedule-trouble', tone: 'warning', title: 'missed' }); // prettier-ignore
  expect(taskSign({ ...task, state: 'failed' })).toMatchObject({ event: 'schedule-trouble', tone: 'problem' });
  expect(taskSign({ ...task, type: 'image-import', state: 'failed' })).toMatchObject({ event: 'task-failed' });
});
test('that a target has schedules is remembered, and stays when the target is put anew', async () => {
  const file = join(folder, 'targets.json');
  const options = { file, log: createLog({ path: join(folder, 'log'), quiet: true }) };
  const registry = await openRegistry(options);
  const target = { id: 'far', name: 'Far', kind: 'cluster' as const, place: 'far', kubeconfig: join(folder, 'far') };
  writeFileSync(target.kubeconfig, '');
  await registry.put(target);
  await registry.mark('far', true);
  await registry.mark('nowhere', true);
  await registry.put({ ...target, name: 'Farther' });
  registry.close();
  const next = await openRegistry(options);
  expect(next.entries.map(({ name, schedules }) => [name, schedules])).toEqual([['Quick lab', undefined], ['Farther', true]]); // prettier-ignore
  await next.mark('far', false);
  expect(next.entries[1]?.schedules).toBe(false);
  next.close();
});
