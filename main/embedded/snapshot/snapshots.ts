import type { DiskSnapshots } from '../kube/block.ts';
import type { EngineContext } from '../kube/context.ts';
import { keyOf } from '../kube/object.ts';
import type { KubeObject, Stored } from '../kube/object.ts';
import {
  virtualMachineInstances,
  virtualMachines,
  virtualMachineSnapshotContents,
  virtualMachineSnapshots,
  volumeSnapshots,
} from '../kube/resources.ts';
import { durationMs } from '../kube/quantity.ts';
import { unwritableText } from '../store/unwritable.ts';
import type { Fleet } from '../machine/fleet.ts';
import { WorkQueue } from '../machine/queue.ts';
import { isFinal, kubeTime } from '../machine/spec.ts';
import { addFinalizer, changer, dropFinalizer } from './change.ts';
import { backupsOf, contentNameOf, contentObject, keepableClaims, volumeSnapshotObject } from './content.ts';
import { removeState } from './memory.ts';
import { removeNvram } from './nvram.ts';
import { describeSnapshot, sourceIndications } from './snapshot-status.ts';
import { takeAll } from './take.ts';
import { contentFinalizer, defaultDeadline, snapshotFinalizer } from './words.ts';
import { Deadlines } from '../kube/deadlines.ts';
import { monotonic } from '../kube/monotonic.ts';

/** As KubeVirt waits before it tries again. */
const retryAfter = 5000;
const contents = virtualMachineSnapshotContents;

/** Makes VirtualMachineSnapshots true, with KubeVirt's states (pkg/storage/snapshot/snapshot.go). */
export class SnapshotController {
  readonly #context: EngineContext;
  readonly #disks: DiskSnapshots;
  readonly #fleet: Fleet;
  readonly #queue: WorkQueue;
  readonly #change: ReturnType<typeof changer>;
  readonly #stops: (() => void)[] = [];
  /** When a snapshot that failed is tried again: its own status must not wake it before. */
  readonly #notBefore = new Map<string, number>();
  readonly #deadlines = new Deadlines();

  constructor(context: EngineContext, disks: DiskSnapshots, fleet: Fleet) {
    this.#context = context;
    this.#disks = disks;
    this.#fleet = fleet;
    this.#change = changer(context, virtualMachineSnapshots);
    this.#queue = new WorkQueue((key) => this.#reconcile(key), context.log);
  }

  start(): void {
    const { store } = this.#context;
    const look = (object: Stored): void => this.#queue.add(keyOf(object));
    this.#stops.push(
      store.watch(virtualMachineSnapshots, ({ object }) => look(object)),
      store.watch(contents, ({ type, object }) => {
        if (type === 'DELETED') {
          removeState(this.#context.paths, object.metadata.uid);
          removeNvram(this.#context.paths, object.metadata.uid);
        }
        const name = object.spec?.['virtualMachineSnapshotName'];
        if (typeof name === 'string') this.#queue.add(`${object.metadata.namespace}/${name}`);
      }),
      // Whoever waits for a machine (that it comes to be, that another snapshot of it is over) looks again.
      store.watch(virtualMachines, ({ object }) => {
        for (const snapshot of store.list(virtualMachineSnapshots, object.metadata.namespace))
          if (sourceOf(snapshot) === object.metadata.name && isOpen(snapshot)) look(snapshot);
      }),
    );
    for (const snapshot of store.list(virtualMachineSnapshots)) look(snapshot);
    this.#queue.start();
  }

  async stop(): Promise<void> {
    for (const stop of this.#stops) stop();
    await this.#queue.close();
  }

  async #reconcile(key: string): Promise<void> {
    const { store } = this.#context;
    const [namespace, name = ''] = key.split('/');
    const snapshot = store.get(virtualMachineSnapshots, namespace, name);
    if (!snapshot) return this.#contentWithout(namespace, name);
    const content = store.get(contents, namespace, contentNameOf(snapshot));
    if (snapshot.metadata.deletionTimestamp) return this.#delete(snapshot, content);
    this.#change(snapshot, (draft) => addFinalizer(draft, snapshotFinalizer));
    if (!isOpen(snapshot)) {
      this.#unlock(snapshot);
      this.#follow(snapshot, content);
      return;
    }
    const left = this.#deadlines.left(snapshot.metadata.uid, deadlineOf(snapshot));
    if (left <= 0) {
      if (content) this.#deleteContent(content);
      describeSnapshot(this.#context, snapshot, { state: 'failed' });
      this.#unlock(snapshot);
      return;
    }
    this.#queue.addAfter(key, Math.min(left + 50, 2 ** 31 - 1));
    const vm = store.get(virtualMachines, namespace, sourceOf(snapshot));
    if (!vm || vm.metadata.deletionTimestamp) {
      describeSnapshot(this.#context, snapshot, { state: 'waiting', why: 'Source does not exist' });
      return;
    }
    const locked = this.#lock(snapshot, vm);
    if (locked !== undefined) {
      describeSnapshot(this.#context, snapshot, { state: 'waiting', why: locked, vm });
      return;
    }
    const wait = (this.#notBefore.get(snapshot.metadata.uid) ?? 0) - monotonic();
    if (wait > 0) this.#queue.addAfter(key, wait + 10);
    else await this.#take(key, snapshot, vm, content);
  }

  async #take(key: string, snapshot: Stored, vm: Stored, known: Stored | undefined): Promise<void> {
    const vmi = this.#instance(vm);
    const machine = vmi && this.#fleet.get(vmi.metadata.uid);
    const indications = sourceIndications(machine);
    describeSnapshot(this.#context, snapshot, { state: 'running', vm, indications });
    const content = known ?? this.#makeContent(snapshot, vm);
    try {
      if (vmi && !machine && !isFinal(vmi)) throw new Error('The machine is just starting or stopping');
      const taken = await takeAll(this.#context, this.#disks, { snapshot, content, vm, vmi, machine });
      this.#contentStatus(content, (status) => {
        delete status['error'];
        status['creationTime'] = taken.at;
        status['readyToUse'] = true;
        status['volumeSnapshotStatus'] = backupsOf(content).map(({ volumeSnapshotName }) => ({
          volumeSnapshotName,
          creationTime: taken.at,
          readyToUse: true,
        }));
      });
      describeSnapshot(this.#context, snapshot, { state: 'done', vm, taken });
      this.#notBefore.delete(snapshot.metadata.uid);
      this.#unlock(snapshot);
      this.#context.event(snapshot, 'Normal', 'SuccessfulVirtualMachineSnapshot', `Took the snapshot ${snapshot.metadata.name} of ${vm.metadata.name}`); // prettier-ignore
    } catch (error) {
      const message = unwritableText(error) ?? (error as Error).message;
      this.#context.log.warn({ err: error, snapshot: key }, 'a snapshot could not be taken yet');
      const failure = { message, time: kubeTime() };
      this.#contentStatus(content, (status) => {
        status['readyToUse'] = false;
        status['error'] = failure;
      });
      describeSnapshot(this.#context, snapshot, { state: 'error', vm, error: failure });
      this.#notBefore.set(snapshot.metadata.uid, monotonic() + retryAfter);
      this.#queue.addAfter(key, retryAfter + 10);
    }
  }

  /** Objects first, their data after: a VolumeSnapshot is ready only when its record is there. */
  #makeContent(snapshot: Stored, vm: Stored): Stored {
    const { store } = this.#context;
    const content = store.create(contents, contentObject(snapshot, vm, keepableClaims(store, vm)));
    this.#context.event(snapshot, 'Normal', 'SuccessfulVirtualMachineSnapshotContentCreate', `Successfully created VirtualMachineSnapshotContent ${content.metadata.name}`); // prettier-ignore
    for (const backup of backupsOf(content)) this.#makeVolumeSnapshot(content, backup);
    return content;
  }

  #makeVolumeSnapshot(content: Stored, backup: ReturnType<typeof backupsOf>[number]): void {
    const { store } = this.#context;
    if (store.get(volumeSnapshots, content.metadata.namespace, backup.volumeSnapshotName)) return;
    store.create(volumeSnapshots, volumeSnapshotObject(content, backup));
    this.#context.event(content, 'Normal', 'SuccessfulVolumeSnapshotCreate', `Successfully created VolumeSnapshot ${backup.volumeSnapshotName}`); // prettier-ignore
  }

  /** Undefined when the machine is this snapshot's; else why it is not, in KubeVirt's words. */
  #lock(snapshot: Stored, vm: Stored): string | undefined {
    const { name } = snapshot.metadata;
    const { snapshotInProgress, restoreInProgress } = (vm.status ?? {}) as Record<string, string | undefined>;
    if (restoreInProgress) return `Source not locked: restore ${restoreInProgress} in progress`;
    if (snapshotInProgress === name) return undefined;
    if (snapshotInProgress && this.#isBusy(vm, snapshotInProgress))
      return `Source not locked: snapshot ${snapshotInProgress} in progress`;
    this.#setVm(vm, (status) => void (status['snapshotInProgress'] = name));
    return undefined;
  }

  #isBusy(vm: Stored, name: string): boolean {
    const other = this.#context.store.get(virtualMachineSnapshots, vm.metadata.namespace, name);
    return other !== undefined && isOpen(other);
  }

  #unlock(snapshot: Stored): void {
    const vm = this.#context.store.get(virtualMachines, snapshot.metadata.namespace, sourceOf(snapshot));
    if (vm?.status?.['snapshotInProgress'] !== snapshot.metadata.name) return;
    this.#setVm(vm, (status) => delete status['snapshotInProgress']);
  }

  /** A snapshot is only as good as its content. */
  #follow(snapshot: Stored, content: Stored | undefined): void {
    if (snapshot.status?.['phase'] !== 'Succeeded') return;
    const ready = content?.status?.['readyToUse'] === true && this.#missing(content).length === 0;
    if (content && !ready && content.status?.['readyToUse'] === true) {
      const message = `VolumeSnapshots (${this.#missing(content).join(',')}) missing`;
      this.#contentStatus(content, (status) => {
        status['readyToUse'] = false;
        status['error'] = { message, time: kubeTime() };
      });
    }
    if (snapshot.status['readyToUse'] !== ready)
      describeSnapshot(this.#context, snapshot, { state: 'ready', ready, error: content?.status?.['error'] as object });
  }

  #missing(content: Stored): string[] {
    return backupsOf(content)
      .map(({ volumeSnapshotName }) => volumeSnapshotName)
      .filter((name) => !this.#context.store.get(volumeSnapshots, content.metadata.namespace, name));
  }

  #delete(snapshot: Stored, content: Stored | undefined): void {
    const policy = snapshot.spec?.['deletionPolicy'] ?? 'Delete';
    const keeps = policy === 'Retain' && content?.status?.['readyToUse'] === true;
    if (content && !keeps) this.#deleteContent(content);
    this.#notBefore.delete(snapshot.metadata.uid);
    this.#unlock(snapshot);
    this.#change(snapshot, (draft) => dropFinalizer(draft, snapshotFinalizer));
  }

  /** What remained of a snapshot that is gone already. */
  #contentWithout(namespace: string | undefined, name: string): void {
    for (const content of this.#context.store.list(contents, namespace))
      if (content.metadata.deletionTimestamp && content.spec?.['virtualMachineSnapshotName'] === name)
        this.#deleteContent(content);
  }

  /** Its VolumeSnapshots belong to it and go with it; they free their layers. */
  #deleteContent(content: Stored): void {
    const { store } = this.#context;
    const { namespace, name } = content.metadata;
    if (!content.metadata.deletionTimestamp) store.delete(contents, namespace, name);
    changer(this.#context, contents)(content, (draft) => dropFinalizer(draft, contentFinalizer));
  }

  #contentStatus(content: Stored, edit: (status: Record<string, unknown>) => void): void {
    changer(this.#context, contents)(content, (draft) => edit((draft.status ??= {})), 'status');
  }

  #setVm(vm: Stored, edit: (status: Record<string, unknown>) => void): void {
    changer(this.#context, virtualMachines)(vm, (draft) => edit((draft.status ??= {})), 'status');
  }

  #instance(vm: Stored): Stored | undefined {
    return this.#context.store.get(virtualMachineInstances, vm.metadata.namespace, vm.metadata.name);
  }
}

const sourceOf = (snapshot: Stored): string => (snapshot.spec?.['source'] as { name?: string } | undefined)?.name ?? '';
/** Neither succeeded nor failed. */
const isOpen = (snapshot: Pick<KubeObject, 'status'>): boolean =>
  !['Succeeded', 'Failed'].includes(String(snapshot.status?.['phase']));
const deadlineOf = (snapshot: Stored): number => {
  const asked = snapshot.spec?.['failureDeadline'];
  const ms = typeof asked === 'string' ? durationMs(asked) : undefined;
  // 0 is never, as in KubeVirt.
  if (ms === 0) return Infinity;
  return Date.parse(snapshot.metadata.creationTimestamp ?? '') + (ms ?? defaultDeadline);
};
