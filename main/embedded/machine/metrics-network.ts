import { AgentError } from './qemu/agent.ts';
import type { Machine } from './qemu/machine.ts';

interface AgentInterface {
  name: string;
  'hardware-address'?: string;
  statistics?: { 'rx-bytes': number; 'tx-bytes': number };
}

/** QEMU's user network counts nothing, so only the guest's agent knows its traffic; nothing without one. */
export async function networkBytes(machine: Machine): Promise<{ name: string; received: number; sent: number }[]> {
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
