import { existsSync, mkdirSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import type { DiskSnapshots } from '../kube/block.ts';
import type { EngineContext } from '../kube/context.ts';
import type { Stored } from '../kube/object.ts';
import { virtualMachines, virtualMachineSnapshotContents, volumeSnapshots } from '../kube/resources.ts';
import type { SavedStates } from '../machine/qemu/saved.ts';
import type { MachinePlan } from '../machine/argv/plan.ts';
import { machineFiles } from '../machine/files.ts';
import { identityOf, ownerUid, vmiSpec } from '../machine/spec.ts';
import { backupsOf } from './content.ts';
import { changer } from './change.ts';
import { setClock } from './clock.ts';
import { savedState, stateFile } from './memory.ts';
import { forget, heldIn } from './pause.ts';
import { reshaped } from './shape.ts';
import { coldStartOf, stateKey } from './state-key.ts';
import { startFromAnnotation } from './words.ts';
import { monotonic } from '../kube/monotonic.ts';

/**
 * QEMU readies its network sockets when it has nothing else to do, and ends with a segmentation fault where a packet
 * waits for one of them before that (7.2, net/stream.c). It gets that leisure, so often, so long (ms), before the guest goes on.
 */
const leisure = { times: 5, ms: 20 };
/** A gigabyte of memory is read in about a second; a slow disk may take long. */
const loadPatience = 10 * 60_000;

/** Starts from saved memory, where a machine asks for it by its annotation (a restore sets that) and all still fits. */
export function savedStates(context: EngineContext, disks: DiskSnapshots): SavedStates {
  const machineOf = (vmi: Stored): Stored | undefined => {
    const vm = context.store.get(virtualMachines, vmi.metadata.namespace, vmi.metadata.name);
    return vm?.metadata.uid === ownerUid(vmi) ? vm : undefined;
  };
  /** It counts for one start, whatever comes of it: afterwards the disks are no longer those of that moment. */
  const spend = (vm: Stored): void => {
    changer(context, virtualMachines)(vm, (draft) => {
      if (draft.metadata.annotations) delete draft.metadata.annotations[startFromAnnotation];
    });
  };
  const coldly = (vmi: Stored, why: string): void =>
    context.event(vmi, 'Warning', 'MemoryNotRestored', `The machine starts from its disks, not from the memory of the snapshot: ${why}`); // prettier-ignore
  return {
    async find(vmi, plan) {
      const vm = machineOf(vmi);
      const name = vm?.metadata.annotations?.[startFromAnnotation];
      if (!vm || name === undefined) return undefined;
      const content = context.store.get(virtualMachineSnapshotContents, vm.metadata.namespace, name);
      const why = content ? await misfit(context, disks, vmi, content, plan) : 'the snapshot is not there any more.';
      spend(vm);
      const state = content && savedState(context.paths, content.metadata.uid);
      if (!content || !state || why !== undefined) {
        coldly(vmi, why ?? '');
        return undefined;
      }
      const { folder } = plan.files;
      mkdirSync(folder, { recursive: true, mode: 0o700 });
      // Loaded and not yet let go: an engine that takes over here must do that.
      heldIn(folder, { frozen: false, stopped: true });
      return {
        file: stateFile(context.paths, content.metadata.uid),
        argv: reshaped(coldStartOf(plan), state.shape),
        disks: state.shape.disks,
      };
    },
    async load(vmi, machine) {
      const end = monotonic() + loadPatience;
      for (;;) {
        const { status } = await machine.qmp.execute<{ status: string }>('query-status');
        if (status !== 'inmigrate') break;
        if (monotonic() > end) throw new Error('QEMU did not finish reading the memory');
        await delay(10);
      }
      for (let times = 0; times < leisure.times; times += 1) {
        await delay(leisure.ms);
        await machine.qmp.execute('query-status');
      }
      await machine.resume();
      notHeld(context, vmi);
      context.event(vmi, 'Normal', 'MemoryRestored', 'The machine goes on from the memory of the snapshot.');
      setClock(machine)
        .then((why) => {
          if (why !== undefined) context.event(vmi, 'Normal', 'ClockNotSet', `The clock of the guest is behind, by the age of the snapshot, until the guest sets it: ${why}`); // prettier-ignore
        })
        .catch((error: unknown) => context.log.warn({ err: error }, 'the clock of a restored guest was not set'));
    },
    failed(vmi, why) {
      notHeld(context, vmi);
      coldly(vmi, why);
    },
  };
}

const notHeld = (context: EngineContext, vmi: Stored): void =>
  forget(machineFiles(context.paths, vmi.metadata.uid, identityOf(vmi)).folder);

/** Why a saved state cannot be used by this start; undefined where it can. */
async function misfit(
  context: EngineContext,
  disks: DiskSnapshots,
  vmi: Stored,
  content: Stored,
  plan: MachinePlan,
): Promise<string | undefined> {
  const state = savedState(context.paths, content.metadata.uid);
  if (!state || !existsSync(stateFile(context.paths, content.metadata.uid))) return 'its memory is not there any more.';
  if (stateKey(context.config.qemuBinary, plan) !== state.key)
    return 'the machine, its settings or the QEMU of this computer are not the same as when the snapshot was taken.';
  const { namespace = '' } = vmi.metadata;
  for (const backup of backupsOf(content)) {
    const volume = vmiSpec(vmi).volumes?.find(({ name }) => name === backup.volumeName);
    const claim = volume?.dataVolume?.name ?? volume?.persistentVolumeClaim?.claimName;
    const snapshot = context.store.get(volumeSnapshots, namespace, backup.volumeSnapshotName);
    if (claim === undefined || !snapshot || !(await disks.isPristine(namespace, claim, snapshot)))
      return `the disk ${backup.volumeName} was written to since it was restored.`;
  }
  return undefined;
}
