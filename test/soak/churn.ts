import { setTimeout as wait } from 'node:timers/promises';
import type { Api } from '../../main/contract/contract.ts';
import { createMachineSchema } from '../../main/contract/machine.ts';
import type { MachineRow } from '../../main/contract/machine.ts';
import type { ObjectRef } from '../../main/contract/machine-ref.ts';
import { until } from '../support/hearth.ts';

const mib = 2 ** 20;
const limitMs = 180_000;

const follow = (api: Api, name: string, wanted: (row: MachineRow | undefined) => boolean): Promise<unknown> =>
  until(api.machines.watch({}), (row) => `${row.namespace}/${row.name}`, (rows) => wanted(rows.get(`default/${name}`)), limitMs); // prettier-ignore

/** The ways a machine lives, in turn: each has its own helpers, sockets and files to give back. */
const lives = ['off and deleted', 'restarted', 'paused', 'by the bin', 'with a second disk', 'killed'] as const;
export type Life = (typeof lives)[number];
export const lifeOf = (index: number): Life => lives[index % lives.length] ?? 'restarted';

export interface Churn {
  /** Ends when the machine, its disks and its place in the bin are gone. */
  one(index: number): Promise<void>;
}

/** `kill` ends the QEMU of a machine from outside. */
export function createChurn(api: Api, kill: (name: string) => void): Churn {
  const running = (name: string): Promise<unknown> => follow(api, name, (row) => row?.status === 'Running');
  const look = async (ref: ObjectRef): Promise<void> => {
    const serial = await api.consoles.serial(ref);
    const screen = await api.consoles.vnc({ ...ref, take: true });
    await api.consoles.screenshot(ref);
    for (const stream of [api.machines.detail(ref), api.metrics.machine({ ...ref, range: '1h' })])
      for await (const _first of stream) break;
    serial.close();
    screen.close();
  };
  return {
    async one(index) {
      const life = lifeOf(index);
      const name = `soak-${index}`;
      const disk = { name: 'more', size: 8 * mib, bus: 'virtio' as const };
      const ref = await api.machines.create(
        createMachineSchema.parse({
          name,
          source: { type: 'blank' },
          size: { type: 'free', sockets: 1, cores: 1, threads: 1, memory: 32 * mib },
          rootDisk: { size: 8 * mib },
          firmware: 'bios',
          runStrategy: 'Manual',
          extraDisks: life === 'with a second disk' ? [disk] : [],
          cloudInit: { type: 'form', hostname: name, user: 'soak', password: 'soak' },
        }),
      );
      const act = (action: 'start' | 'forceStop' | 'pause' | 'unpause' | 'forceRestart'): Promise<void> =>
        api.machines.act({ ...ref, action });
      await running(name);
      await look(ref);
      if (life === 'restarted') await act('forceRestart');
      if (life === 'paused') {
        await act('pause');
        await follow(api, name, (row) => row?.status === 'Paused');
        await act('unpause');
      }
      if (life === 'killed') {
        kill(name);
        await follow(api, name, (row) => row?.status === 'Stopped');
      } else if (life === 'off and deleted') {
        await act('forceStop');
        await follow(api, name, (row) => row?.status === 'Stopped');
      }
      const binned = life === 'by the bin';
      await api.machines.act({ ...ref, action: 'delete', deleteDisks: true, ...(!binned && { mode: 'now' as const }) });
      await follow(api, name, (row) => row === undefined);
      if (binned) await purged(api, name);
    },
  };
}

async function purged(api: Api, name: string): Promise<void> {
  for await (const { entries } of api.bin.watch({})) {
    const found = entries.find((entry) => entry.name === name);
    if (!found) return;
    if (found.state === 'kept') {
      await api.bin.purge({ id: found.id, namespace: found.namespace });
      return;
    }
    await wait(100);
  }
}
