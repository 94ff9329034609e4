import type { DiskSnapshots, LiveLayer } from '../../kube/block.ts';
import type { Stored } from '../../kube/object.ts';
import { persistentVolumeClaims } from '../../kube/resources.ts';
import type { ClaimRecord } from '../claims/claims.ts';
import type { Storage } from '../storage.ts';
import { isEmptyOverlay } from '../tools/qcow2-header.ts';
import { claimOf, volumesOf } from '../usage.ts';
import { realign } from './live-merge.ts';
import type { VolumeSnapshotController } from './controller.ts';
import { mergeLayers } from './merge.ts';
import { layerOf, take } from './take.ts';

/** The snapshot half of the seam. `ready`: the folders are there, and what a dead engine left is away. */
export function diskSnapshots(
  storage: Storage,
  controller: VolumeSnapshotController,
  ready: Promise<unknown>,
): DiskSnapshots {
  const recordOf = async (namespace: string | undefined, claim: string): Promise<ClaimRecord | undefined> => {
    const found = storage.context.store.get(persistentVolumeClaims, namespace, claim);
    return found && storage.claims.record(found.metadata.uid);
  };
  const liveOf = async (vmi: Stored): Promise<ClaimRecord[]> => {
    const names = new Set(volumesOf(vmi).flatMap((volume) => claimOf(volume) ?? []));
    const records = await Promise.all([...names].map((name) => recordOf(vmi.metadata.namespace, name)));
    return records.filter((record): record is ClaimRecord => record?.live?.vmi === vmi.metadata.uid);
  };
  return {
    async take(namespace, takings, vmi, switchOver) {
      await take(storage, namespace, takings, vmi, switchOver);
      for (const { snapshot } of takings) await controller.tell(snapshot);
    },
    async unfinished(vmi): Promise<LiveLayer[]> {
      return Promise.all((await liveOf(vmi)).map((record) => layerOf(storage, record)));
    },
    async finished(vmi) {
      for (const { uid } of await liveOf(vmi))
        await storage.turns.run(uid, async () => {
          const record = await storage.claims.record(uid);
          if (record?.live?.vmi === vmi.metadata.uid) await storage.claims.settle(record);
        });
    },
    async realign(vmi) {
      const names = new Set(volumesOf(vmi).flatMap((volume) => claimOf(volume) ?? []));
      for (const name of names) {
        const record = await recordOf(vmi.metadata.namespace, name);
        if (record) await storage.turns.run(record.uid, () => realign(storage, record.uid));
      }
    },
    tidy() {
      const merged = ready.then(() => mergeLayers(storage));
      merged.catch((error: unknown) => storage.context.log.error({ err: error }, 'Layers could not be merged'));
    },
    async isPristine(namespace, claim, snapshot) {
      const record = await recordOf(namespace, claim);
      const kept = await storage.snapshots.get(snapshot.metadata.uid);
      return (
        record !== undefined &&
        kept !== undefined &&
        record.base === kept.base &&
        record.virtualSize === kept.virtualSize &&
        (!(await storage.claims.ownsData(record.uid)) || (await isEmptyOverlay(storage.layout.volume(record.uid))))
      );
    },
    async size(snapshot) {
      const kept = await storage.snapshots.get(snapshot.metadata.uid);
      const base = kept && (await storage.bases.get(kept.base));
      // An image of the library is not the snapshot's.
      return base?.id.startsWith('frozen-') ? storage.bases.allocated(base) : 0;
    },
    use(running) {
      storage.running = running;
    },
  };
}
