import { virtualMachineInstances } from '../kube/resources.ts';
import type { EngineContext } from '../kube/context.ts';
import type { MetricsSource } from '../kube/subresource.ts';
import { guestMemory } from './argv/size.ts';
import type { PortCounters } from '../network/switch/protocol.ts';
import type { Fleet } from './fleet.ts';
import type { Machine } from './qemu/machine.ts';
import { deviceIdOf, volumeOf } from './qemu/block-devices.ts';
import { processFacts } from './qemu/process.ts';
import { phaseOf, vmiSpec, vmiStatus } from './spec.ts';
import { MetricsText } from './metrics-text.ts';
import { addFaults, networkBytes } from './metrics-network.ts';

/** How often the guest's balloon driver is to report, seconds. */
const balloonInterval = 5;

interface BlockStats {
  qdev?: string;
  stats: Record<string, number>;
}

/** Prometheus text with KubeVirt's names and labels, collected when it is asked for. */
export function metricsOf(
  context: EngineContext,
  fleet: Fleet,
  traffic: () => Promise<Record<string, PortCounters>>,
): MetricsSource {
  return async () => {
    const text = new MetricsText();
    const ports = await traffic();
    await Promise.all(
      fleet.all().map(async (machine) => {
        try {
          await collect(context, machine, text, ports);
        } catch (error) {
          // A machine that ends in the middle of a scrape has no figures.
          context.log.debug({ err: error, vmi: machine.record.name }, 'no figures of a machine');
        }
      }),
    );
    for (const vmi of context.store.list(virtualMachineInstances)) {
      const { namespace = '', name } = vmi.metadata;
      text.add('kubevirt_vmi_info', 'gauge', 1, {
        node: context.config.nodeName, namespace, name, phase: phaseOf(vmi).toLowerCase(),
        os: vmiStatus(vmi).guestOSInfo?.id ?? '<none>',
      }); // prettier-ignore
    }
    return text.render();
  };
}

async function collect(
  context: EngineContext,
  machine: Machine,
  text: MetricsText,
  ports: Readonly<Record<string, PortCounters>>,
): Promise<void> {
  const { namespace, name, pid } = machine.record;
  const labels = { node: context.config.nodeName, namespace, name };
  const facts = processFacts(pid);
  if (!facts) return;
  machine.resident = facts.resident;
  const add = (metric: string, type: 'gauge' | 'counter', value: number, more: Record<string, string> = {}) =>
    text.add(`kubevirt_vmi_${metric}`, type, value, { ...labels, ...more });
  add('cpu_usage_seconds_total', 'counter', facts.user + facts.system);
  add('cpu_user_usage_seconds_total', 'counter', facts.user);
  add('cpu_system_usage_seconds_total', 'counter', facts.system);
  add('memory_resident_bytes', 'gauge', facts.resident);
  const vmi = context.store.get(virtualMachineInstances, namespace, name);
  if (vmi) add('memory_domain_bytes', 'gauge', guestMemory(vmiSpec(vmi)));
  const cpus = await machine.qmp.execute<{ 'cpu-index': number; 'thread-id': number }[]>('query-cpus-fast');
  for (const { 'cpu-index': id, 'thread-id': thread } of cpus) {
    const vcpu = processFacts(pid, thread);
    if (vcpu) add('vcpu_seconds_total', 'counter', vcpu.user + vcpu.system, { id: String(id), state: 'running' });
  }
  for (const entry of await machine.qmp.execute<BlockStats[]>('query-blockstats')) {
    const drive = entry.qdev && volumeOf(machine.record.disks, deviceIdOf(entry.qdev));
    if (!drive) continue;
    const more = { drive };
    const { stats } = entry;
    add('storage_read_traffic_bytes_total', 'counter', stats['rd_bytes'] ?? 0, more);
    add('storage_write_traffic_bytes_total', 'counter', stats['wr_bytes'] ?? 0, more);
    add('storage_iops_read_total', 'counter', stats['rd_operations'] ?? 0, more);
    add('storage_iops_write_total', 'counter', stats['wr_operations'] ?? 0, more);
    add('storage_read_times_seconds_total', 'counter', (stats['rd_total_time_ns'] ?? 0) / 1e9, more);
    add('storage_write_times_seconds_total', 'counter', (stats['wr_total_time_ns'] ?? 0) / 1e9, more);
  }
  await balloon(machine, add);
  for (const nic of await networkBytes(machine, ports)) {
    add('network_receive_bytes_total', 'counter', nic.received, { interface: nic.name });
    add('network_transmit_bytes_total', 'counter', nic.sent, { interface: nic.name });
  }
  addFaults(machine, ports, (metric, type, value, more) => text.add(metric, type, value, { ...labels, ...more }));
}

/** Bytes that each drive read and wrote since the machine was started, by the name of its volume. Throws QmpError. */
export async function trafficOf(machine: Machine): Promise<Record<string, { read: number; written: number }>> {
  const drives: Record<string, { read: number; written: number }> = {};
  for (const { qdev, stats } of await machine.qmp.execute<BlockStats[]>('query-blockstats')) {
    const drive = qdev && volumeOf(machine.record.disks, deviceIdOf(qdev));
    if (drive) drives[drive] = { read: stats['rd_bytes'] ?? 0, written: stats['wr_bytes'] ?? 0 };
  }
  return drives;
}

/** The guest's own view of its memory; absent without a balloon driver in it. */
async function balloon(machine: Machine, add: (metric: string, type: 'gauge', value: number) => void): Promise<void> {
  if (!machine.record.argv.some((argument) => argument.startsWith('virtio-balloon-pci'))) return;
  const path = '/machine/peripheral/balloon0';
  await machine.qmp.execute('qom-set', { path, property: 'guest-stats-polling-interval', value: balloonInterval });
  const { stats } = await machine.qmp.execute<{ stats: Record<string, number> }>('qom-get', {
    path,
    property: 'guest-stats',
  });
  // The driver's word for "not known" is all bits set.
  const known = (value: number | undefined): value is number => value !== undefined && value >= 0 && value < 2 ** 62;
  const rows: [string, string][] = [
    ['memory_available_bytes', 'stat-total-memory'],
    ['memory_unused_bytes', 'stat-free-memory'],
    ['memory_usable_bytes', 'stat-available-memory'],
    ['memory_cached_bytes', 'stat-disk-caches'],
  ];
  for (const [metric, stat] of rows) {
    const value = stats[stat];
    if (known(value)) add(metric, 'gauge', value);
  }
}
