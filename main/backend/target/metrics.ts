import type { MachineSample } from '../../contract/machine.ts';

/** Raw counters of one machine as virt-handler tells them. */
export interface Counters {
  at: number;
  cpuSeconds: number;
  memory?: number;
  memoryResident?: number;
  diskRead: number;
  diskWrite: number;
  netIn: number;
  netOut: number;
}
const line = /^(kubevirt_vmi_\w+)\{(.*)\}\s+(\S+)/;
const label = /(\w+)="((?:[^"\\]|\\.)*)"/g;

/** Prometheus text -> counters by namespace/name. Devices are summed up. Unknown lines are passed over. Pure. */
export function parseMetrics(text: string, at: number): Map<string, Counters> {
  const result = new Map<string, Counters & { available?: number; usable?: number }>();
  for (const row of text.split('\n')) {
    const match = line.exec(row);
    if (!match) continue;
    const value = Number(match[3]);
    if (!Number.isFinite(value)) continue;
    const labels = Object.fromEntries([...(match[2] ?? '').matchAll(label)].map((pair) => [pair[1], pair[2]]));
    const { namespace, name } = labels;
    if (!namespace || !name) continue;
    const key = `${namespace}/${name}`;
    const entry = result.get(key) ?? { at, cpuSeconds: 0, diskRead: 0, diskWrite: 0, netIn: 0, netOut: 0 };
    result.set(key, entry);
    switch (match[1] ?? '') {
      case 'kubevirt_vmi_cpu_usage_seconds_total':
        entry.cpuSeconds += value;
        break;
      case 'kubevirt_vmi_memory_resident_bytes':
        entry.memoryResident = value;
        break;
      case 'kubevirt_vmi_memory_available_bytes':
        entry.available = value;
        break;
      case 'kubevirt_vmi_memory_usable_bytes':
        entry.usable = value;
        break;
      case 'kubevirt_vmi_storage_read_traffic_bytes_total':
        entry.diskRead += value;
        break;
      case 'kubevirt_vmi_storage_write_traffic_bytes_total':
        entry.diskWrite += value;
        break;
      case 'kubevirt_vmi_network_receive_bytes_total':
        entry.netIn += value;
        break;
      case 'kubevirt_vmi_network_transmit_bytes_total':
        entry.netOut += value;
        break;
      default:
    }
  }
  // In the guest: available less usable (balloon statistics). Without its driver both are absent: then what is resident.
  for (const entry of result.values())
    if (entry.available !== undefined && entry.usable !== undefined) entry.memory = entry.available - entry.usable;
  return result;
}

/** Two readings -> a point of the graphs; undefined when the counters started anew in between. Pure. */
export function sampleOf(before: Counters, now: Counters, cpus: number): MachineSample | undefined {
  const seconds = (now.at - before.at) / 1000;
  if (seconds <= 0 || now.cpuSeconds < before.cpuSeconds) return undefined;
  const rate = (field: 'diskRead' | 'diskWrite' | 'netIn' | 'netOut'): number =>
    Math.max(0, (now[field] - before[field]) / seconds);
  return {
    at: now.at,
    cpu: Math.min(1, (now.cpuSeconds - before.cpuSeconds) / seconds / Math.max(1, cpus)),
    memory: now.memory ?? now.memoryResident ?? 0,
    diskRead: rate('diskRead'),
    diskWrite: rate('diskWrite'),
    netIn: rate('netIn'),
    netOut: rate('netOut'),
  };
}
