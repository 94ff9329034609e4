import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Appliance } from '../../contract/appliance.ts';
import type { ListUpdate } from '../../contract/machine.ts';
import { asProblem } from '../../contract/problem.ts';
import type { Problem } from '../../contract/problem.ts';
import { createLiveList, pause } from '../target/live-list.ts';
import type { Cluster } from './cluster/cluster.ts';
import { clusterOf } from './flows.ts';
import type { FlowParts } from './flows.ts';
import { fromRecord, look } from './look.ts';
import type { Place } from './place.ts';
import type { KeptPlace } from './record.ts';

/** Milliseconds between two looks while somebody watches. */
const pace = 10_000;
/** Milliseconds one look may take. */
const patience = 30_000;

export interface Watching {
  watch(signal: AbortSignal): AsyncIterable<ListUpdate<Appliance>>;
  /** A run started or ended there, or its record changed. */
  changed(id: string): void;
  close(): Promise<void>;
}

interface Eye {
  place?: Place;
  cluster?: Cluster;
}

/** The list of appliances for pages. Nothing is looked at while nobody watches. */
export function createWatching(options: {
  parts: FlowParts;
  taskOf: (id: string) => string | undefined;
  openPlace: (place: KeptPlace) => Promise<Place>;
}): Watching {
  const { parts, taskOf } = options;
  const { records, log } = parts;
  const list = createLiveList<Appliance>();
  const eyes = new Map<string, Eye>();
  const closing = new AbortController();
  let watchers = 0;
  let looping: Promise<void> | undefined;
  let again: AbortController | undefined;

  /** What is known without looking. */
  const showRecords = (): void => {
    for (const record of records.list())
      list.set(record.id, fromRecord(record, taskOf(record.id), list.get(record.id)));
    for (const shown of list.values()) if (!records.get(shown.id)) list.delete(shown.id);
  };

  async function shut(id: string): Promise<void> {
    const eye = eyes.get(id);
    eyes.delete(id);
    eye?.cluster?.close();
    await eye?.place?.close();
  }

  /** Another process may have installed, changed or uninstalled one: what is open here is then of something else. */
  async function reread(): Promise<void> {
    try {
      for (const id of await records.refresh()) if (!taskOf(id)) await shut(id);
    } catch (error) {
      log.warn({ err: error }, 'the records of the appliances could not be read again');
    }
  }

  async function lookAt(id: string): Promise<void> {
    const record = records.get(id);
    if (!record) return shut(id);
    const eye = eyes.get(id) ?? {};
    eyes.set(id, eye);
    const signal = AbortSignal.any([closing.signal, AbortSignal.timeout(patience)]);
    const folder = await records.folder(id);
    let problem: Problem | undefined;
    try {
      eye.place ??= await options.openPlace(record.place);
    } catch (error) {
      problem = asProblem(error);
    }
    const kubeconfig = join(folder, 'kubeconfig');
    try {
      if (existsSync(kubeconfig)) eye.cluster ??= await clusterOf(parts, kubeconfig, record.settings, eye.place);
      const seen = await look({ record, folder, ...both(eye), taskId: taskOf(id), problem, signal });
      // It may have been uninstalled meanwhile.
      const now = records.get(id);
      if (now) list.set(id, { ...seen, backups: now.backups, ...(taskOf(id) && { taskId: taskOf(id) ?? '' }) });
    } catch (error) {
      // Shut under it, because something changed there: the next look is on its way.
      if (closing.signal.aborted || eyes.get(id) !== eye) return;
      log.warn({ err: error, id }, 'an appliance could not be looked at');
      await shut(id);
      list.set(id, { ...fromRecord(record, taskOf(id), list.get(id)), state: 'unknown', problem: asProblem(error) });
    }
  }

  async function loop(): Promise<void> {
    const wanted = (): boolean => watchers > 0 && !closing.signal.aborted;
    while (wanted()) {
      again = new AbortController();
      await reread();
      showRecords();
      list.ready();
      await Promise.all(records.list().map(({ id }) => lookAt(id)));
      await pause(pace, AbortSignal.any([again.signal, closing.signal]));
    }
    for (const id of eyes.keys()) await shut(id);
  }

  function start(): void {
    if (looping) return again?.abort();
    looping = loop()
      .catch((error: unknown) => log.error({ err: error }, 'appliances are not looked at any more'))
      .finally(() => {
        looping = undefined;
        // Somebody came just when it ended.
        if (watchers > 0 && !closing.signal.aborted) start();
      });
  }

  return {
    async *watch(signal) {
      watchers += 1;
      start();
      try {
        yield* list.watch(AbortSignal.any([signal, closing.signal]));
      } finally {
        watchers -= 1;
        if (watchers === 0) again?.abort();
      }
    },
    changed(id) {
      showRecords();
      // The kubeconfig may be another one now, and so may the machine.
      if (!taskOf(id))
        shut(id).catch((error: unknown) => log.warn({ err: error, id }, 'a connection could not be closed'));
      again?.abort();
    },
    async close() {
      closing.abort();
      await looping;
      for (const id of eyes.keys()) await shut(id);
    },
  };
}

const both = ({ place, cluster }: Eye): { place: Place | undefined; cluster: Cluster | undefined } => ({
  place,
  cluster,
});
