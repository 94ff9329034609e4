import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createSampler } from '../../../main/backend/metrics/sampler.ts';
import { openStore } from '../../../main/backend/metrics/store.ts';
import { createKubeClient } from '../../../main/backend/target/client.ts';
import type { OpenTarget } from '../../../main/backend/target/target.ts';
import type { Figure } from '../figures.ts';

const machines = 40;
/** An hour of rounds, one in 10 s. */
const rounds = 360;
const names = ['cpu_usage_seconds_total', 'cpu_user_usage_seconds_total', 'cpu_system_usage_seconds_total', 'memory_resident_bytes', 'memory_domain_bytes', 'memory_available_bytes', 'memory_unused_bytes', 'memory_usable_bytes', 'storage_read_traffic_bytes_total', 'storage_write_traffic_bytes_total', 'storage_iops_read_total', 'storage_iops_write_total', 'network_receive_bytes_total', 'network_transmit_bytes_total', 'vcpu_seconds_total']; // prettier-ignore
const text = (round: number): string =>
  names
    .flatMap(
      (name) =>
      Array.from({ length: machines }, (_, n) => `kubevirt_vmi_${name}{node="bench",namespace="default",name="vm-${n}",drive="vda"} ${round * 1000 + n}`), // prettier-ignore
    )
    .join('\n');

const log = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined, child: () => log }; // prettier-ignore
const cpuMs = async (work: () => Promise<void>): Promise<number> => {
  const before = process.cpuUsage();
  await work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000 / rounds;
};

/** What keeping figures of forty machines costs, beside the bare scrape of the same text over the same client. */
export async function measure(): Promise<Figure[]> {
  const folder = await mkdtemp(join(tmpdir(), 'hearth-bench-metrics-'));
  let round = 0;
  const server = createServer((request, response) => {
    if (request.url?.includes('/proxy/')) return response.end(text(round));
    return response.end(JSON.stringify({ items: [{ metadata: { name: 'virt-handler', namespace: 'kubevirt' } }], metadata: { resourceVersion: '1' } })); // prettier-ignore
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const client = createKubeClient({ server: new URL(`http://127.0.0.1:${port}/`), tls: {}, headers: async () => ({}) });
  const vmis = Array.from({ length: machines }, (_, n) => ({ metadata: { namespace: 'default', name: `vm-${n}` }, spec: {}, status: { phase: 'Running' } })); // prettier-ignore
  const collection = (objects: readonly object[]) => ({
    get: (_ns: unknown, key: string) => vmis.find(({ metadata }) => `default/${metadata.name}` === key),
    values: () => objects.values(),
    synced: true,
    release: () => undefined,
  });
  const cache = { use: (kind: { plural: string }) => collection(kind.plural === 'nodes' ? [] : vmis) };
  const target = { client, cache, state: { value: { state: 'ready' } } } as unknown as OpenTarget;
  const start = Date.now() - rounds * 10_000;
  let now = start;
  const store = await openStore({ folder, log, now: () => now });
  const sampler = createSampler(target, store, log);
  try {
    const bare = await cpuMs(async () => {
      for (round = 0; round < rounds; round += 1) await client.bytes('GET', '/api/v1/namespaces/kubevirt/pods/x/proxy/metrics'); // prettier-ignore
    });
    const ours = await cpuMs(async () => {
      for (round = 0; round < rounds; round += 1) {
        now = start + round * 10_000;
        await sampler.round(now);
        if (round % 6 === 5) await store.flush();
      }
    });
    const kept = (await store.read('default/vm-0', '1h')).length;
    if (kept < rounds - 2) throw new Error(`only ${kept} points were kept`);
    return [
      { what: `CPU of one round, ${machines} machines: scrape, reckon, keep`, ours, bare, bareName: 'bare scrape', unit: 'ms', better: 'lower' },
      { what: 'CPU of a day of rounds', ours: (ours * 8640) / 1000, bare: (bare * 8640) / 1000, bareName: 'bare scrape', unit: 's', better: 'lower' },
      { what: `written in an hour, ${machines} machines`, ours: store.written / 1024, unit: 'KiB', better: 'lower' },
    ]; // prettier-ignore
  } finally {
    sampler.close();
    await store.close();
    client.close();
    server.close();
    await rm(folder, { recursive: true, force: true });
  }
}
