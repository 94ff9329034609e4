import { rowKeys } from '../../main/contract/row-keys.ts';
import { useMemo, useSyncExternalStore } from 'react';
import type { AccessState, UserRow } from '../../main/contract/access.ts';
import type { AuditEntry } from '../../main/contract/audit.ts';
import type { BackupsView } from '../../main/contract/backups.ts';
import type { CommandEntry } from '../../main/contract/commands.ts';
import type { OwnSeat } from '../../main/contract/classroom.ts';
import type { Api } from '../../main/contract/contract.ts';
import type { HostGraph, MetricsRange, SpaceForecast } from '../../main/contract/metrics.ts';
import type { NotificationSettings } from '../../main/contract/notifications.ts';
import type { BoxRow } from '../../main/contract/box/boxes.ts';
import type { BoxState } from '../../main/contract/box/state.ts';
import type { Appliance, RunLine } from '../../main/contract/appliance.ts';
import type { ImageRow } from '../../main/contract/image.ts';
import type { LabRow } from '../../main/contract/labs/run.ts';
import type { EventRow, ListUpdate, MachineDetail, MachineRow, MachineSample } from '../../main/contract/machine.ts';
import type { MachineFaults } from '../../main/contract/faults.ts';
import type { ObjectRef } from '../../main/contract/machine-ref.ts';
import type { RecordingRow } from '../../main/contract/recordings.ts';
import type { SnapshotTree } from '../../main/contract/snapshots.ts';
import type { Settings } from '../../main/contract/settings.ts';
import type { Target } from '../../main/contract/target.ts';
import type { TargetEntry } from '../../main/contract/targets.ts';
import type { Task } from '../../main/contract/task.ts';
import { useApi, useConnection } from './connection.ts';
import { foldList, LiveStore, replace } from './live-store.ts';
import { appendLines } from './run-lines.ts';
import type { Fold, LiveState, Source } from './live-store.ts';

/** A named subscription; the same key is the same subscription wherever it is used. */
export interface Resource<T, U> {
  key: string;
  source: Source<U>;
  fold: Fold<T, U>;
}
export type ListResource<T> = Resource<ReadonlyMap<string, T>, ListUpdate<T>>;

const list = <T>(key: string, keyOf: (row: T) => string, source: Source<ListUpdate<T>>): ListResource<T> => ({
  key,
  source,
  fold: foldList(keyOf),
});
const whole = <T>(key: string, source: Source<T>): Resource<T, T> => ({ key, source, fold: replace });

export const machines = list<MachineRow>('machines', rowKeys.machine, (api, signal) =>
  api.machines.watch({}, { signal }),
);
export const images = list<ImageRow>('images', rowKeys.image, (api, signal) => api.images.watch({}, { signal }));
export const tasks = list<Task>('tasks', rowKeys.task, (api, signal) => api.tasks.watch({}, { signal }));
export const events = list<EventRow>('events', rowKeys.event, (api, signal) => api.events.watch({}, { signal }));
export const spaceForecast = whole<SpaceForecast>('metrics-space', (api, signal) => api.metrics.space({}, { signal }));
export const settings = whole<Settings>('settings', (api, signal) => api.settings.watch({}, { signal }));
export const target = whole<Target>('target', (api, signal) => api.target.watch({}, { signal }));
export const targets = list<TargetEntry>('targets', rowKeys.target, (api, signal) => api.targets.watch({}, { signal }));
export const appliances = list<Appliance>('appliances', rowKeys.appliance, (api, signal) =>
  api.appliances.watch({}, { signal }),
);
export const backups = whole<BackupsView>('backups', (api, signal) => api.backups.watch({}, { signal }));
export const boxes = list<BoxRow>('boxes', rowKeys.box, (api, signal) => api.boxes.watch({}, { signal }));
export const labs = list<LabRow>('labs', rowKeys.lab, (api, signal) => api.labs.watch({}, { signal }));
export const recordings = list<RecordingRow>('recordings', rowKeys.recording, (api, signal) =>
  api.recordings.watch({}, { signal }),
);
/** The box that these pages come from, where they come from one. */
export type OwnBox = { box: false } | { box: true; state: BoxState; code?: { digits: string; secondsLeft: number } };
export const ownBox = whole<OwnBox>('own-box', (api, signal) => api.ownBox.watch({}, { signal }));
/** The seat that this Hearth has in somebody's class. */
export const ownSeat = whole<{ now?: OwnSeat }>('class-seat', async function* (api, signal) {
  for await (const now of api.classroom.seat({}, { signal })) yield now ? { now } : {};
});

export const eventsOf = (object: ObjectRef): ListResource<EventRow> =>
  list(`events:${object.namespace}/${object.name}`, rowKeys.event, (api, signal) =>
    api.events.watch({ object }, { signal }),
  );
/** Its snapshots as a tree. */
export const snapshotsOf = (ref: ObjectRef): Resource<SnapshotTree, SnapshotTree> =>
  whole(`snapshots:${ref.namespace}/${ref.name}`, (api, signal) => api.snapshots.watch(ref, { signal }));
/** What is broken on purpose on one machine, and what can be. */
export const faultsOf = (ref: ObjectRef): Resource<MachineFaults, MachineFaults> =>
  whole(`faults:${ref.namespace}/${ref.name}`, (api, signal) => api.faults.watch(ref, { signal }));
export const machineDetail = (ref: ObjectRef): Resource<MachineDetail, MachineDetail> =>
  whole(`machine:${ref.namespace}/${ref.name}`, (api, signal) => api.machines.detail(ref, { signal }));
/** The last 10 minutes; messages append, a resubscription's first one replaces. */
export const machineSamples = (ref: ObjectRef): Resource<MachineSample[], MachineSample[]> => ({
  key: `samples:${ref.namespace}/${ref.name}`,
  source: (api, signal) => api.machines.samples(ref, { signal }),
  fold: (state, more) => {
    const first = more[0]?.at ?? 0;
    const kept = (state.value ?? []).filter((sample) => sample.at < first && sample.at > first - 600_000);
    return { value: [...kept, ...more], state: 'live', since: undefined, problem: undefined };
  },
});
const spans: Record<MetricsRange, number> = { live: 600_000, '1h': 3_600_000, '24h': 86_400_000 };
/** Points already there and newer ones; a resubscription's first message replaces what it covers. */
export function joinPoints(
  before: readonly MachineSample[],
  more: readonly MachineSample[],
  range: MetricsRange,
): MachineSample[] {
  const first = more[0]?.at ?? Infinity;
  const last = more.at(-1)?.at ?? before.at(-1)?.at ?? 0;
  return [...before.filter((sample) => sample.at < first && sample.at > last - spans[range]), ...more];
}
/** Kept on disk by the backend: up to a day. */
export const machineMetrics = (ref: ObjectRef, range: MetricsRange): Resource<MachineSample[], MachineSample[]> => ({
  key: `samples:${range}:${ref.namespace}/${ref.name}`,
  source: (api, signal) => api.metrics.machine({ ...ref, range }, { signal }),
  fold: (state, more) => ({
    value: joinPoints(state.value ?? [], more, range),
    state: 'live',
    since: undefined,
    problem: undefined,
  }),
});
/** This computer, and nodes that are others. */
export const hostMetrics = (range: MetricsRange): Resource<HostGraph[], HostGraph[]> => ({
  key: `samples:hosts:${range}`,
  source: (api, signal) => api.metrics.hosts({ range }, { signal }),
  fold: (state, hosts) => ({
    value: hosts.map((host) => {
      const before = state.value?.find(({ id }) => id === host.id)?.points ?? [];
      return { ...host, points: joinPoints(before, host.points, range) };
    }),
    state: 'live',
    since: undefined,
    problem: undefined,
  }),
});
/** Who is signed in at this page, and what is not theirs. */
export const access = whole<AccessState>('access', (api, signal) => api.access.watch({}, { signal }));
export const users = list<UserRow>('users', rowKeys.user, (api, signal) => api.access.users({}, { signal }));
export const audit = list<AuditEntry>('audit', rowKeys.audit, (api, signal) => api.audit.watch({}, { signal }));
export const commandList = list<CommandEntry>('commands', rowKeys.command, (api, signal) =>
  api.commands.watch({}, { signal }),
);
export const notificationSettings = whole<NotificationSettings>('notification-settings', (api, signal) =>
  api.notifications.settings({}, { signal }),
);
/** The log of a run; a resubscription begins with all lines so far. */
export const runLog = (taskId: string): Resource<readonly RunLine[], RunLine[]> => ({
  key: `run-log:${taskId}`,
  source: (api, signal) => api.appliances.log({ taskId }, { signal }),
  fold: (state, more) => ({
    value: appendLines(state.value ?? [], more),
    state: 'live',
    since: undefined,
    problem: undefined,
  }),
});

const stores = new WeakMap<Api, Map<string, LiveStore<unknown, unknown>>>();
function storeOf<T, U>(api: Api, resource: Resource<T, U>): LiveStore<T, U> {
  const known = stores.get(api) ?? new Map<string, LiveStore<unknown, unknown>>();
  stores.set(api, known);
  const found = known.get(resource.key) ?? new LiveStore<T, U>(api, resource.source, resource.fold);
  known.set(resource.key, found as LiveStore<unknown, unknown>);
  return found as LiveStore<T, U>;
}
/** Another target is shown: details of the other one's objects are forgotten and asked anew. Lists are told by the backend. */
export function forgetDetails(api: Api): void {
  for (const [key, store] of stores.get(api) ?? [])
    if (key.startsWith('machine:') || key.startsWith('pod:') || key.startsWith('samples:')) store.reset();
}

/** A value that lives. While the connection is lost the last value stays and the state is `stale`. */
export function useLive<T, U>(resource: Resource<T, U>): LiveState<T> {
  const api = useApi();
  const connection = useConnection();
  const store = storeOf(api, resource);
  const live = useSyncExternalStore(store.subscribe, store.get);
  return useMemo(
    () =>
      connection.state === 'lost' && live.value !== undefined
        ? { ...live, state: 'stale', since: live.since ?? connection.since }
        : live,
    [live, connection.state, connection.since],
  );
}

export interface ListState<T> extends LiveState<ReadonlyMap<string, T>> {
  /** By key. */
  readonly rows: ReadonlyMap<string, T>;
  readonly items: readonly T[];
}
const none: ReadonlyMap<string, unknown> = new Map<string, unknown>();

/** A list that lives: changes are committed at most once a frame. */
export function useList<T>(resource: ListResource<T>): ListState<T> {
  const live = useLive(resource);
  return useMemo(() => {
    const rows = live.value ?? (none as ReadonlyMap<string, T>);
    return { ...live, rows, items: [...rows.values()] };
  }, [live]);
}
