import { topologyOf } from '../argv/size.ts';
import type { Machine } from '../qemu/machine.ts';
import { QmpError } from '../qemu/qmp.ts';
import type { VmiSpec } from '../spec.ts';

interface Slot {
  type: string;
  'vcpus-count': number;
  props: Record<string, number>;
  /** Present when it is filled. */
  'qom-path'?: string;
}

/** Sockets that have all their CPUs, and how many there could be. */
export interface Sockets {
  filled: number;
  most: number;
}

/** CPUs of a QEMU, by their slots. Pure. */
export function socketsOf(slots: readonly Slot[]): Sockets {
  const ids = [...new Set(slots.map(({ props }) => props['socket-id'] ?? 0))];
  const full = ids.filter((id) => slots.every((slot) => slot.props['socket-id'] !== id || slot['qom-path']));
  return { filled: full.length, most: ids.length };
}

/** Slots to fill or to empty for so many sockets: the lowest first to fill, the highest first to empty. Pure. */
export function slotWork(slots: readonly Slot[], wanted: number): { add: Slot[]; remove: Slot[] } {
  const socket = (slot: Slot): number => slot.props['socket-id'] ?? 0;
  const ordered = [...slots].sort((a, b) => order(a) - order(b));
  return {
    add: ordered.filter((slot) => socket(slot) < wanted && !slot['qom-path']),
    remove: ordered.filter((slot) => socket(slot) >= wanted && slot['qom-path']).reverse(),
  };
}
const order = ({ props }: Slot): number =>
  ((props['socket-id'] ?? 0) * 1024 + (props['core-id'] ?? 0)) * 1024 + (props['thread-id'] ?? 0);

const ask = (machine: Machine): Promise<Slot[]> => machine.qmp.execute<Slot[]>('query-hotpluggable-cpus');

export const readSockets = async (machine: Machine): Promise<Sockets> => socketsOf(await ask(machine));

/** What came of it: done, or the guest has yet to let CPUs go. */
export type CpuChange = 'same' | 'grown' | 'shrunk' | 'asked';

/**
 * Brings a running machine to the sockets of its spec. New CPUs are there at once; taking them away is asked of the
 * guest, which may take its time or not do it. Throws QmpError.
 */
export async function syncCpus(machine: Machine, spec: VmiSpec): Promise<CpuChange> {
  const { sockets } = topologyOf(spec);
  const { add, remove } = slotWork(await ask(machine), sockets);
  for (const { type, props } of add)
    await machine.qmp.execute('device_add', { driver: type, id: cpuId(props), ...props });
  for (const slot of remove) {
    // Those it started with have no name; they cannot go.
    const id = slot['qom-path']?.startsWith('/machine/peripheral/') ? slot['qom-path'].split('/').at(-1) : undefined;
    if (id === undefined) throw new QmpError('device_del', 'GenericError', 'the machine started with these CPUs');
    try {
      await machine.qmp.execute('device_del', { id });
    } catch (error) {
      // Asked before: the guest is at it.
      if (!(error instanceof QmpError) || !/in the process of unplug/.test(error.message)) throw error;
    }
  }
  if (remove.length > 0) return 'asked';
  return add.length > 0 ? 'grown' : 'same';
}

const cpuId = (props: Record<string, number>): string =>
  `cpu-${props['socket-id'] ?? 0}-${props['core-id'] ?? 0}-${props['thread-id'] ?? 0}`;
