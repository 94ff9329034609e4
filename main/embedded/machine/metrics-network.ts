import type { PortCounters } from '../network/switch/protocol.ts';
import { isSwitched } from './argv/network.ts';
import { AgentError } from './qemu/agent.ts';
import type { Machine } from './qemu/machine.ts';

interface AgentInterface {
  name: string;
  'hardware-address'?: string;
  statistics?: { 'rx-bytes': number; 'tx-bytes': number };
}
export interface NicBytes {
  name: string;
  received: number;
  sent: number;
}

/**
 * What went through a machine's cards since they were plugged in, as the guest sees it. The switch counts every port, with
 * nothing in the guest. QEMU's own network counts nothing: there only the guest's agent knows. `ports` has the switch's
 * counters by "UID of the instance/name of the card".
 */
export async function networkBytes(
  machine: Machine,
  ports: Readonly<Record<string, PortCounters>>,
): Promise<NicBytes[]> {
  const prefix = `${machine.record.uid}/`;
  const counted = Object.entries(ports).flatMap(([id, { received, sent }]) =>
    id.startsWith(prefix) ? [{ name: id.slice(prefix.length), received, sent }] : [],
  );
  // A switch that did not answer in time is asked again: another counter in between would look like traffic.
  if (counted.length > 0 || isSwitched(machine.record.argv)) return counted;
  return agentBytes(machine);
}

/** What faults of its cards did so far; nothing like it is in KubeVirt, so the names are our own. */
export function addFaults(
  machine: Machine,
  ports: Readonly<Record<string, PortCounters>>,
  add: (metric: string, type: 'gauge' | 'counter', value: number, labels: Record<string, string>) => void,
): void {
  const prefix = `${machine.record.uid}/`;
  for (const [id, { faults = {} }] of Object.entries(ports)) {
    if (!id.startsWith(prefix)) continue;
    for (const [fault, counted] of Object.entries(faults)) {
      const labels = { interface: id.slice(prefix.length), fault };
      add('hearth_vmi_fault_packets_total', 'counter', counted.packets, labels);
      add('hearth_vmi_fault_dropped_packets_total', 'counter', counted.dropped, labels);
      if (fault === 'delay') add('hearth_vmi_fault_waited_milliseconds_total', 'counter', counted.waited, labels);
      if (fault !== 'rate') continue;
      add('hearth_vmi_fault_bytes_total', 'counter', counted.bytes, labels);
      add('hearth_vmi_fault_fastest_bits_per_second', 'gauge', counted.fastest, labels);
    }
  }
}

async function agentBytes(machine: Machine): Promise<NicBytes[]> {
  if (!machine.agentConnected || machine.paused) return [];
  try {
    const interfaces = await machine.agent((ask) => ask<AgentInterface[]>('guest-network-get-interfaces'));
    return interfaces.flatMap(({ name, statistics, 'hardware-address': mac }) =>
      statistics && mac && mac !== '00:00:00:00:00:00'
        ? [{ name, received: statistics['rx-bytes'], sent: statistics['tx-bytes'] }]
        : [],
    );
  } catch (error) {
    if (error instanceof AgentError) return [];
    throw error;
  }
}
