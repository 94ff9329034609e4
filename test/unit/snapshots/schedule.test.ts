import { describe, expect, test } from 'vitest';
import type { KubeObject } from '../../../main/contract/kube.ts';
import { rhythmSchema, scheduleSchema } from '../../../main/contract/snapshot-schedule.ts';
import type { Rhythm } from '../../../main/contract/snapshot-schedule.ts';
import { due, lateMs, scheduledName, scheduleView, tooMany } from '../../../main/backend/snapshots/schedule/due.ts';
import { stateAfter } from '../../../main/backend/snapshots/schedule/keep.ts';
import { nextAfter, timesBetween } from '../../../main/backend/snapshots/schedule/slots.ts';
import {
  scheduleAnnotation, scheduledForAnnotation, scheduledLabel, scheduleStateAnnotation,
} from '../../../main/backend/snapshots/schedule/written.ts'; // prettier-ignore

const hour = 3_600_000;
const at = (text: string): number => new Date(text).getTime();
const iso = (time: number): string => new Date(time).toISOString();

/** A machine with a schedule and, where one was served, its record. */
function machine(rhythm: Rhythm, since: number, more: { last?: number; uid?: string; keep?: number } = {}): KubeObject {
  const { last, uid = 'vm-1', keep = 3 } = more;
  return {
    apiVersion: 'kubevirt.io/v1',
    kind: 'VirtualMachine',
    metadata: {
      name: 'web', namespace: 'default', uid: 'vm-1',
      annotations: {
        [scheduleAnnotation]: JSON.stringify({ rhythm, keep, uid, since: iso(since) }),
        ...(last !== undefined && { [scheduleStateAnnotation]: JSON.stringify({ uid, last: iso(last) }) }),
      },
    },
  }; // prettier-ignore
}
const snapshot = (
  name: string,
  marks: { of?: string; slot?: number; ready?: boolean; phase?: string },
): KubeObject => ({
  apiVersion: 'snapshot.kubevirt.io/v1beta1',
  kind: 'VirtualMachineSnapshot',
  metadata: {
    name,
    ...(marks.of && { labels: { [scheduledLabel]: marks.of } }),
    ...(marks.slot !== undefined && { annotations: { [scheduledForAnnotation]: iso(marks.slot) } }),
  },
  status: { readyToUse: marks.ready ?? true, phase: marks.phase ?? 'Succeeded' },
});

describe('times of a schedule', () => {
  test('every so many hours, from when it was set', () => {
    const since = at('2026-03-01T10:07:00Z');
    const rhythm: Rhythm = { every: 'hours', hours: 6 };
    expect(nextAfter(rhythm, since, since)).toBe(since + 6 * hour);
    expect(nextAfter(rhythm, since, since + 6 * hour)).toBe(since + 12 * hour);
    expect(timesBetween(rhythm, since, since, since + 19 * hour)).toEqual({ count: 3, last: since + 18 * hour });
    expect(timesBetween(rhythm, since, since, since + 6 * hour - 1)).toBeUndefined();
  });
  test('each day and each week at a time of the wall clock', () => {
    const now = at('2026-03-04T12:00:00'); // a Wednesday, in whatever zone this runs
    expect(new Date(nextAfter({ every: 'day', at: '03:30' }, 0, now))).toEqual(new Date(2026, 2, 5, 3, 30));
    expect(new Date(nextAfter({ every: 'day', at: '13:00' }, 0, now))).toEqual(new Date(2026, 2, 4, 13, 0));
    expect(new Date(nextAfter({ every: 'week', day: 0, at: '03:30' }, 0, now))).toEqual(new Date(2026, 2, 8, 3, 30));
    expect(new Date(nextAfter({ every: 'week', day: 3, at: '12:00' }, 0, now))).toEqual(new Date(2026, 2, 11, 12, 0));
    expect(new Date(nextAfter({ every: 'week', day: 3, at: '12:01' }, 0, now))).toEqual(new Date(2026, 2, 4, 12, 1));
  });
  test('a year of days has one run a day, whatever summer time does', () => {
    const from = at('2026-01-01T00:00:00');
    const until = at('2027-01-01T00:00:00');
    expect(timesBetween({ every: 'day', at: '02:30' }, 0, from, until)?.count).toBe(365);
  });
  test('what is no schedule is refused', () => {
    const bad = [{ every: 'hours', hours: 0 }, { every: 'hours', hours: 1.5 }, { every: 'day', at: '24:00' }, { every: 'day', at: '3:00' }, { every: 'week', day: 7, at: '03:00' }, { every: 'minute' }]; // prettier-ignore
    expect(bad.filter((each) => rhythmSchema.safeParse(each).success)).toEqual([]);
    for (const keep of [0, 101, 1.5]) expect(scheduleSchema.safeParse({ rhythm: { every: 'hours', hours: 1 }, keep }).success).toBe(false); // prettier-ignore
  });
});

describe('what is due', () => {
  const rhythm: Rhythm = { every: 'hours', hours: 1 };
  const since = at('2026-03-01T10:00:00Z');

  test('nothing before its time, one run at it, none again after it was served', () => {
    expect(due(machine(rhythm, since), [], since + hour - 1)).toBeUndefined();
    expect(due(machine(rhythm, since), [], since + hour)).toEqual({ type: 'run', slot: since + hour, missed: 0, keep: 3 }); // prettier-ignore
    expect(due(machine(rhythm, since, { last: since + hour }), [], since + hour + 5)).toBeUndefined();
  });
  test('what was missed is one run, and counted', () => {
    const now = since + 5 * hour + lateMs + 1;
    expect(due(machine(rhythm, since, { last: since + hour }), [], now)).toEqual({ type: 'run', slot: since + 5 * hour, missed: 4, keep: 3 }); // prettier-ignore
    // The last of them is on time: three were missed.
    expect(due(machine(rhythm, since, { last: since + hour }), [], since + 5 * hour + 1)).toMatchObject({ missed: 3 });
  });
  test('a clock that was set back does not run twice', () => {
    const served = machine(rhythm, since, { last: since + 5 * hour });
    for (const back of [30 * 60_000, 59 * 60_000]) expect(due(served, [], since + 5 * hour - back)).toBeUndefined();
    expect(due(served, [], since + 6 * hour)).toMatchObject({ slot: since + 6 * hour, missed: 0 });
  });
  test('a clock that was years ahead does not stop it for years: it counts anew, and runs nothing for that', () => {
    const ahead = machine(rhythm, since, { last: at('2031-01-01T00:00:00Z') });
    expect(due(ahead, [], since + 90 * 60_000)).toEqual({ type: 'anew', at: since + 90 * 60_000 });
    expect(due(machine(rhythm, since + 90 * 60_000), [], since + 91 * 60_000)).toBeUndefined();
  });
  test('a snapshot that is there counts as served, though the record was lost; one that failed does not', () => {
    const vm = machine(rhythm, since);
    const now = since + hour + 1000;
    expect(due(vm, [snapshot('a', { of: 'vm-1', slot: since + hour })], now)).toBeUndefined();
    expect(due(vm, [snapshot('a', { of: 'vm-1', slot: since + hour, phase: 'Failed' })], now)).toBeDefined();
    expect(due(vm, [snapshot('a', { of: 'another', slot: since + hour })], now)).toBeDefined();
    expect(due(vm, [snapshot('a', { slot: since + hour })], now)).toBeDefined();
  });
  test('a clone that took the annotation along has no schedule; a machine that leaves has none either', () => {
    expect(due(machine(rhythm, since, { uid: 'source' }), [], since + 9 * hour)).toBeUndefined();
    expect(scheduleView(machine(rhythm, since, { uid: 'source' }), since)).toBeUndefined();
    const leaving = machine(rhythm, since);
    leaving.metadata.deletionTimestamp = iso(since);
    expect(due(leaving, [], since + 9 * hour)).toBeUndefined();
  });
  test('what somebody else wrote badly is told, and runs nothing', () => {
    const vm = machine(rhythm, since);
    vm.metadata.annotations = { [scheduleAnnotation]: '{"rhythm":{"every":"blink"},"keep":3}' };
    expect(scheduleView(vm, since)?.unreadable).toMatch(/is no schedule/);
    expect(due(vm, [], since + 9 * hour)).toBeUndefined();
    vm.metadata.annotations = { [scheduleAnnotation]: 'nonsense' };
    expect(scheduleView(vm, since)?.unreadable).toMatch(/is no schedule/);
  });
});

describe('retention', () => {
  const vm = machine({ every: 'hours', hours: 1 }, 0);
  test('only what a schedule took is ever too many, oldest first, and never what is not ready', async () => {
    const { ownSnapshots } = await import('../../../main/backend/snapshots/schedule/due.ts');
    const all = [
      snapshot('by-hand-1', {}), snapshot('s3', { of: 'vm-1', slot: 3 * hour }), snapshot('s1', { of: 'vm-1', slot: hour }),
      snapshot('s2', { of: 'vm-1', slot: 2 * hour }), snapshot('other', { of: 'vm-2', slot: 0 }), snapshot('by-hand-2', {}),
      snapshot('half', { of: 'vm-1', slot: 0, ready: false, phase: 'InProgress' }),
    ]; // prettier-ignore
    const own = ownSnapshots(vm, all);
    expect(tooMany(own, 2).map(({ metadata }) => metadata.name)).toEqual(['s1']);
    expect(tooMany(own, 1).map(({ metadata }) => metadata.name)).toEqual(['s1', 's2']);
    expect(tooMany(own, 3)).toEqual([]);
    expect(
      tooMany(
        ownSnapshots(
          vm,
          all.filter(({ metadata }) => !metadata.labels),
        ),
        1,
      ),
    ).toEqual([]);
  });
  test('names fit, whatever the machine is called, and are the same for the same run', () => {
    const slot = at('2026-03-01T10:05:00Z');
    expect(scheduledName('web', slot)).toBe('web-20260301-1005');
    const long = scheduledName(`${'a'.repeat(48)}-${'b'.repeat(15)}`, slot);
    expect(long).toMatch(/^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/);
    expect(long.length).toBeLessThanOrEqual(63);
  });
});

test('how a run ended stands at the machine until one goes well', () => {
  const vm = machine({ every: 'hours', hours: 1 }, 0);
  const task = { id: 't', type: 'snapshot-schedule', title: 'x', steps: [], cancellable: false, startedAt: iso(hour), endedAt: iso(hour + 5) }; // prettier-ignore
  const run = { type: 'run', slot: hour, missed: 2, keep: 3 } as const;
  const problem = { code: 'p', title: 'No', detail: 'disk full', kind: 'failed' } as const;
  expect(stateAfter(vm, run, { ...task, state: 'failed', problem })).toEqual({
    uid: 'vm-1', last: iso(hour), failed: { at: iso(hour + 5), title: 'No', detail: 'disk full' }, missed: { count: 2, at: iso(hour + 5) },
  }); // prettier-ignore
  expect(stateAfter(vm, { ...run, missed: 0 }, { ...task, state: 'done' })).toEqual({ uid: 'vm-1', last: iso(hour) });
});
