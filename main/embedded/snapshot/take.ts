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
import { removeState } from './memory.ts';
import { hasNvram, keepNvram, removeNvram } from './nvram.ts';
import { whileFrozen, whileStopped } from './pause.ts';
import { NotAgain } from './shape.ts';
import { closePlace, openPlace, saveMemory } from './save.ts';
import type { Saving } from './save.ts';
import { needsOf } from './state-key.ts';
import type { StateNeeds } from './state-key.ts';
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
  removeNvram(context.paths, content.metadata.uid);
  let how = await method(context, source);
  let needs: StateNeeds | undefined;
  let indications = sourceIndications(machine);
  let memory: number | undefined;
  let switched = false;
  const firmware = (): Promise<void> =>
    keepNvram(context, vm.metadata.uid, content.metadata.uid, machine !== undefined);
  const move = async (layers: readonly LiveLayer[]): Promise<void> => {
    if (!machine || !vmi) throw new Error('The machine is not running any more');
    switched = true;
    if (needs) {
      const wanted = needs;
      const goesOn = machine.paused === undefined;
      const place = await openPlace(context, machine, content.metadata.uid);
      const saving = await whileStopped(machine, async (): Promise<Saving> => {
        await switchOver(machine, vmiSpec(vmi), layers);
        await firmware();
        return saveMemory(place, machine, wanted, goesOn);
      }).catch((error: unknown) => {
        closePlace(place);
        throw error;
      });
      memory = await saving.written;
      indications = ['Memory', 'Online'];
      return;
    }
    await whileFrozen(machine, context.log, async (quiesced) => {
      if (quiesced === 'failed') indications = [...indications, 'QuiesceFailed'];
      // Disks and firmware are of one moment: the guest stands still for the few milliseconds that takes.
      if (!hasNvram(context.paths, vm.metadata.uid)) return switchOver(machine, vmiSpec(vmi), layers);
      if (machine.paused) return switchOver(machine, vmiSpec(vmi), layers).then(firmware);
      await whileStopped(
        machine,
        async () => {
          await switchOver(machine, vmiSpec(vmi), layers);
          await firmware();
        },
        quiesced !== 'no-agent',
      );
    });
  };
  const work = async (): Promise<void> => {
    if (how === 'memory' && machine && vmi)
      try {
        needs = await needsOf(context, vmi, machine);
      } catch (error) {
        if (!(error instanceof NotAgain)) throw error;
        how = error.message;
      }
    await disks.take(namespace, takings, machine ? vmi : undefined, move);
    if (!machine) await firmware();
    // A machine that has no disk of its own to write to has a memory and a firmware all the same.
    else if (!switched && (needs || hasNvram(context.paths, vm.metadata.uid))) await move([]);
  };
  await (machine ? machine.changing(work) : work());
  const missing = how === 'memory' || how === 'disks' ? undefined : how;
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
    ...kept(memory ?? missing),
  };
}

const kept = (memory: Taken['memory'] | undefined): Pick<Taken, 'memory'> => (memory === undefined ? {} : { memory });

/** `memory`, `disks`, or why the memory that was asked for cannot be kept. */
async function method(context: EngineContext, { snapshot, vm, vmi, machine }: Source): Promise<string> {
  if (snapshot.metadata.annotations?.[memoryAnnotation] !== 'true') return 'disks';
  if (!machine || !vmi) return 'The machine is off: it has no memory to keep.';
  const lost = (vmSpec(vm).template.spec?.volumes ?? []).find(({ emptyDisk, ephemeral }) => emptyDisk ?? ephemeral);
  if (lost)
    return `The disk ${lost.name} is thrown away at each stop: memory that knows its content could not be used again.`;
  const { bavail, bsize } = await statfs(context.paths.root);
  const needed = guestMemory(vmiSpec(vmi));
  if (bavail * bsize < needed + 128 * 2 ** 20)
    throw new Error(`The disk of this computer is too full to keep the memory (${readable(needed)}). Free some space, or take the snapshot without memory.`); // prettier-ignore
  return 'memory';
}
