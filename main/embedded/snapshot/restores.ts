import type { Admission } from '../admission/admission.ts';
import type { EngineContext } from '../kube/context.ts';
import { keyOf } from '../kube/object.ts';
import type { Stored } from '../kube/object.ts';
import {
  persistentVolumeClaims,
  virtualMachineInstances,
  virtualMachineRestores,
  virtualMachines,
  virtualMachineSnapshotContents,
  virtualMachineSnapshots,
} from '../kube/resources.ts';
import { WorkQueue } from '../machine/queue.ts';
import { kubeTime, ownedBy } from '../machine/spec.ts';
import { addFinalizer, changer, dropFinalizer } from './change.ts';
import { contentSpec } from './content.ts';
import { savedState } from './memory.ts';
import { putNvram } from './nvram.ts';
import { deleteObsolete } from './obsolete.ts';
import { restoreClaims } from './restore-claims.ts';
import { lastRestoreOf, planRestores, restoredMachine, restoreSpec } from './restored-machine.ts';
import type { VolumeRestore } from './restored-machine.ts';
import { stopTarget, targetPolicy } from './target.ts';
import { hasCondition, lastRestoreAnnotation, memoryAnnotation, restoreFinalizer, setReason, startFromAnnotation } from './words.ts'; // prettier-ignore

/** Makes VirtualMachineRestores true, in KubeVirt's order and words (pkg/storage/snapshot/restore.go). Each step holds after a crash. */
export class RestoreController {
  readonly #context: EngineContext;
  readonly #admission: Admission;
  readonly #queue: WorkQueue;
  readonly #change: ReturnType<typeof changer>;
  readonly #stops: (() => void)[] = [];

  constructor(context: EngineContext, admission: Admission) {
    this.#context = context;
    this.#admission = admission;
    this.#change = changer(context, virtualMachineRestores);
    this.#queue = new WorkQueue((key) => this.#reconcile(key), context.log);
  }

  start(): void {
    const { store } = this.#context;
    const lookAll = (namespace: string | undefined): void => {
      for (const restore of store.list(virtualMachineRestores, namespace))
        if (isOpen(restore)) this.#queue.add(keyOf(restore));
    };
    this.#stops.push(
      store.watch(virtualMachineRestores, ({ object }) => this.#queue.add(keyOf(object))),
      // What a restore waits for: its machine stops, its snapshot is ready, its claims are bound.
      ...[virtualMachineInstances, virtualMachineSnapshots, persistentVolumeClaims].map((type) =>
        store.watch(type, ({ object }) => lookAll(object.metadata.namespace)),
      ),
    );
    for (const restore of store.list(virtualMachineRestores)) this.#queue.add(keyOf(restore));
    this.#queue.start();
  }

  async stop(): Promise<void> {
    for (const stop of this.#stops) stop();
    await this.#queue.close();
  }

  async #reconcile(key: string): Promise<void> {
    const { store } = this.#context;
    const [namespace, name = ''] = key.split('/');
    const restore = store.get(virtualMachineRestores, namespace, name);
    if (!restore) return;
    const target = store.get(virtualMachines, namespace, restoreSpec(restore).target.name);
    if (restore.metadata.deletionTimestamp) return this.#delete(restore, target);
    if (!isOpen(restore)) return this.#unlock(restore, target);
    this.#own(restore, target);
    if (target && store.get(virtualMachineInstances, namespace, target.metadata.name))
      return this.#notReady(key, restore, target);
    try {
      this.#work(store.get(virtualMachineRestores, namespace, name) ?? restore, target);
    } catch (error) {
      const { message } = error as Error;
      this.#context.event(restore, 'Warning', 'VirtualMachineRestoreError', `VirtualMachineRestore encountered error ${message}`); // prettier-ignore
      this.#tell(restore, message, message, 'False');
      this.#queue.addAfter(key, 5000);
    }
  }

  #work(restore: Stored, target: Stored | undefined): void {
    const { store } = this.#context;
    const { namespace } = restore.metadata;
    const content = this.#content(restore);
    const sourceUid = this.#snapshot(restore).status?.['sourceUID'];
    const done = target !== undefined && isRestored(restore, target);
    if (target && !done && target.metadata.uid !== sourceUid)
      throw new Error('restore source and restore target are different but restore target already exists');
    if (target && !done) this.#lock(restore, target);
    const entries = this.#entries(restore, content);
    const owner = target && restoreSpec(restore).volumeOwnershipPolicy !== 'None' ? ownedBy(target) : undefined;
    if (!restoreClaims(this.#context, restore, content, entries, owner))
      return this.#tell(restore, 'Creating new PVCs', 'Waiting for new PVCs', 'True');
    if (!done) {
      const wanted = restoredMachine(restore, content, entries, target);
      if (target) store.update(virtualMachines, wanted);
      else this.#create(wanted);
    }
    const machine = store.get(virtualMachines, namespace, restoreSpec(restore).target.name);
    if (!machine) throw new Error('At this point target should exist');
    this.#own(restore, machine);
    this.#ownClaims(restore, entries, machine);
    const deleted = target ? deleteObsolete(this.#context, machine, content, entries) : [];
    putNvram(this.#context, content.metadata.uid, machine.metadata.uid, machine.metadata.uid !== sourceUid);
    this.#memory(restore, content, machine, isSameMachine(restore, content, machine));
    this.#unlock(restore, machine);
    this.#context.event(restore, 'Normal', 'VirtualMachineRestoreComplete', `Successfully completed VirtualMachineRestore ${restore.metadata.name}`); // prettier-ignore
    this.#change(
      restore,
      (draft) => {
        const status = (draft.status ??= {});
        status['complete'] = true;
        status['restoreTime'] = kubeTime();
        if (deleted.length > 0) status['deletedDataVolumes'] = deleted;
        setReason(draft, 'Progressing', 'False', 'Operation complete');
        setReason(draft, 'Ready', 'True', 'Operation complete');
      },
      'status',
    );
  }

  /** A new machine goes through the same checks as one that a user makes. */
  #create(wanted: Parameters<EngineContext['store']['create']>[1]): void {
    const { object } = this.#admission.admit({ operation: 'CREATE', type: virtualMachines, object: wanted, fieldValidation: 'Warn', dryRun: false }); // prettier-ignore
    this.#context.store.create(virtualMachines, object);
  }

  #snapshot(restore: Stored): Stored {
    const { namespace } = restore.metadata;
    const name = restoreSpec(restore).virtualMachineSnapshotName;
    const snapshot = this.#context.store.get(virtualMachineSnapshots, namespace, name);
    if (!snapshot) throw new Error(`VMSnapshot ${namespace}/${name} does not exist`);
    if (snapshot.status?.['phase'] === 'Failed') throw new Error(`VirtualMachineSnapshot ${namespace}/${name} failed and is invalid to use`); // prettier-ignore
    if (snapshot.status?.['readyToUse'] !== true)
      throw new Error(`VirtualMachineSnapshot ${namespace}/${name} not ready`);
    return snapshot;
  }

  #content(restore: Stored): Stored {
    const { namespace } = restore.metadata;
    const name = String(this.#snapshot(restore).status?.['virtualMachineSnapshotContentName']);
    const content = this.#context.store.get(virtualMachineSnapshotContents, namespace, name);
    if (!content) throw new Error(`VMSnapshotContent ${namespace}/${name} does not exist`);
    return content;
  }

  #entries(restore: Stored, content: Stored): VolumeRestore[] {
    const told = restore.status?.['restores'] as VolumeRestore[] | undefined;
    if (told?.length) return told;
    const entries = planRestores(restore, content);
    if (entries.length > 0)
      this.#change(restore, (draft) => void ((draft.status ??= {})['restores'] = entries), 'status');
    return entries;
  }

  #own(restore: Stored, target: Stored | undefined): void {
    this.#change(restore, (draft) => {
      addFinalizer(draft, restoreFinalizer);
      if (target && !draft.metadata.ownerReferences?.length) {
        const { controller: _c, ...owner } = ownedBy(target);
        draft.metadata.ownerReferences = [{ ...owner, controller: true }];
      }
    });
  }

  /** Claims of a machine that was not there when they were made. */
  #ownClaims(restore: Stored, entries: readonly VolumeRestore[], machine: Stored): void {
    if (restoreSpec(restore).volumeOwnershipPolicy === 'None') return;
    for (const { persistentVolumeClaim } of entries)
      this.#context.store.mutate(persistentVolumeClaims, restore.metadata.namespace, persistentVolumeClaim, (draft) => {
        if (!draft.metadata.ownerReferences?.length) draft.metadata.ownerReferences = [ownedBy(machine)];
      });
  }

  /** Whether the next start goes on from the snapshot's memory; an older wish of that kind is over in any case. */
  #memory(restore: Stored, content: Stored, machine: Stored, same: boolean): void {
    const asked = restore.metadata.annotations?.[memoryAnnotation] === 'true';
    const kept = savedState(this.#context.paths, content.metadata.uid) !== undefined;
    if (asked && !(same && kept))
      this.#context.event(restore, 'Warning', 'MemoryNotRestored', same ? 'The snapshot has no memory: the machine starts from its disks.' : 'Memory belongs to the machine it was taken of: another one starts from its disks.'); // prettier-ignore
    changer(this.#context, virtualMachines)(machine, (draft) => {
      const { [startFromAnnotation]: _old, ...rest } = draft.metadata.annotations ?? {};
      const wanted = asked && same && kept;
      if (wanted) draft.metadata.annotations = { ...rest, [startFromAnnotation]: content.metadata.name };
      else if (_old !== undefined) draft.metadata.annotations = rest;
    });
  }

  #lock(restore: Stored, target: Stored): void {
    const { restoreInProgress, snapshotInProgress } = (target.status ?? {}) as Record<string, string | undefined>;
    if (restoreInProgress && restoreInProgress !== restore.metadata.name)
      throw new Error(`vm restore ${restoreInProgress} in progress`);
    if (snapshotInProgress) throw new Error(`snapshot ${snapshotInProgress} of the target is in progress`);
    changer(this.#context, virtualMachines)(
      target,
      (draft) => void ((draft.status ??= {})['restoreInProgress'] = restore.metadata.name),
      'status',
    );
  }

  #unlock(restore: Stored, target: Stored | undefined): void {
    if (!target) return;
    changer(this.#context, virtualMachines)(
      target,
      (draft) => {
        if (draft.status?.['restoreInProgress'] === restore.metadata.name) delete draft.status['restoreInProgress'];
      },
      'status',
    );
  }

  #notReady(key: string, restore: Stored, target: Stored): void {
    const policy = targetPolicy(restore);
    this.#tell(restore, 'Waiting for target to be ready', 'Waiting for target to be ready', 'False');
    this.#context.event(restore, 'Normal', 'RestoreTargetNotReady', 'Restore target VMI still exists');
    if (policy.stop) stopTarget(this.#context, target);
    if (policy.failure !== undefined) {
      const { failure } = policy;
      this.#change(
        restore,
        (draft) => {
          setReason(draft, 'Progressing', 'False', 'Operation failed');
          setReason(draft, 'Failure', 'True', failure);
          setReason(draft, 'Ready', 'False', 'Operation failed');
        },
        'status',
      );
    } else if (policy.lookAgain !== undefined) this.#queue.addAfter(key, policy.lookAgain);
  }

  #delete(restore: Stored, target: Stored | undefined): void {
    this.#unlock(restore, target);
    // Claims for a machine that will never be: nobody else knows of them.
    if (!target && restore.status?.['complete'] !== true)
      for (const { persistentVolumeClaim: name } of (restore.status?.['restores'] ?? []) as VolumeRestore[]) {
        const claim = this.#context.store.get(persistentVolumeClaims, restore.metadata.namespace, name);
        if (claim?.metadata.annotations?.[lastRestoreAnnotation] === lastRestoreOf(restore))
          this.#context.store.delete(persistentVolumeClaims, restore.metadata.namespace, name);
      }
    this.#change(restore, (draft) => dropFinalizer(draft, restoreFinalizer));
  }

  #tell(restore: Stored, progressing: string, ready: string, running: 'True' | 'False'): void {
    this.#change(
      restore,
      (draft) => {
        (draft.status ??= {})['complete'] ??= false;
        setReason(draft, 'Progressing', running, progressing);
        setReason(draft, 'Ready', 'False', ready);
      },
      'status',
    );
  }
}

/** The machine of the snapshot, or that machine once more after it was deleted: nobody else has its name, and nothing of it was exchanged. */
const isSameMachine = (restore: Stored, content: Stored, machine: Stored): boolean => {
  const source = contentSpec(content).source.virtualMachine.metadata;
  if (source.uid === machine.metadata.uid) return true;
  return source.name === machine.metadata.name && (restoreSpec(restore).patches ?? []).length === 0;
};
const isOpen = (restore: Stored): boolean => restore.status?.['complete'] !== true && !hasCondition(restore, 'Failure');
/** Whether the machine is what this restore made of it already. */
const isRestored = (restore: Stored, target: Stored): boolean =>
  target.metadata.annotations?.[lastRestoreAnnotation] === lastRestoreOf(restore);
