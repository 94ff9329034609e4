import type { KubeObject } from '../../contract/kube.ts';
import type { MachineSample } from '../../contract/machine.ts';
import type { HostGraph } from '../../contract/metrics.ts';
import { asProblem } from '../../contract/problem.ts';
import type { KubeClient } from '../target/client.ts';
import { pick, pickNumber } from '../target/pick.ts';
import { quantity } from '../target/quantity.ts';

/** What was read of one node. `netIn`/`netOut` are counters, the rest is as it is now. */
export interface NodeReading {
  at: number;
  /** Cores in use. */
  cores: number;
  /** Bytes. */
  memory: number;
  netIn?: number;
  netOut?: number;
}
const notOfDisks = 'A node tells nothing of its disks over the API.';

/** The kubelet's summary (`/stats/summary`, k8s.io/kubelet/pkg/apis/stats/v1alpha1). Pure. */
export function fromSummary(summary: unknown, at: number): NodeReading | undefined {
  const nano = pickNumber(summary, 'node', 'cpu', 'usageNanoCores');
  const memory = pickNumber(summary, 'node', 'memory', 'workingSetBytes');
  if (nano === undefined || memory === undefined) return undefined;
  const netIn = pickNumber(summary, 'node', 'network', 'rxBytes');
  const netOut = pickNumber(summary, 'node', 'network', 'txBytes');
  return {
    at,
    cores: nano / 1e9,
    memory,
    ...(netIn !== undefined && { netIn }),
    ...(netOut !== undefined && { netOut }),
  };
}

/** One item of metrics.k8s.io/v1beta1 nodes (metrics-server): processor and memory alone. Pure. */
export function fromMetricsServer(item: unknown, at: number): NodeReading | undefined {
  const cores = quantity(pick(item, 'usage', 'cpu'));
  const memory = quantity(pick(item, 'usage', 'memory'));
  return cores === undefined || memory === undefined ? undefined : { at, cores, memory };
}

/** Pure. */
export function nodeSample(before: NodeReading, now: NodeReading, cpus: number): MachineSample | undefined {
  const seconds = (now.at - before.at) / 1000;
  if (seconds <= 0) return undefined;
  const rate = (from: number | undefined, to: number | undefined): number =>
    from === undefined || to === undefined || to < from ? 0 : (to - from) / seconds;
  return {
    at: now.at,
    cpu: Math.min(1, now.cores / Math.max(1, cpus)),
    memory: now.memory,
    diskRead: 0,
    diskWrite: 0,
    netIn: rate(before.netIn, now.netIn),
    netOut: rate(before.netOut, now.netOut),
  };
}

export interface NodeFigures {
  reading?: NodeReading;
  missing: HostGraph['missing'];
}

/** Asks the kubelet through the API server; where that is not allowed or not served, metrics-server; else says why not. */
export async function readNode(client: KubeClient, node: KubeObject, at: number): Promise<NodeFigures> {
  const name = encodeURIComponent(node.metadata.name ?? '');
  let why: string;
  try {
    const reading = fromSummary(
      await client.json('GET', `/api/v1/nodes/${name}/proxy/stats/summary`, { timeoutMs: 5000 }),
      at,
    );
    if (reading)
      return {
        reading,
        missing: { disk: notOfDisks, ...(reading.netIn === undefined && { network: 'The kubelet does not tell it.' }) },
      };
    why = 'the kubelet tells no figures';
  } catch (error) {
    why = asProblem(error).detail;
  }
  try {
    const reading = fromMetricsServer(
      await client.json('GET', `/apis/metrics.k8s.io/v1beta1/nodes/${name}`, { timeoutMs: 5000 }),
      at,
    );
    if (reading)
      return { reading, missing: { disk: notOfDisks, network: `Only the kubelet tells it, which could not be asked: ${why}` } }; // prettier-ignore
  } catch (error) {
    why = `${why}; and metrics-server: ${asProblem(error).detail}`;
  }
  return { missing: { cpu: why, memory: why, disk: why, network: why } };
}

/** The same facts of a node for its graph. Pure. */
export const nodeFacts = (node: KubeObject): { cpus: number; memory: number } => ({
  cpus: quantity(pick(node, 'status', 'capacity', 'cpu')) ?? 1,
  memory: quantity(pick(node, 'status', 'capacity', 'memory')) ?? 0,
});
/** Whether the node is the computer that Hearth runs on: its own graphs are there already. Pure. */
export const isThisComputer = (node: KubeObject): boolean =>
  node.metadata.annotations?.['hearth.dev/local-files'] === 'true';
/** Whether any instance runs: with none there is nothing to sample. Pure. */
export const runs = (vmi: KubeObject): boolean => pick(vmi, 'status', 'phase') === 'Running';
