import type { KubeObject } from '../../contract/kube.ts';
import { asProblem } from '../../contract/problem.ts';
import type { Log } from '../log.ts';
import { cpusOf } from '../machines/row.ts';
import { findHandlers } from '../machines/samples.ts';
import type { HostGraph } from '../../contract/metrics.ts';
import { keyOf, kinds } from '../target/kinds.ts';
import { parseMetrics, sampleOf } from '../target/metrics.ts';
import type { Counters } from '../target/metrics.ts';
import type { OpenTarget } from '../target/target.ts';
import { isThisComputer, nodeFacts, nodeSample, readNode, runs } from './nodes.ts';
import type { NodeReading } from './nodes.ts';
import { ringFile } from './store.ts';
import type { MetricsStore } from './store.ts';

/** Reads the figures of one target, gently: one scrape in 10 s, and none while nothing runs on it. */
export interface Sampler {
  /** One round. Never rejects. */
  round(at: number): Promise<void>;
  /** Rounds that asked the target, since it was opened. */
  readonly scrapes: number;
  /** Nodes that are other computers, with what they do not tell. */
  nodes(): Omit<HostGraph, 'points'>[];
  close(): void;
}

export function createSampler(target: OpenTarget, store: MetricsStore, log: Log): Sampler {
  const before = new Map<string, Counters>();
  const nodesBefore = new Map<string, NodeReading>();
  const missing = new Map<string, HostGraph['missing']>();
  let handlers: string[] = [];
  let rounds = 0;
  let scrapes = 0;
  let failing = false;
  const instances = target.cache.use(kinds.virtualMachineInstances);
  const machines = target.cache.use(kinds.virtualMachines);
  const nodes = target.cache.use(kinds.nodes);
  const others = (): KubeObject[] => [...nodes.values()].filter((node) => !isThisComputer(node));

  async function readMachines(at: number): Promise<void> {
    if (handlers.length === 0 || rounds % 30 === 0) handlers = await findHandlers(target, AbortSignal.timeout(8000));
    const texts = await Promise.all(
      handlers.map((path) => target.client.bytes('GET', path, { timeoutMs: 8000, headers: { accept: 'text/plain' } })),
    );
    scrapes += 1;
    const now = parseMetrics(texts.map((text) => text.toString('utf8')).join('\n'), at);
    for (const [key, counters] of now) {
      const last = before.get(key);
      const sample = last && sampleOf(last, counters, cpusOf(instances.get(undefined, key)));
      if (sample) store.add(key, sample);
    }
    before.clear();
    for (const [key, counters] of now) before.set(key, counters);
  }
  async function readNodes(at: number): Promise<void> {
    for (const node of others()) {
      const name = node.metadata.name ?? '';
      const known = missing.get(name);
      // A node that tells nothing is asked now and then only.
      if (known?.cpu !== undefined && rounds % 30 !== 0) continue;
      const { reading, missing: lacks } = await readNode(target.client, node, at);
      missing.set(name, lacks);
      const last = nodesBefore.get(name);
      if (!reading) continue;
      nodesBefore.set(name, reading);
      const sample = last && nodeSample(last, reading, nodeFacts(node).cpus);
      if (sample) store.add(`node/${name}`, sample);
    }
  }
  return {
    async round(at) {
      // A target that is away is not asked by everyone at once: its watches find out when it is back.
      if (target.state.value.state !== 'ready') return;
      try {
        const running = [...instances.values()].some(runs);
        if (running) await readMachines(at);
        else before.clear();
        await readNodes(at);
        failing = false;
      } catch (error) {
        if (!failing) log.info({ problem: asProblem(error) }, 'no figures to keep just now');
        failing = true;
        handlers = [];
        before.clear();
      }
      rounds += 1;
      // Once in ten minutes, and only by complete lists: else a machine would seem gone that is merely not known yet.
      if (rounds % 60 === 30 && machines.synced && nodes.synced) {
        const names = new Set([
          ...Array.from(machines.values(), keyOf),
          ...Array.from(instances.values(), keyOf),
          ...Array.from(nodes.values(), ({ metadata }) => `node/${metadata.name}`),
        ].map(ringFile)); // prettier-ignore
        await store.prune((file) => names.has(file)).catch((error: unknown) => log.warn({ err: error }, 'old figures could not be removed')); // prettier-ignore
      }
    },
    get scrapes() {
      return scrapes;
    },
    nodes: () =>
      others().map((node) => ({
        id: `node/${node.metadata.name}`,
        name: node.metadata.name ?? '',
        kind: 'node',
        ...nodeFacts(node),
        missing: missing.get(node.metadata.name ?? '') ?? {},
      })),
    close() {
      for (const each of [instances, machines, nodes]) each.release();
    },
  };
}
