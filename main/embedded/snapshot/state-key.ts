import type { EngineContext } from '../kube/context.ts';
import type { Stored } from '../kube/object.ts';
import { blockDevices } from '../machine/qemu/block-devices.ts';
import type { Machine } from '../machine/qemu/machine.ts';
import { guestMemory, topologyOf, vcpus } from '../machine/argv/size.ts';
import { vmiSpec } from '../machine/spec.ts';
import { stateKey } from './memory.ts';

interface NamedNode {
  qdev?: string;
  inserted?: { image: { 'virtual-size': number } };
}

/** The key of a running machine's state. */
export async function stateKeyOf(context: EngineContext, _vmi: Stored, machine: Machine): Promise<string> {
  const blocks = await machine.qmp.execute<NamedNode[]>('query-block');
  const sizes = blocks.flatMap(({ qdev, inserted }) => (qdev && inserted ? [inserted.image['virtual-size']] : []));
  return stateKey(
    context.config.qemuBinary,
    machine.record.argv,
    sizes.sort((a, b) => a - b),
  );
}

/**
 * Why a state of this machine could not be taken by a new start of it: devices, CPUs or memory came or went since it was
 * started, and a new start has them elsewhere. Undefined where it has what it started with.
 */
export async function liveDifference(machine: Machine, vmi: Stored): Promise<string | undefined> {
  const spec = vmiSpec(vmi);
  const now = (await blockDevices(machine.qmp)).map(({ id }) => id).sort();
  const then = machine.record.argv
    .flatMap((word, index) =>
      machine.record.argv[index - 1] === '-device' ? [/[,:]id=((?:disk|hp-)[^,]*)/.exec(word)?.[1] ?? ''] : [],
    )
    .filter(Boolean)
    .sort();
  const again = 'Restart the machine to keep its memory in a snapshot.';
  if (now.join() !== then.join()) return `Disks were added or removed since the machine was started. ${again}`;
  const cpus = await machine.qmp.execute<unknown[]>('query-cpus-fast');
  if (cpus.length !== vcpus(topologyOf(spec)) || cpus.length !== started(machine.record.argv))
    return `CPUs were added or removed since the machine was started. ${again}`;
  const devices = await machine.qmp.execute<unknown[]>('query-memory-devices');
  const memory = memoryAtStart(machine.record.argv);
  if (memory !== undefined && (guestMemory(spec) !== memory || hasMemory(devices)))
    return `Memory was added or removed since the machine was started. ${again}`;
  return undefined;
}

const started = (argv: readonly string[]): number =>
  Number(/^(?:cpus=)?(\d+)/.exec(argv[argv.indexOf('-smp') + 1] ?? '')?.[1]);
const memoryAtStart = (argv: readonly string[]): number | undefined => {
  const mib = /^(?:size=)?(\d+)M?(?:,|$)/.exec(argv[argv.indexOf('-m') + 1] ?? '')?.[1];
  return mib === undefined ? undefined : Number(mib) * 2 ** 20;
};
/** Memory devices that hold something; an empty one is a part of every start. */
const hasMemory = (devices: readonly unknown[]): boolean =>
  devices.some((device) => {
    const { type, data } = device as { type: string; data?: { size?: number } };
    return type === 'dimm' || (data?.size ?? 0) > 0;
  });
