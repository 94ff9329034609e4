import type { KubeObject } from '../../../contract/kube.ts';
import type { ScheduleView } from '../../../contract/snapshot-schedule.ts';
import { nextAfter, periodOf, timesBetween } from './slots.ts';
import { scheduledForAnnotation, scheduledLabel, writtenSchedule, writtenState } from './written.ts';
import type { ScheduleState, Written } from './written.ts';

/** Milliseconds by which a run may be late without anybody being told: a busy machine, a look that comes every so often. */
export const lateMs = 10 * 60_000;

const timeOf = (text: string | undefined): number | undefined => {
  const time = text === undefined ? NaN : Date.parse(text);
  return Number.isNaN(time) ? undefined : time;
};
const sinceOf = (written: Written, vm: KubeObject): number =>
  timeOf(written.since) ?? timeOf(vm.metadata.creationTimestamp) ?? 0;

/** Snapshots that the schedule of this very machine took, oldest first. Nothing else is ever deleted by it. Pure. */
export const ownSnapshots = (vm: KubeObject, snapshots: readonly KubeObject[]): KubeObject[] =>
  snapshots
    .filter(({ metadata }) => vm.metadata.uid !== undefined && metadata.labels?.[scheduledLabel] === vm.metadata.uid)
    .sort((a, b) => forTime(a).localeCompare(forTime(b)));
const forTime = ({ metadata }: KubeObject): string =>
  metadata.annotations?.[scheduledForAnnotation] ?? metadata.creationTimestamp ?? '';

export type Due =
  /** `slot`: milliseconds of the epoch. `missed`: runs that nobody was there for, this one among them where it is late. */
  | { type: 'run'; slot: number; missed: number; keep: number }
  /** The clock was far ahead and is right again: from here on it is counted anew, and nothing is done twice. */
  | { type: 'anew'; at: number };

/**
 * What the schedule of a machine asks for now; undefined: nothing. What was served last stands at the machine, and the
 * snapshots that are there count as well: of two Hearths on one target, or after a record was lost, none does it again. Pure.
 */
export function due(vm: KubeObject, snapshots: readonly KubeObject[], now: number): Due | undefined {
  const { written } = writtenSchedule(vm);
  if (!written || vm.metadata.deletionTimestamp) return undefined;
  const { rhythm, keep } = written;
  const since = sinceOf(written, vm);
  const horizon = now + periodOf(rhythm);
  const recorded = Math.max(since, timeOf(writtenState(vm)?.last) ?? 0);
  if (recorded > horizon) return { type: 'anew', at: now };
  const served = ownSnapshots(vm, snapshots)
    .filter(({ status }) => status?.['phase'] !== 'Failed')
    .flatMap((snapshot) => timeOf(snapshot.metadata.annotations?.[scheduledForAnnotation]) ?? [])
    .filter((time) => time <= horizon);
  const after = Math.max(recorded, ...served);
  const found = timesBetween(rhythm, since, after, now);
  if (!found) return undefined;
  const late = now - found.last > lateMs;
  return { type: 'run', slot: found.last, missed: late ? found.count : found.count - 1, keep };
}

/** Those that are too many by now, oldest first. Ones that are not ready count for nothing, and stay. Pure. */
export function tooMany(own: readonly KubeObject[], keep: number): KubeObject[] {
  const ready = own.filter(({ metadata, status }) => !metadata.deletionTimestamp && status?.['readyToUse'] === true);
  return ready.slice(0, Math.max(0, ready.length - keep));
}

/** Told of a machine's schedule; undefined: it has none. `now` in milliseconds. Pure. */
export function scheduleView(vm: KubeObject, now: number): ScheduleView | undefined {
  const { written, unreadable } = writtenSchedule(vm);
  if (unreadable !== undefined) return { unreadable };
  if (!written) return undefined;
  const { rhythm, keep } = written;
  const since = sinceOf(written, vm);
  const state = writtenState(vm);
  const last = Math.max(since, timeOf(state?.last) ?? 0);
  const next = nextAfter(rhythm, since, last > now + periodOf(rhythm) ? now : last);
  return {
    schedule: { rhythm, keep },
    next: new Date(next).toISOString(),
    ...(state && servedOf(state)),
  };
}
const servedOf = ({ last, failed, missed }: ScheduleState): Partial<ScheduleView> => ({
  last,
  ...(failed && { failed }),
  ...(missed && { missed }),
});

/** The name of a run's snapshot: of two that try the same run, one finds it taken. `slot` in milliseconds. Pure. */
export function scheduledName(machine: string, slot: number): string {
  const [date = '', time = ''] = new Date(slot).toISOString().split('T');
  const stamp = `${date.replaceAll('-', '')}-${time.slice(0, 5).replace(':', '')}`;
  return `${machine.slice(0, 63 - stamp.length - 1).replace(/-+$/, '')}-${stamp}`.replaceAll('.', '-');
}
