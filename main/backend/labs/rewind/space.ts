import { statfs } from 'node:fs/promises';
import { ProblemError } from '../../../contract/problem.ts';
import { spaceOf } from '../../storage/watch.ts';
import { kinds } from '../../target/kinds.ts';
import { pick } from '../../target/pick.ts';
import { quantity } from '../../target/quantity.ts';
import { listServed } from '../../target/served.ts';
import { ability, discard, machinesAtOnce } from './place.ts';
import type { Place } from './place.ts';
import type { CheckpointRecord } from './record.ts';
import { sideBySide } from './side-by-side.ts';

/** Bytes that checkpoints leave free for everything else. */
const reserve = 2 ** 30;
/** Bytes that the checkpoints of one lab take at most, where nobody says how much is free; else a third of that. */
const most = 8 * 2 ** 30;

/**
 * Which checkpoints have to go before one of `need` bytes can be taken: the oldest, but not the first (the beginning of the
 * lab) and not the last (one step back). Pure. `free`: bytes that are free now.
 */
export function toPrune(records: readonly CheckpointRecord[], need: number, free: number | undefined): CheckpointRecord[] {
  const spare = records.slice(1, -1);
  const gone: CheckpointRecord[] = [];
  let kept = records.reduce((sum, { bytes }) => sum + bytes, 0);
  let left = free;
  const tight = (): boolean => {
    const limit = left === undefined ? most : Math.max(reserve, (left + kept) / 3);
    return kept + need > limit || (left !== undefined && left - need < reserve);
  };
  while (tight()) {
    const next = spare.shift();
    if (!next) break;
    gone.push(next);
    kept -= next.bytes;
    if (left !== undefined) left += next.bytes;
  }
  return gone;
} // prettier-ignore

/** Bytes that a checkpoint takes at most as soon as it is taken: the memory of what runs. Disks grow afterwards. */
export async function needOf({ target, namespace }: Place, memory: boolean): Promise<number> {
  if (!memory) return 0;
  const vmis = await target.client.list(kinds.virtualMachineInstances, namespace);
  return vmis.reduce((sum, vmi) => sum + (quantity(pick(vmi, 'spec', 'domain', 'memory', 'guest')) ?? 0), 0);
}

/** Bytes that the target has left for disks, where that is known. */
export async function freeSpace({ target, ...place }: Place, folder: string): Promise<number | undefined> {
  const [classes, capacities] = await Promise.all([listServed(target.client, kinds.storageClasses).catch(() => []), listServed(target.client, kinds.storageCapacities).catch(() => [])]); // prettier-ignore
  const all = spaceOf(classes, capacities).classes;
  const known = (all.find(({ isDefault }) => isDefault) ?? all[0])?.free;
  if (known !== undefined) return known;
  // Whose disks are files of this computer has them where our data is.
  if (ability({ target, ...place }, 'localFiles')?.supported !== true) return undefined;
  const { bavail, bsize } = await statfs(folder);
  return bavail * bsize;
}

/** Drops what has to go, and says no where that is not enough. Answers the steps that have none any more. */
export async function makeRoom(place: Place, folder: string): Promise<string[]> {
  const memory = ability(place, 'memorySnapshots')?.supported === true;
  const [records, need, free] = await Promise.all([place.records.list(), needOf(place, memory), freeSpace(place, folder)]); // prettier-ignore
  const gone = toPrune(records, need, free);
  for (const record of gone) await dropRecord(place, record);
  const left = free === undefined ? undefined : free + gone.reduce((sum, { bytes }) => sum + bytes, 0);
  if (left !== undefined && left - need < reserve / 2)
    throw new ProblemError({
      code: 'checkpoint-no-space',
      title: 'There is too little space to keep this step',
      detail: `It would take ${sized(need)}, and ${sized(left)} are free; ${sized(reserve / 2)} of them stay free for the machines.`,
      fix: 'Free some space. The lab goes on; going back to this step is not possible.',
      kind: 'denied',
    });
  return gone.map(({ step }) => step);
}

/** A checkpoint ends to be with its file; its snapshots follow. */
export async function dropRecord(place: Place, { id, machines }: CheckpointRecord): Promise<void> {
  await place.records.remove(id);
  await sideBySide(machines, machinesAtOnce, ({ snapshot }) => discard(place, kinds.virtualMachineSnapshots, snapshot));
}

export const sized = (bytes: number): string =>
  bytes >= 2 ** 30 ? `${(bytes / 2 ** 30).toFixed(1)} GiB` : `${Math.round(bytes / 2 ** 20)} MiB`;
