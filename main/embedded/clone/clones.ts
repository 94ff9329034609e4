import type { EngineContext } from '../kube/context.ts';
import { keyOf } from '../kube/object.ts';
import type { KubeObject, OwnerReference, Stored } from '../kube/object.ts';
import {
  apiVersionOf,
  persistentVolumeClaims,
  virtualMachineClones,
  virtualMachineRestores,
  virtualMachines,
  virtualMachineSnapshotContents,
  virtualMachineSnapshots,
} from '../kube/resources.ts';
import { WorkQueue } from '../machine/queue.ts';
import { kubeTime } from '../machine/spec.ts';
import { changer } from '../snapshot/change.ts';
import { contentSpec } from '../snapshot/content.ts';
import { hasCondition, restoreFinalizer, setReason, snapshotFinalizer } from '../snapshot/words.ts';
import { clonePatches } from './patches.ts';
import { cloneSpec, cloneStatus, copyAnnotation, copyFailedAnnotation, isOver, progressAnnotation } from './words.ts';
import type { ClonePhase, CloneStatus } from './words.ts';

/** A reason why a clone can never be made; told in its status, not tried again. */
class CloneFailed extends Error {}

/**
 * Makes VirtualMachineClones true as KubeVirt does: a snapshot of the source, a restore of it as a new machine, and both
 * are taken away again. What a clone shares with its source is the layer that the snapshot froze. Each step stands in the
 * status before the next, so a killed engine goes on.
 */
export class CloneController {
  readonly #context: EngineContext;
  readonly #queue: WorkQueue;
  readonly #change: ReturnType<typeof changer>;
  readonly #stops: (() => void)[] = [];

  constructor(context: EngineContext) {
    this.#context = context;
    this.#change = changer(context, virtualMachineClones);
    this.#queue = new WorkQueue((key) => this.#reconcile(key), context.log);
  }

  start(): void {
    const { store } = this.#context;
    const lookAll = (namespace: string | undefined): void => {
      for (const clone of store.list(virtualMachineClones, namespace))
        if (!isOver(clone)) this.#queue.add(keyOf(clone));
    };
    this.#stops.push(
      store.watch(virtualMachineClones, ({ type, object }) => {
        if (type !== 'DELETED') this.#queue.add(keyOf(object));
      }),
      ...[virtualMachineSnapshots, virtualMachineRestores].map((type) =>
        store.watch(type, ({ object }) => lookAll(object.metadata.namespace)),
      ),
    );
    this.#stops.push(
      store.watch(persistentVolumeClaims, ({ object }) => {
        if (object.metadata.annotations?.[copyAnnotation]) lookAll(object.metadata.namespace);
      }),
    );
    // Those that are over, too: a killed engine may have left what they were made of.
    for (const clone of store.list(virtualMachineClones)) this.#queue.add(keyOf(clone));
    this.#queue.start();
  }

  async stop(): Promise<void> {
    for (const stop of this.#stops) stop();
    await this.#queue.close();
  }

  #reconcile(key: string): Promise<void> {
    const [namespace, name = ''] = key.split('/');
    const clone = this.#context.store.get(virtualMachineClones, namespace, name);
    if (!clone || clone.metadata.deletionTimestamp) return Promise.resolve();
    // Its end is told first: an engine killed in between must not begin to make it once more.
    if (isOver(clone)) this.#cleanUp(clone);
    else
      try {
        this.#step(clone);
      } catch (error) {
        if (!(error instanceof CloneFailed)) throw error;
        this.#context.event(clone, 'Warning', 'CloneFailed', error.message);
        this.#tell(clone, { phase: 'Failed' }, error.message);
      }
    return Promise.resolve();
  }

  #step(clone: Stored): void {
    const snapshot = this.#snapshot(clone);
    if (!snapshot) return;
    const restore = this.#restore(clone, snapshot);
    if (restore.status?.['complete'] !== true) return this.#copying(clone, restore);
    const { name } = this.#target(clone);
    const { store } = this.#context;
    if (!store.get(virtualMachines, clone.metadata.namespace, name))
      throw new CloneFailed(`target VM ${name} is not there any more`);
    this.#tell(clone, { phase: 'Succeeded', targetName: name, creationTime: kubeTime() });
    this.#say(clone, 'TargetVMCreated', `created target VM ${name} for clone ${clone.metadata.name}`);
  }

  /** How far its disks are copied; throws CloneFailed where one cannot be. */
  #copying(clone: Stored, restore: Stored): void {
    const entries = (restore.status?.['restores'] ?? []) as { persistentVolumeClaim: string }[];
    const shares = entries.map(({ persistentVolumeClaim: name }) => {
      const claim = this.#context.store.get(persistentVolumeClaims, clone.metadata.namespace, name);
      const { [copyFailedAnnotation]: why, [progressAnnotation]: done } = claim?.metadata.annotations ?? {};
      if (why !== undefined) throw new CloneFailed(`the disk ${name} could not be copied: ${why}`);
      return claim?.status?.['phase'] === 'Bound' ? 1 : Number(done ?? 0);
    });
    if (clone.metadata.annotations?.[copyAnnotation] !== 'full' || shares.length === 0) return;
    const done = (shares.reduce((sum, share) => sum + share, 0) / shares.length).toFixed(3);
    if (clone.metadata.annotations[progressAnnotation] === done) return;
    this.#change(clone, (draft: KubeObject) => {
      draft.metadata.annotations = { ...draft.metadata.annotations, [progressAnnotation]: done };
    });
  }

  /** The snapshot it is made of, once that is ready. */
  #snapshot(clone: Stored): Stored | undefined {
    const { store } = this.#context;
    const { namespace, name, uid } = clone.metadata;
    const { source } = cloneSpec(clone);
    const given = source.kind === 'VirtualMachineSnapshot';
    const snapshotName = given ? source.name : `tmp-snapshot-${uid}`;
    const known = store.get(virtualMachineSnapshots, namespace, snapshotName);
    if (!known && cloneStatus(clone).phase === 'RestoreInProgress')
      throw new CloneFailed(`snapshot ${snapshotName} does not exist anymore`);
    if (!known && given) {
      this.#tell(clone, { phase: 'SnapshotInProgress' }, `Source ${source.name} does not exist`);
      return undefined;
    }
    if (!known) {
      const vm = store.get(virtualMachines, namespace, source.name);
      if (!vm) throw new CloneFailed(`VirtualMachine ${source.name} does not exist in namespace ${namespace}`);
      store.create(virtualMachineSnapshots, {
        apiVersion: apiVersionOf(virtualMachineSnapshots),
        kind: virtualMachineSnapshots.kind,
        metadata: {
          name: snapshotName,
          namespace: namespace ?? '',
          ownerReferences: [ownedByClone(clone)],
          finalizers: [snapshotFinalizer],
        },
        spec: {
          source: { apiGroup: 'kubevirt.io', kind: 'VirtualMachine', name: source.name },
          failureDeadline: '5m0s',
        },
      });
      this.#say(clone, 'SnapshotCreated', `created snapshot ${snapshotName} for clone ${name}`);
      this.#tell(clone, { phase: 'SnapshotInProgress', snapshotName });
      return undefined;
    }
    if (known.status?.['phase'] === 'Failed') throw new CloneFailed(`snapshot ${snapshotName} failed`);
    if (known.status?.['readyToUse'] !== true) {
      this.#tell(clone, { phase: 'SnapshotInProgress', snapshotName });
      return undefined;
    }
    const indications = known.status['indications'] as string[] | undefined;
    if (!given && indications?.includes('PartialSnapshot'))
      throw new CloneFailed('VMVolumeSnapshotsInvalid: not every disk of the source could be kept; wait until all of them are ready'); // prettier-ignore
    return known;
  }

  #restore(clone: Stored, snapshot: Stored): Stored {
    const { store } = this.#context;
    const { namespace, name, uid } = clone.metadata;
    const restoreName = `tmp-restore-${uid}`;
    const known = store.get(virtualMachineRestores, namespace, restoreName);
    if (known && hasCondition(known, 'Failure')) throw new CloneFailed(`restore ${restoreName} failed`);
    if (known) return known;
    const target = this.#target(clone);
    if (store.get(virtualMachines, namespace, target.name))
      throw new CloneFailed(`target VM ${target.name} already exists`);
    const contentName = String(snapshot.status?.['virtualMachineSnapshotContentName']);
    const content = store.get(virtualMachineSnapshotContents, namespace, contentName);
    if (!content) throw new CloneFailed(`VirtualMachineSnapshotContent ${contentName} does not exist`);
    const spec = cloneSpec(clone);
    const { source, volumeBackups = [] } = contentSpec(content);
    const made = store.create(virtualMachineRestores, {
      apiVersion: apiVersionOf(virtualMachineRestores),
      kind: virtualMachineRestores.kind,
      metadata: {
        name: restoreName,
        namespace: namespace ?? '',
        ownerReferences: [ownedByClone(clone)],
        finalizers: [restoreFinalizer],
      },
      spec: {
        target: { apiGroup: 'kubevirt.io', kind: 'VirtualMachine', name: target.name },
        virtualMachineSnapshotName: snapshot.metadata.name,
        targetReadinessPolicy: 'WaitGracePeriod',
        patches: clonePatches(source.virtualMachine, spec),
        ...(spec.volumeNamePolicy ? { volumeRestorePolicy: spec.volumeNamePolicy } : {}),
        ...(clone.metadata.annotations?.[copyAnnotation] === 'full' && volumeBackups.length > 0
          ? {
              volumeRestoreOverrides: volumeBackups.map(({ volumeName }) => ({
                volumeName,
                annotations: { [copyAnnotation]: 'full' },
              })),
            }
          : {}),
      },
    });
    this.#say(clone, 'RestoreCreated', `created restore ${restoreName} for clone ${name}`);
    this.#tell(clone, { phase: 'RestoreInProgress', snapshotName: snapshot.metadata.name, restoreName });
    return made;
  }

  #target(clone: Stored): { name: string } {
    return cloneSpec(clone).target ?? { name: `clone-${clone.metadata.uid}` };
  }

  /** What was made on the way; a snapshot that the user named stays. */
  #cleanUp(clone: Stored): void {
    const { store } = this.#context;
    const { namespace, uid } = clone.metadata;
    for (const [type, name] of [
      [virtualMachineRestores, `tmp-restore-${uid}`],
      [virtualMachineSnapshots, `tmp-snapshot-${uid}`],
    ] as const)
      if (store.get(type, namespace, name)) store.delete(type, namespace, name);
  }

  #say(clone: Stored, reason: string, message: string): void {
    this.#context.event(clone, 'Normal', reason, message);
  }

  #tell(clone: Stored, status: CloneStatus & { phase: ClonePhase }, why?: string): void {
    const over = status.phase === 'Succeeded' || status.phase === 'Failed';
    this.#change(
      clone,
      (draft: KubeObject) => {
        const held = (draft.status ??= {});
        Object.assign(held, status);
        if (over) {
          delete held['snapshotName'];
          delete held['restoreName'];
        }
        const done = status.phase === 'Succeeded';
        const reason = done ? 'Ready' : over ? 'Failed' : 'Still processing';
        setReason(draft, 'Progressing', over ? 'False' : 'True', reason);
        setReason(draft, 'Ready', done ? 'True' : 'False', reason);
        if (why !== undefined) setReason(draft, 'Failure', over ? 'True' : 'False', why);
      },
      'status',
    );
  }
}

const ownedByClone = ({ metadata }: Stored): OwnerReference => ({
  apiVersion: apiVersionOf(virtualMachineClones),
  kind: virtualMachineClones.kind,
  name: metadata.name,
  uid: metadata.uid,
  controller: true,
  blockOwnerDeletion: true,
});
