import { join } from 'node:path';
import type { ContractHandlers } from '../../contract/contract.ts';
import type { MachineSample } from '../../contract/machine.ts';
import type { HostGraph, MetricsRange } from '../../contract/metrics.ts';
import { metricsRanges } from '../../contract/metrics.ts';
import type { Abort } from '../../contract/procedure.ts';
import type { Log } from '../log.ts';
import { pause } from '../target/live-list.ts';
import type { OpenTarget } from '../target/target.ts';
import { computerFacts, computerSample, readComputer } from './computer.ts';
import type { ComputerCounters } from './computer.ts';
import { createSampler } from './sampler.ts';
import type { Sampler } from './sampler.ts';
import { openStore } from './store.ts';
import type { MetricsStore } from './store.ts';

/** An open target, and the folder that is its own. */
export interface MeasuredTarget {
  id: string;
  folder: string;
  target: OpenTarget;
}
export interface MetricsOptions {
  /** Targets that are open now; a target that is not open is not asked. */
  opened: () => readonly MeasuredTarget[];
  /** The one that pages see; streams follow it. */
  follow: <T>(signal: Abort, run: (target: OpenTarget, signal: AbortSignal) => AsyncIterable<T>, reset?: T) => AsyncGenerator<T>; // prettier-ignore
  /** Folder of this computer's own ring. */
  folder: string;
  log: Log;
  /** Milliseconds between two rounds; 10 s unless told. */
  everyMs?: number;
}
export interface Metrics {
  readonly handlers: Omit<ContractHandlers['metrics'], 'space'>;
  /** Bytes written and targets asked since the start, for the bench. */
  cost(): { written: number; scrapes: number };
  close(): Promise<void>;
}

/** Figures in the background, on rings on disk: of this computer always, of a target's machines while any runs. */
export async function openMetrics(options: MetricsOptions): Promise<Metrics> {
  const { log, everyMs = metricsRanges.live.step } = options;
  const over = new AbortController();
  const own = await openStore({ folder: options.folder, log });
  const open = new Map<string, { target: OpenTarget; store: MetricsStore; sampler: Sampler }>();
  let computer: ComputerCounters | undefined;
  let closedBytes = 0;

  const leave = async (id: string): Promise<void> => {
    const known = open.get(id);
    open.delete(id);
    known?.sampler.close();
    await known?.store.close();
    closedBytes += known?.store.written ?? 0;
  };
  async function settle(): Promise<void> {
    const now = options.opened();
    for (const [id, known] of open)
      if (!now.some((each) => each.id === id && each.target === known.target)) await leave(id);
    for (const { id, folder, target } of now) {
      if (open.has(id)) continue;
      const store = await openStore({ folder: join(folder, 'metrics'), log });
      open.set(id, { target, store, sampler: createSampler(target, store, log) });
    }
  }
  async function round(at: number): Promise<void> {
    const counters = readComputer(at);
    const sample = computer && computerSample(computer, counters);
    computer = counters;
    if (sample) own.add('computer', sample);
    await settle();
    await Promise.all(Array.from(open.values(), ({ sampler }) => sampler.round(at)));
  }
  async function run(): Promise<void> {
    while (!over.signal.aborted) {
      const at = Date.now();
      // On the same tens of seconds as the slots of the rings.
      await pause(everyMs - (at % everyMs), over.signal);
      if (over.signal.aborted) return;
      await round(Date.now()).catch((error: unknown) => log.error({ err: error }, 'figures could not be read'));
    }
  }
  await settle();
  const running = run();

  const storeOf = async (target: OpenTarget): Promise<{ store: MetricsStore; sampler: Sampler } | undefined> => {
    await settle();
    return [...open.values()].find((each) => each.target === target);
  };
  async function* machine(
    target: OpenTarget,
    key: string,
    range: MetricsRange,
    signal: Abort,
  ): AsyncGenerator<MachineSample[]> {
    const found = await storeOf(target);
    if (!found) return;
    const news = listenTo([found.store], (named) => named === key, signal);
    yield await found.store.read(key, range);
    for await (const batch of news) yield batch.map(({ sample }) => sample);
  }
  async function* hosts(target: OpenTarget, range: MetricsRange, signal: Abort): AsyncGenerator<HostGraph[]> {
    const found = await storeOf(target);
    const stores = [own, ...(found ? [found.store] : [])];
    const news = listenTo(stores, (key) => key === 'computer' || key.startsWith('node/'), signal);
    const here: Omit<HostGraph, 'points'> = { id: 'computer', kind: 'computer', ...computerFacts() };
    const all = (): Omit<HostGraph, 'points'>[] => [here, ...(found?.sampler.nodes() ?? [])];
    yield await Promise.all(
      all().map(async (host) => ({
        ...host,
        points: await (host.kind === 'computer' ? own : (found?.store ?? own)).read(host.id, range),
      })),
    );
    for await (const batch of news)
      yield all().map((host) => ({
        ...host,
        points: batch.filter(({ key }) => key === host.id).map(({ sample }) => sample),
      }));
  }
  return {
    handlers: {
      machine: ({ range, namespace, name }, { signal }) =>
        options.follow(signal, (target, cut) => machine(target, `${namespace}/${name}`, range, cut), []),
      hosts: ({ range }, { signal }) => options.follow(signal, (target, cut) => hosts(target, range, cut), []),
    },
    cost: () => ({
      written: own.written + closedBytes + [...open.values()].reduce((sum, { store }) => sum + store.written, 0),
      scrapes: [...open.values()].reduce((sum, { sampler }) => sum + sampler.scrapes, 0),
    }),
    async close() {
      over.abort();
      await running;
      for (const id of open.keys()) await leave(id);
      await own.close();
    },
  };
}

interface Named {
  key: string;
  sample: MachineSample;
}
/** New points, gathered while nobody asks; it listens from the call on, so that nothing falls between it and a reading. */
function listenTo(
  stores: readonly MetricsStore[],
  wanted: (key: string) => boolean,
  signal: Abort,
): AsyncGenerator<Named[]> {
  let waiting: Named[] = [];
  let wake: (() => void) | undefined;
  const stop = (): void => wake?.();
  const ends = stores.map((store) =>
    store.listen((key, sample) => {
      if (!wanted(key)) return;
      waiting.push({ key, sample });
      if (waiting.length > 2000) waiting.shift();
      wake?.();
    }),
  );
  signal.addEventListener('abort', stop);
  const end = (): void => {
    for (const each of ends) each();
    signal.removeEventListener('abort', stop);
  };
  signal.addEventListener('abort', end, { once: true });
  return (async function* news() {
    try {
      while (!signal.aborted) {
        if (waiting.length === 0) await new Promise<void>((resolve) => (wake = resolve));
        else {
          const batch = waiting;
          waiting = [];
          yield batch;
        }
      }
    } finally {
      end();
    }
  })();
}
