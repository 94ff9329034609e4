import { topologyOf } from '../argv/size.ts';
import type { Machine } from '../qemu/machine.ts';
import type { VmiSpec } from '../spec.ts';
import type { Sockets } from './state.ts';

interface Slot {
  type: string;
  'vcpus-count': number;
  props: Record<string, number>;
  /** Present when it is filled. */
  'qom-path'?: string;
}

/** CPUs of a QEMU, by their slots. Pure. */
export function socketsOf(slots: readonly Slot[]): Sockets {
  const ids = [...new Set(slots.map(({ props }) => props['socket-id'] ?? 0))];
  const full = ids.filter((id) => slots.every((slot) => slot.props['socket-id'] !== id || slot['qom-path']));
  return { filled: full.length, most: ids.length };
}

/** Slots to fill for so many sockets, the lowest first. Pure. */
export function slotsToFill(slots: readonly Slot[], wanted: number): Slot[] {
  return [...slots]
    .sort((a, b) => order(a) - order(b))
    .filter((slot) => (slot.props['socket-id'] ?? 0) < wanted && !slot['qom-path']);
}
const order = ({ props }: Slot): number =>
  ((props['socket-id'] ?? 0) * 1024 + (props['core-id'] ?? 0)) * 1024 + (props['thread-id'] ?? 0);

const ask = (machine: Machine): Promise<Slot[]> => machine.qmp.execute<Slot[]>('query-hotpluggable-cpus');

export const readSockets = async (machine: Machine): Promise<Sockets> => socketsOf(await ask(machine));

/**
 * Adds CPUs to a running machine up to the sockets of its spec; they are there at once. CPUs are never taken away from one:
 * KubeVirt wants a restart for that, and QEMU 7.2 under TCG corrupts its memory and ends some time after a CPU was unplugged.
 * Throws QmpError.
 */
export async function addCpus(machine: Machine, spec: VmiSpec): Promise<void> {
  for (const { type, props } of slotsToFill(await ask(machine), topologyOf(spec).sockets))
    await machine.qmp.execute('device_add', { driver: type, id: cpuId(props), ...props });
}

const cpuId = (props: Record<string, number>): string =>
  `cpu-${props['socket-id'] ?? 0}-${props['core-id'] ?? 0}-${props['thread-id'] ?? 0}`;
