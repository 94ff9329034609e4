import type { KubeObject } from '../../contract/kube.ts';
import type { EventRow, ListUpdate } from '../../contract/machine.ts';
import type { ObjectRef } from '../../contract/machine-ref.ts';
import { kinds } from '../target/kinds.ts';
import { createLiveList } from '../target/live-list.ts';
import { pickNumber, pickText } from '../target/pick.ts';
import type { OpenTarget } from '../target/target.ts';

/** Both kinds of times an Event may carry. Pure. */
export function eventRow(event: KubeObject): EventRow {
  const created = event.metadata.creationTimestamp ?? '';
  const last =
    pickText(event, 'lastTimestamp') ??
    pickText(event, 'series', 'lastObservedTime') ??
    pickText(event, 'eventTime') ??
    created;
  return {
    uid: event.metadata.uid ?? '',
    namespace: event.metadata.namespace ?? '',
    object: {
      kind: pickText(event, 'involvedObject', 'kind') ?? '',
      name: pickText(event, 'involvedObject', 'name') ?? '',
    },
    type: pickText(event, 'type') === 'Warning' ? 'Warning' : 'Normal',
    reason: pickText(event, 'reason') ?? '',
    message: pickText(event, 'message') ?? '',
    count: pickNumber(event, 'count') ?? pickNumber(event, 'series', 'count') ?? 1,
    firstAt: pickText(event, 'firstTimestamp') ?? pickText(event, 'eventTime') ?? created,
    lastAt: last,
  };
}

/** Whether an event is about a machine: about the VM or its instance, or about a disk whose name begins with the machine's. Pure. */
export const isAbout = (row: EventRow, ref: ObjectRef): boolean =>
  row.namespace === ref.namespace &&
  (row.object.name === ref.name ||
    ((row.object.kind === 'DataVolume' || row.object.kind === 'PersistentVolumeClaim') &&
      row.object.name.startsWith(`${ref.name}-`)));

/** Events that a page is told of; a cluster that keeps more of them has told the newest. */
const mostEvents = 20_000;

/** Events of the target, or of one object, the newest `most` of them and a few more; keyed by uid. */
export async function* watchEvents(
  target: Pick<OpenTarget, 'cache'>,
  object: ObjectRef | undefined,
  signal: AbortSignal,
  most = mostEvents,
): AsyncGenerator<ListUpdate<EventRow>> {
  const list = createLiveList<EventRow>();
  let rows = 0;
  /** The oldest go in slices: sorting all of them for each one that comes would keep a core busy. */
  const trim = (): void => {
    const all = list.values();
    rows = all.length;
    if (rows <= most * 1.1) return;
    all.sort((a, b) => (a.lastAt < b.lastAt ? -1 : Number(a.lastAt !== b.lastAt)));
    for (const row of all.slice(0, rows - most)) list.delete(row.uid);
    rows = most;
  };
  const uids = new Map<string, string>();
  const events = target.cache.use(kinds.events, object?.namespace, {
    changed(key, event) {
      const row = event && eventRow(event);
      if (row && (!object || isAbout(row, object))) {
        uids.set(key, row.uid);
        list.set(row.uid, row);
        rows += 1;
        if (rows > most * 1.1) trim();
      } else if (!row) {
        list.delete(uids.get(key) ?? '');
        uids.delete(key);
      }
    },
    // A cache that is open already tells its state while `use` still runs, before `events` is there.
    state: () => queueMicrotask(sync),
  });
  function sync(): void {
    if (events.synced) list.ready();
    if (events.lost) list.stale(events.lost.problem);
    else list.live();
  }
  sync();
  try {
    yield* list.watch(signal);
  } finally {
    events.release();
  }
}
