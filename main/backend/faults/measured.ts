import type { FaultKind } from '../../contract/faults.ts';
import type { ObjectRef } from '../../contract/machine-ref.ts';
import { findHandlers } from '../machines/samples.ts';
import { KubeError } from '../target/kube-error.ts';
import type { OpenTarget } from '../target/target.ts';

/** What a fault of the network did so far, all interfaces together. */
export interface Measured {
  packets: number;
  dropped: number;
  /** Milliseconds, of all packets. */
  waited: number;
  bytes: number;
  /** Bits in the fastest second. */
  fastest: number;
}
export type NetworkKind = Extract<FaultKind, 'loss' | 'delay' | 'rate' | 'dns'>;
export const networkKinds: readonly NetworkKind[] = ['loss', 'delay', 'rate', 'dns'];

const line = /^hearth_vmi_fault_(\w+)\{(.*)\}\s+(\S+)/;
const label = /(\w+)="((?:[^"\\]|\\.)*)"/g;
const fields: Readonly<Record<string, keyof Measured>> = {
  packets_total: 'packets',
  dropped_packets_total: 'dropped',
  waited_milliseconds_total: 'waited',
  bytes_total: 'bytes',
  fastest_bits_per_second: 'fastest',
};

/** Prometheus text -> what the faults of one machine did. Pure. */
export function parseMeasured(text: string, of: ObjectRef): Partial<Record<NetworkKind, Measured>> {
  const found: Partial<Record<NetworkKind, Measured>> = {};
  for (const row of text.split('\n')) {
    const match = line.exec(row);
    const field = fields[match?.[1] ?? ''];
    const value = Number(match?.[3]);
    if (!match || !field || !Number.isFinite(value)) continue;
    const labels = Object.fromEntries([...(match[2] ?? '').matchAll(label)].map((pair) => [pair[1], pair[2]]));
    const kind = networkKinds.find((each) => each === labels['fault']);
    if (!kind || labels['namespace'] !== of.namespace || labels['name'] !== of.name) continue;
    const sum = (found[kind] ??= { packets: 0, dropped: 0, waited: 0, bytes: 0, fastest: 0 });
    sum[field] = field === 'fastest' ? Math.max(sum[field], value) : sum[field] + value;
  }
  return found;
}

const count = (value: number): string => value.toLocaleString('en-US', { maximumFractionDigits: 0 });
const some = (value: number, what: string): string => `${count(value)} ${what}${value === 1 ? '' : 's'}`;
const beside = (dropped: number): string => (dropped > 0 ? `, ${some(dropped, 'packet')} dropped` : '');

/** In words, e.g. "19.4 % of 1,240 packets". Pure. */
export function measuredWords(kind: NetworkKind, { packets, dropped, waited, bytes, fastest }: Measured): string {
  if (packets === 0) return kind === 'dns' ? 'no name asked for yet' : 'no packet yet';
  if (kind === 'loss') return `${((dropped / packets) * 100).toFixed(1)} % of ${some(packets, 'packet')}`;
  if (kind === 'delay')
    return `${(waited / Math.max(1, packets - dropped)).toFixed(1)} ms on average, ${some(packets, 'packet')}${beside(dropped)}`;
  if (kind === 'dns') return `${some(dropped, 'question')} not answered`;
  const speed = fastest >= 1e6 ? `${(fastest / 1e6).toFixed(2)} Mbit/s` : `${(fastest / 1000).toFixed(1)} kbit/s`;
  return `${fastest > 0 ? `${speed} in its fastest second` : `${count(bytes)} bytes so far`}, ${some(packets, 'packet')}${beside(dropped)}`;
}

/** Reads what a machine's faults did from the target's metrics; nothing where it serves none, or not now. */
export async function readMeasured(
  target: OpenTarget,
  of: ObjectRef,
  signal: AbortSignal,
): Promise<Partial<Record<NetworkKind, Measured>>> {
  try {
    const paths = await findHandlers(target, signal);
    const texts = await Promise.all(
      paths.map((path) => target.client.bytes('GET', path, { signal, timeoutMs: 5000, headers: { accept: 'text/plain' } })), // prettier-ignore
    );
    return parseMeasured(texts.map((text) => text.toString('utf8')).join('\n'), of);
  } catch (error) {
    if (error instanceof KubeError || signal.aborted) return {};
    throw error;
  }
}
