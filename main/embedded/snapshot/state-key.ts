import { createHash } from 'node:crypto';
import { existsSync, statSync } from 'node:fs';
import type { BlockNode } from '../kube/block.ts';
import type { EngineContext } from '../kube/context.ts';
import type { Stored } from '../kube/object.ts';
import { argv } from '../machine/argv/argv.ts';
import { isSwitched } from '../machine/argv/network.ts';
import { planOf } from '../machine/argv/plan.ts';
import type { MachinePlan } from '../machine/argv/plan.ts';
import { deviceIdOf, volumeOf } from '../machine/qemu/block-devices.ts';
import type { Machine } from '../machine/qemu/machine.ts';
import { vmiSpec } from '../machine/spec.ts';
import { beyond, NotAgain, guestArguments, shapeOf } from './shape.ts';
import type { ColdStart, GuestShape } from './shape.ts';

/** What a saved state needs of the start that takes it. */
export interface StateNeeds {
  /** Of the machine's settings, of QEMU itself and of the sizes of the disks. */
  key: string;
  shape: GuestShape;
}

/**
 * What has to be the same for a state to be taken: QEMU itself, what the machine was asked to be, and the sizes of its
 * disks. How far it may still grow is no part of it: the shape tells that.
 */
export function stateKey(qemuBinary: string, plan: MachinePlan): string {
  const { size, mtimeMs } = existsSync(qemuBinary) ? statSync(qemuBinary) : { size: 0, mtimeMs: 0 };
  const sizes = plan.disks.flatMap(({ block }) => (block ? [block.virtualSize] : [])).sort((a, b) => a - b);
  const words = guestArguments(argv({ ...plan, maxSockets: plan.topology.sockets, hotMemory: 0, translationCache: 0 }));
  // Which node a drive is filled from is a matter of the start.
  const settled = words.map((word) => word.replace(/,drive=[^,]*/, ''));
  return createHash('sha256')
    .update(JSON.stringify([qemuBinary, size, mtimeMs, settled, sizes]))
    .digest('hex');
}

export const coldStartOf = (plan: MachinePlan): ColdStart => ({
  argv: argv(plan),
  disks: plan.disks.map(({ volume, block }) => ({ volume, bytes: block?.virtualSize })),
});

interface NamedNode {
  qdev?: string;
  inserted?: { ro: boolean; image: { 'virtual-size': number } };
}

/**
 * What a start needs to take the state of this machine as it is now, with all that came and went since it was started.
 * Throws QmpError, NotAgain.
 */
export async function needsOf(context: EngineContext, vmi: Stored, machine: Machine): Promise<StateNeeds> {
  const { record, qmp } = machine;
  const found = await qmp.execute<NamedNode[]>('query-block');
  const inside = new Map<string, BlockNode>();
  for (const { qdev, inserted } of found) {
    const volume = qdev ? volumeOf(record.disks, deviceIdOf(qdev)) : undefined;
    if (volume !== undefined && inserted)
      inside.set(volume, {
        format: 'qcow2',
        path: '',
        readOnly: inserted.ro,
        virtualSize: inserted.image['virtual-size'],
      });
  }
  const waiting = (vmiSpec(vmi).volumes ?? []).find(({ name }) => !inside.has(name));
  if (waiting)
    throw new NotAgain(`The disk ${waiting.name} is just being attached. Take the snapshot again in a moment.`);
  const plan = planOf(vmi, inside, context.config, machine.files, process.platform, isSwitched(record.argv));
  const shape = await shapeOf(machine);
  const [alien] = beyond(coldStartOf(plan), shape);
  if (alien !== undefined)
    throw new NotAgain(`The running machine still has ${alien}, which its settings do not name any more. Restart the machine to keep its memory in a snapshot.`); // prettier-ignore
  return { key: stateKey(context.config.qemuBinary, plan), shape };
}
