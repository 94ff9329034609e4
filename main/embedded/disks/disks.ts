import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { DiskCopies, Disks, DiskSnapshots } from '../kube/block.ts';
import type { EngineContext } from '../kube/context.ts';
import type { Stored } from '../kube/object.ts';
import { dataVolumes, persistentVolumeClaims, virtualMachineInstances, volumeSnapshots } from '../kube/resources.ts';
import type { UploadSink } from '../kube/subresource.ts';
import { ClaimController } from './claims/controller.ts';
import { restoreClaims } from './claims/restore.ts';
import { DataVolumeController } from './datavolume/controller.ts';
import { exists } from './files.ts';
import { diskCopies } from './layers/copy-out.ts';
import { VolumeSnapshotController } from './layers/controller.ts';
import { diskSnapshots } from './layers/door.ts';
import { snapshotSourceOf } from './layers/from-snapshot.ts';
import { mergeLayers } from './layers/merge.ts';
import { makeFolders } from './layout.ts';
import { makeStorage, sweepBases } from './storage.ts';
import type { Storage } from './storage.ts';
import { Uploads } from './upload/uploads.ts';
import { claimOf, volumesOf } from './usage.ts';
import { openVolume, removeVolumes } from './volume/volumes.ts';

/** What startDisks hands out. */
export type RunningDisks = Disks & {
  uploads: UploadSink;
  snapshots: DiskSnapshots;
  copies: DiskCopies;
  /** Half-done imports were found and go on; leftovers are gone. */
  ready: Promise<void>;
  /** Stops imports where they are (they resume) and waits for their processes to end. */
  stop(): Promise<void>;
};

/** Storage of the engine: makes claims and DataVolumes true, and opens volumes for machines. */
export function startDisks(context: EngineContext): RunningDisks {
  const storage = makeStorage(context);
  // At once: what looks at the objects next must find all of them.
  restoreClaims(storage);
  const uploads = new Uploads(context);
  const claims = new ClaimController(storage);
  const volumes = new DataVolumeController(storage, uploads);
  const layers = new VolumeSnapshotController(storage);
  const stops: (() => void)[] = [];
  const later = (work: Promise<void>): void => {
    work.catch((error: unknown) => context.log.error({ error }, 'Work on a disk failed'));
  };
  const look = (vmi: Stored): void => {
    for (const volume of volumesOf(vmi)) {
      const claim = claimOf(volume);
      if (claim !== undefined) later(claims.reconcile(vmi.metadata.namespace ?? '', claim));
    }
    storage.changes.notify();
  };

  const start = async (): Promise<void> => {
    await makeFolders(storage.layout);
    await sweepLeftovers(storage);
    stops.push(
      context.store.watch(persistentVolumeClaims, ({ type, object }) => {
        later(
          type === 'DELETED'
            ? claims.removed(object)
            : claims.reconcile(object.metadata.namespace ?? '', object.metadata.name),
        );
        storage.changes.notify();
      }),
      context.store.watch(dataVolumes, ({ type, object }) => {
        if (type === 'DELETED') volumes.removed(object);
        else volumes.reconcile(object);
        // Its claim notes what it says last.
        if (type !== 'DELETED' && object.status?.['phase'] === 'Succeeded')
          later(claims.reconcile(object.metadata.namespace ?? '', object.metadata.name));
        storage.changes.notify();
      }),
      context.store.watch(volumeSnapshots, ({ type, object }) => {
        if (type !== 'DELETED') later(layers.reconcile(object));
        // Claims that are to be made from it wait for it.
        for (const claim of context.store.list(persistentVolumeClaims, object.metadata.namespace))
          if (snapshotSourceOf(claim) === object.metadata.name && claim.status?.['phase'] !== 'Bound')
            later(claims.reconcile(claim.metadata.namespace ?? '', claim.metadata.name));
        storage.changes.notify();
      }),
      context.store.watch(virtualMachineInstances, ({ type, object, old }) => {
        if (type === 'DELETED') storage.usage.closes(object.metadata.uid);
        if (type === 'DELETED' || old?.status?.['phase'] !== object.status?.['phase']) look(object);
      }),
    );
    for (const claim of context.store.list(persistentVolumeClaims))
      await claims.reconcile(claim.metadata.namespace ?? '', claim.metadata.name);
    for (const volume of context.store.list(dataVolumes)) volumes.reconcile(volume);
    for (const snapshot of context.store.list(volumeSnapshots)) await layers.reconcile(snapshot);
    for (const uid of await layers.orphans())
      context.log.warn({ uid, folder: storage.layout.snapshots }, 'Kept the data of a snapshot that is not there');
  };
  const ready = start();
  later(ready);

  return {
    uploads,
    snapshots: diskSnapshots(storage, layers, ready),
    copies: diskCopies(storage),
    ready,
    async open(vmi, volumeName) {
      await ready;
      return openVolume(storage, vmi, volumeName);
    },
    async release(vmi, claimName) {
      const { namespace } = vmi.metadata;
      const claim = context.store.get(persistentVolumeClaims, namespace, claimName);
      if (claim) {
        // In its turn: nobody may be in the middle of opening or growing it.
        await storage.turns.run(claim.metadata.uid, () => {
          storage.usage.lets(vmi.metadata.uid, claim.metadata.uid);
          return Promise.resolve();
        });
        later(claims.reconcile(namespace ?? '', claimName));
      }
      storage.changes.notify();
    },
    growWith(grow) {
      storage.growOpen = grow;
    },
    runs: look,
    async close(vmiUid) {
      storage.usage.closes(vmiUid);
      await removeVolumes(storage, vmiUid);
      const vmi = context.store.list(virtualMachineInstances).find(({ metadata }) => metadata.uid === vmiUid);
      if (vmi) look(vmi);
      storage.changes.notify();
      later(mergeLayers(storage));
    },
    async sizes(namespace, claim) {
      const found = context.store.get(persistentVolumeClaims, namespace, claim);
      const record = found && (await storage.claims.record(found.metadata.uid));
      return record && storage.claims.sizes(record);
    },
    async stop() {
      for (const stop of stops) stop();
      layers.stop();
      await volumes.stop();
      await storage.turns.idle();
    },
  };
}

/** What a dead engine left: temporary files, data of claims that were going, work of DataVolumes that are gone. */
async function sweepLeftovers(storage: Storage): Promise<void> {
  const { store, log } = storage.context;
  const { volumes, bases, scratch } = storage.layout;
  for (const folder of [volumes, bases])
    for (const name of await readdir(folder)) if (name.endsWith('.tmp')) await rm(join(folder, name), { force: true });
  const claims = new Set(store.list(persistentVolumeClaims).map(({ metadata }) => metadata.uid));
  const found = new Set((await readdir(volumes)).map((name) => name.replace(/\.\w+$/, '')));
  for (const uid of found) {
    if (claims.has(uid)) continue;
    // Data whose claim is not there for another reason (an object file that could not be read, say) is never thrown away.
    if (await exists(storage.layout.condemned(uid))) await storage.claims.remove(uid);
    else log.warn({ uid, folder: volumes }, 'Kept the data of a claim that is not there');
  }
  const over = ['Succeeded', 'Failed'];
  const unfinished = store.list(dataVolumes).filter(({ status }) => !over.includes(String(status?.['phase'])));
  const wanted = new Set(unfinished.map(({ metadata }) => metadata.uid));
  for (const name of await readdir(scratch))
    if (!wanted.has(name)) await rm(join(scratch, name), { recursive: true, force: true });
  await sweepBases(storage);
}
