import { guestMemory, memoryBlock, processOverhead } from '../argv/size.ts';
import type { Machine } from '../qemu/machine.ts';
import type { VmiSpec } from '../spec.ts';
import type { GuestMemory } from './state.ts';

const device = '/machine/peripheral/hotmem0';

/** `-m` of a command line, in bytes. Pure. */
export function bootMemory(argv: readonly string[]): number {
  const value = argv[argv.indexOf('-m') + 1] ?? '';
  return (Number.parseInt(value, 10) || 0) * 2 ** 20;
}

/** Bytes that a machine takes of this computer beside its guest's memory. Pure. */
export function fixedReserve(argv: readonly string[]): { cache: number; process: number } {
  const accelerator = argv[argv.indexOf('-accel') + 1] ?? '';
  const cache = Number(/tb-size=(\d+)/.exec(accelerator)?.[1] ?? 0) * 2 ** 20;
  return { cache, process: processOverhead };
}

const canGrow = (machine: Machine): boolean => machine.record.argv.some((word) => word.startsWith('virtio-mem-pci'));

const get = (machine: Machine, property: string): Promise<number> =>
  machine.qmp.execute<number>('qom-get', { path: device, property });

export async function readMemory(machine: Machine): Promise<GuestMemory> {
  const atBoot = bootMemory(machine.record.argv);
  if (!canGrow(machine)) return { atBoot, current: atBoot, asked: atBoot, most: atBoot };
  const [size, asked] = await Promise.all([get(machine, 'size'), get(machine, 'requested-size')]);
  const [backend] = await machine.qmp.execute<{ data: { 'max-size': number } }[]>('query-memory-devices');
  return { atBoot, current: atBoot + size, asked: atBoot + asked, most: atBoot + (backend?.data['max-size'] ?? 0) };
}

/** Asks the guest to have the memory of its spec; its driver takes or gives it block by block. `true` when something was asked. Throws QmpError. */
export async function syncMemory(machine: Machine, spec: VmiSpec): Promise<boolean> {
  const now = await readMemory(machine);
  const wanted = Math.min(now.most, Math.max(now.atBoot, guestMemory(spec)));
  const plugged = Math.floor((wanted - now.atBoot) / memoryBlock) * memoryBlock;
  if (now.atBoot + plugged === now.asked) return false;
  await machine.qmp.execute('qom-set', { path: device, property: 'requested-size', value: plugged });
  return true;
}
