import { statfs } from 'node:fs/promises';
import type { DiskSnapshots, LiveLayer } from '../kube/block.ts';
import type { EngineContext } from '../kube/context.ts';
import type { Stored } from '../kube/object.ts';
import { volumeSnapshots } from '../kube/resources.ts';
import { readable } from '../kube/quantity.ts';
import { guestMemory } from '../machine/argv/size.ts';
import type { Machine } from '../machine/qemu/machine.ts';
import { kubeTime, vmiSpec, vmSpec } from '../machine/spec.ts';
import { backupsOf, volumeSnapshotObject } from './content.ts';
import { switchOver } from './live.ts';
import { removeState, saveMemory } from './memory.ts';
import { liveDifference, stateKeyOf } from './state-key.ts';
import { whileFrozen, whileStopped } from './pause.ts';
import { sourceIndications, volumesOf } from './snapshot-status.ts';
import type { Taken } from './snapshot-status.ts';
import { memoryAnnotation } from './words.ts';

export interface Source {
  snapshot: Stored;
  content: Stored;
  vm: Stored;
  vmi: Stored | undefined;
  machine: Machine | undefined;
}

/**
 * Keeps all disks of a machine as they are at one moment, and its memory where that is asked for. May be called again after
 * a failure or a crash: everything is then taken anew, disks and memory, so that they fit each other. Throws in plain words.
 */
export async function takeAll(context: EngineContext, disks: DiskSnapshots, source: Source): Promise<Taken> {
  const { content, vm, vmi, machine } = source;
  const { namespace = '' } = content.metadata;
  const backups = backupsOf(content);
  const takings = backups.map((backup) => ({
    claim: backup.persistentVolumeClaim.metadata.name ?? '',
    snapshot:
      context.store.get(volumeSnapshots, namespace, backup.volumeSnapshotName) ??
      context.store.create(volumeSnapshots, volumeSnapshotObject(content, backup)),
  }));
  // A state of an earlier try belongs to disks of an earlier moment.
  removeState(context.paths, content.metadata.uid);
  const how = await method(context, source);
  let indications = sourceIndications(machine);
  let memory: Taken['memory'] = how === 'memory' || how === 'disks' ? undefined : how;
  let switched = false;
  const move = async (layers: readonly LiveLayer[]): Promise<void> => {
    if (!machine || !vmi) throw new Error('The machine is not running any more');
    switched = true;
    if (how === 'memory') {
      await whileStopped(machine, async () => {
        await switchOver(machine, vmiSpec(vmi), layers);
        memory = await saveMemory(context, machine, content.metadata.uid, await stateKeyOf(context, vmi, machine));
      });
      indications = ['Memory', 'Online'];
      return;
    }
    await whileFrozen(machine, context.log, async (quiesced) => {
      if (!quiesced) indications = indications.map((each) => (each === 'GuestAgent' ? 'NoGuestAgent' : each));
      await switchOver(machine, vmiSpec(vmi), layers);
    });
  };
  const work = async (): Promise<void> => {
    await disks.take(namespace, takings, machine ? vmi : undefined, move);
    // A machine that has no disk of its own to write to has a memory all the same.
    if (how === 'memory' && !switched) await move([]);
  };
  await (machine ? machine.changing(work) : work());
  const { included, excluded, partial } = volumesOf(
    vm,
    backups.map(({ volumeName }) => volumeName),
  );
  const sizes = await Promise.all(takings.map(({ snapshot }) => disks.size(snapshot)));
  return {
    at: kubeTime(),
    included,
    excluded,
    indications: partial ? [...indications, 'PartialSnapshot'] : indications,
    diskSize: sizes.reduce((sum, size) => sum + size, 0),
    ...(memory === undefined ? {} : { memory }),
  };
}

/** `memory`, `disks`, or why the memory that was asked for cannot be kept. */
async function method(context: EngineContext, { snapshot, vm, vmi, machine }: Source): Promise<string> {
  if (snapshot.metadata.annotations?.[memoryAnnotation] !== 'true') return 'disks';
  if (!machine || !vmi) return 'The machine is off: it has no memory to keep.';
  const lost = (vmSpec(vm).template.spec?.volumes ?? []).find(({ emptyDisk, ephemeral }) => emptyDisk ?? ephemeral);
  if (lost)
    return `The disk ${lost.name} is thrown away at each stop: memory that knows its content could not be used again.`;
  const difference = await liveDifference(machine, vmi);
  if (difference) return difference;
  const { bavail, bsize } = await statfs(context.paths.root);
  const needed = guestMemory(vmiSpec(vmi));
  if (bavail * bsize < needed + 128 * 2 ** 20)
    throw new Error(`The disk of this computer is too full to keep the memory (${readable(needed)}). Free some space, or take the snapshot without memory.`); // prettier-ignore
  return 'memory';
}
