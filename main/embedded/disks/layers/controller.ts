import { readdir } from 'node:fs/promises';
import { volumeSnapshotFinalizer } from '../../kube/block.ts';
import { persistentVolumeClaims, volumeSnapshots } from '../../kube/resources.ts';
import { keyOf } from '../../kube/object.ts';
import type { KubeObject, Stored } from '../../kube/object.ts';
import { quantityOf } from '../../kube/quantity.ts';
import { toRefusal } from '../refusal.ts';
import type { Storage } from '../storage.ts';
import { mergeLayers } from './merge.ts';
import { take } from './take.ts';

const again = 5000;

/**
 * Makes VolumeSnapshots true. Those of a VirtualMachineSnapshot are taken together with their machine (see `take`): here
 * they only get their status, and are removed. One that someone made for a claim alone is taken here.
 */
export class VolumeSnapshotController {
  private readonly storage: Storage;
  private readonly timers = new Set<NodeJS.Timeout>();
  constructor(storage: Storage) {
    this.storage = storage;
  }

  /** Looks at one again; failures stand in its status. */
  reconcile(seen: Stored): Promise<void> {
    return this.storage.turns.run(`snapshot ${seen.metadata.uid}`, async () => {
      const snapshot = this.storage.context.store.get(volumeSnapshots, seen.metadata.namespace, seen.metadata.name);
      if (snapshot?.metadata.uid !== seen.metadata.uid) return;
      if (snapshot.metadata.deletionTimestamp) return this.remove(snapshot);
      if (await this.storage.snapshots.get(snapshot.metadata.uid)) return this.tell(snapshot);
      const owned = snapshot.metadata.ownerReferences?.some(({ kind }) => kind === 'VirtualMachineSnapshotContent');
      if (!owned) await this.takeAlone(snapshot);
    });
  }

  /** Writes the status of one that was taken. */
  async tell(snapshot: Stored): Promise<void> {
    const record = await this.storage.snapshots.get(snapshot.metadata.uid);
    if (!record) return;
    this.change(snapshot, (draft) => {
      draft.metadata.finalizers = [...new Set([...(draft.metadata.finalizers ?? []), volumeSnapshotFinalizer])];
    });
    const status = {
      boundVolumeSnapshotContentName: `snapcontent-${record.uid}`,
      creationTime: record.takenAt,
      readyToUse: true,
      restoreSize: quantityOf(record.virtualSize),
    };
    this.change(snapshot, (draft) => void (draft.status = status), 'status');
  }

  /** Records of which no object tells any more. Their data is kept: only an object's deletion removes it. */
  async orphans(): Promise<string[]> {
    const known = new Set(this.storage.context.store.list(volumeSnapshots).map(({ metadata }) => metadata.uid));
    const names = await readdir(this.storage.layout.snapshots);
    return names
      .flatMap((name) => (name.endsWith('.json') ? [name.slice(0, -5)] : []))
      .filter((uid) => !known.has(uid));
  }

  stop(): void {
    for (const timer of this.timers) clearTimeout(timer);
  }

  private async remove(snapshot: Stored): Promise<void> {
    await this.storage.snapshots.remove(snapshot.metadata.uid);
    this.change(snapshot, (draft) => {
      draft.metadata.finalizers = (draft.metadata.finalizers ?? []).filter((name) => name !== volumeSnapshotFinalizer);
    });
    mergeLayers(this.storage).catch((error: unknown) =>
      this.storage.context.log.error({ err: error }, 'Layers could not be merged'),
    );
  }

  private async takeAlone(snapshot: Stored): Promise<void> {
    const { namespace = '', uid } = snapshot.metadata;
    const source = snapshot.spec?.['source'] as { persistentVolumeClaimName?: string } | undefined;
    const claim = source?.persistentVolumeClaimName ?? '';
    this.change(snapshot, (draft) => {
      draft.metadata.finalizers = [...new Set([...(draft.metadata.finalizers ?? []), volumeSnapshotFinalizer])];
    });
    try {
      const claimUid = this.storage.context.store.get(persistentVolumeClaims, namespace, claim)?.metadata.uid ?? '';
      const vmi = this.storage.usage.openIn(namespace, claim, claimUid);
      const { running } = this.storage;
      const work = (): Promise<void> =>
        take(this.storage, namespace, [{ claim, snapshot }], vmi, async (layers) => {
          if (!running || !vmi) throw new Error('the machine half is not there yet');
          await running.switchOver(vmi.metadata.uid, layers);
        });
      await (running && vmi ? running.during(vmi.metadata.uid, work) : work());
      await this.tell(snapshot);
      this.storage.context.event(snapshot, 'Normal', 'SnapshotReady', `Snapshot ${keyOf(snapshot)} is ready to use.`);
    } catch (error) {
      const { message } = toRefusal(error);
      this.storage.context.log.warn({ snapshot: keyOf(snapshot), err: error }, 'A volume snapshot could not be taken');
      const failed = { readyToUse: false, error: { message, time: new Date().toISOString() } };
      this.change(snapshot, (draft) => void (draft.status = { ...draft.status, ...failed }), 'status');
      const timer = setTimeout(() => {
        this.timers.delete(timer);
        this.reconcile(snapshot).catch((failure: unknown) =>
          this.storage.context.log.error({ err: failure, uid }, 'A volume snapshot could not be looked at'),
        );
      }, again);
      timer.unref();
      this.timers.add(timer);
    }
  }

  private change(snapshot: Stored, edit: (draft: KubeObject) => void, subresource?: 'status'): void {
    const { namespace, name, uid } = snapshot.metadata;
    const guarded = (draft: KubeObject): void => {
      if (draft.metadata.uid === uid) edit(draft);
    };
    this.storage.context.store.mutate(volumeSnapshots, namespace, name, guarded, subresource ? { subresource } : {});
  }
}
