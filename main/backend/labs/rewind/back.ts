import type { KubeObject } from '../../../contract/kube.ts';
import { ProblemError } from '../../../contract/problem.ts';
import { listServed } from '../../target/served.ts';
import { kinds } from '../../target/kinds.ts';
import { pick, pickText } from '../../target/pick.ts';
import { bringObjectsBack } from './apply-objects.ts';
import { machinesAtOnce, sweep } from './place.ts';
import type { Place } from './place.ts';
import type { CheckpointRecord } from './record.ts';
import { endRestores, restoreMachine } from './restore.ts';
import { keptKinds } from './served.ts';
import { sideBySide } from './side-by-side.ts';
import { dropRecord } from './space.ts';
import { bringUp, dress } from './start.ts';
import { powerOff, removeMachine } from './stop.ts';

/** How far going back is: 0..1, and what is done now, in words. */
export type Progress = (done: number, what: string) => void;

/**
 * Brings a lab back to a checkpoint. Every part looks at what is there first, and the checkpoint itself stays as it is: cut
 * off at any point, the same call goes on. Resolves with what could not be brought back, in words. Throws Problems.
 */
export async function goBack(place: Place, record: CheckpointRecord, signal: AbortSignal, told: Progress): Promise<string[]> {
  const { target, namespace } = place;
  const { client } = target;
  const served = keptKinds(client);
  served.catch(() => undefined); // thrown where it is awaited
  const began = Date.now();
  told(0, 'Look at the checkpoint');
  const [vms, snapshots] = await Promise.all([
    client.list(kinds.virtualMachines, namespace),
    listServed(client, kinds.virtualMachineSnapshots, namespace),
  ]);
  refuseBroken(record, snapshots);
  const was = new Map(record.machines.map((machine) => [machine.name, machine]));
  const sourceOf = (snapshot: string): string | undefined =>
    pickText(snapshots.find(({ metadata }) => metadata.name === snapshot), 'status', 'sourceUID');
  // Restores belong to the machine that was kept: one that took its name since has to go like all that came later.
  const stays = (vm: KubeObject): boolean => {
    const machine = was.get(vm.metadata.name ?? '');
    return machine !== undefined && !vm.metadata.deletionTimestamp && (sourceOf(machine.snapshot) ?? machine.uid) === vm.metadata.uid;
  };
  signal.throwIfAborted();
  told(0.05, 'Switch the machines off');
  await endRestores(place, signal);
  await sideBySide(vms, machinesAtOnce * 2, (vm) =>
    stays(vm) ? powerOff(place, { namespace, name: vm.metadata.name ?? '' }, signal) : removeMachine(place, vm, signal),
  );
  told(0.25, 'Exchange the disks');
  let restored = 0;
  await sideBySide(record.machines, machinesAtOnce, async (machine) => {
    await restoreMachine(place, record, machine, signal);
    await dress(place, machine);
    told(0.25 + (0.35 * ++restored) / record.machines.length, 'Exchange the disks');
  });
  told(0.6, 'Bring networks, services and other objects back');
  const notes = [...record.notes];
  notes.push(...(await bringObjectsBack(target, namespace, record, await served, signal)));
  told(0.7, 'Start the machines');
  let started = 0;
  await sideBySide(record.machines, machinesAtOnce, async (machine) => {
    const not = await bringUp(place, machine, signal);
    if (not !== undefined) notes.push(not);
    told(0.7 + (0.25 * ++started) / record.machines.length, 'Start the machines');
  });
  // Only now is all of it of that step: what came later goes last.
  told(0.95, 'Drop later checkpoints');
  for (const later of await place.records.list()) if (later.order > record.order) await dropRecord(place, later);
  await sweep(place);
  return [...notes, ...(await coldStarts(place, record, began))];
} // prettier-ignore

/** Machines that were to go on from their memory and could not: the target says why in an Event. */
async function coldStarts({ target, namespace }: Place, { machines }: CheckpointRecord, since: number): Promise<string[]> {
  if (machines.every(({ memory }) => memory === undefined)) return [];
  const events = await listServed(target.client, kinds.events, namespace);
  const late = (event: KubeObject): boolean => Date.parse(pickText(event, 'lastTimestamp') ?? pickText(event, 'eventTime') ?? '') >= since - 1000;
  return events
    .filter((event) => event['reason'] === 'MemoryNotRestored' && late(event))
    .map((event) => `${pickText(event, 'involvedObject', 'name') ?? ''}: ${pickText(event, 'message') ?? ''}`);
} // prettier-ignore

function refuseBroken({ machines }: CheckpointRecord, snapshots: readonly KubeObject[]): void {
  const lost = machines.filter(({ snapshot }) => {
    const found = snapshots.find(({ metadata }) => metadata.name === snapshot);
    return !found || found.metadata.deletionTimestamp !== undefined || pick(found, 'status', 'readyToUse') !== true;
  });
  if (lost.length === 0) return;
  throw new ProblemError({
    code: 'checkpoint-lost',
    title: 'This step cannot be gone back to any more',
    detail: `What was kept of ${lost.map(({ name }) => name).join(', ')} is not there any more: its snapshot was deleted, or its data is gone.`,
    fix: 'Go back to another step, or end the lab and start it anew. Nothing was changed.',
    kind: 'denied',
  });
}
