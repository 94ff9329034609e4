import type { MachineSample } from '../../contract/machine.ts';
import type { Log } from '../log.ts';
import { asProblem } from '../../contract/problem.ts';
import type { Collection } from '../target/collection.ts';
import { kinds, pathOf } from '../target/kinds.ts';
import { pause } from '../target/live-list.ts';
import { parseMetrics, sampleOf } from '../target/metrics.ts';
import type { Counters } from '../target/metrics.ts';
import type { OpenTarget } from '../target/target.ts';
import { monotonic } from '../../contract/monotonic.ts';
import { cpusOf } from './row.ts';

const everyMs = 2000;
/** Ten minutes; less where many machines share the memory. */
const keep = 300;
const keepInAll = 100_000;

export interface Samples {
  latest(key: string): MachineSample | undefined;
  /** Up to ten minutes, oldest first. */
  history(key: string): readonly MachineSample[];
  /** Polling goes on while anybody uses it; `told` is called after each reading with the machines whose figures are others. */
  use(told: (keys: Iterable<string>) => void): () => void;
}

/** Reads the counters of every virt-handler every 2 s, but only while somebody looks. Pages never scrape on their own. */
export function createSamples(target: OpenTarget, log: Log): Samples {
  const users = new Set<(keys: Iterable<string>) => void>();
  const before = new Map<string, Counters>();
  const points = new Map<string, MachineSample[]>();
  let stop: AbortController | undefined;

  async function read(handlers: readonly string[], instances: Collection, signal: AbortSignal): Promise<void> {
    const texts = await Promise.all(
      handlers.map((path) =>
        target.client.bytes('GET', path, { signal, timeoutMs: 5000, headers: { accept: 'text/plain' } }),
      ),
    );
    const now = parseMetrics(texts.map((text) => text.toString('utf8')).join('\n'), Date.now());
    const length = Math.max(10, Math.min(keep, Math.floor(keepInAll / Math.max(1, now.size))));
    const fresh = new Set<string>();
    for (const [key, counters] of now) {
      const last = before.get(key);
      const sample = last && sampleOf(last, counters, cpusOf(instances.get(undefined, key)));
      if (!sample) continue;
      const mine = points.get(key) ?? [];
      mine.push(sample);
      if (mine.length > length) mine.splice(0, mine.length - length);
      points.set(key, mine);
      fresh.add(key);
    }
    for (const key of before.keys()) if (!now.has(key) && points.delete(key)) fresh.add(key);
    before.clear();
    for (const [key, counters] of now) before.set(key, counters);
    for (const told of users) told(fresh);
  }
  async function poll(signal: AbortSignal): Promise<void> {
    let handlers: string[] = [];
    let failing = false;
    const instances = target.cache.use(kinds.virtualMachineInstances);
    signal.addEventListener('abort', () => instances.release(), { once: true });
    for (let round = 0; !signal.aborted; round += 1) {
      const begun = monotonic();
      try {
        if (handlers.length === 0 || round % 30 === 0) handlers = await findHandlers(target, signal);
        await read(handlers, instances, signal);
        failing = false;
      } catch (error) {
        if (signal.aborted) return;
        if (!failing) log.info({ err: asProblem(error) }, 'no figures of the machines just now');
        failing = true;
        handlers = [];
      }
      await pause(Math.max(200, begun + everyMs * (failing ? 3 : 1) - monotonic()), signal);
    }
  }
  return {
    latest: (key) => points.get(key)?.at(-1),
    history: (key) => points.get(key) ?? [],
    use(told) {
      users.add(told);
      if (!stop) {
        stop = new AbortController();
        void poll(stop.signal);
      }
      return () => {
        users.delete(told);
        if (users.size > 0) return;
        stop?.abort();
        stop = undefined;
      };
    },
  };
}

/** Proxy paths of the metrics of every virt-handler Pod: reachable with ordinary credentials, no Prometheus needed. */
export async function findHandlers(target: OpenTarget, signal: AbortSignal): Promise<string[]> {
  const { items } = await target.client.listPage(
    kinds.pods,
    undefined,
    { labelSelector: 'kubevirt.io=virt-handler' },
    signal,
  );
  return items.map(
    ({ metadata }) =>
      `${pathOf(kinds.pods, metadata.namespace, `https:${metadata.name}:8443`).replaceAll('%3A', ':')}/proxy/metrics`,
  );
}
