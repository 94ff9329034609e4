import { truncate } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { DiskCopies, DiskSource } from '../../kube/block.ts';
import { persistentVolumeClaims } from '../../kube/resources.ts';
import { requireSpace } from '../files.ts';
import { Refusal } from '../refusal.ts';
import { holds } from '../storage.ts';
import type { Storage } from '../storage.ts';
import { chainSize } from './from-snapshot.ts';
import { mergeLayers } from './merge.ts';

/** Copies of disks for others. A claim's data is frozen for it, so its machine may start while the copy is still made. */
export function diskCopies(storage: Storage): DiskCopies {
  return {
    async write(source, format, to, { signal, progress }) {
      const { hold, release } = holds(storage);
      const { bases, qemuImg } = storage;
      try {
        const kept = await keep(storage, source, hold);
        const base = await bases.require(kept.base);
        await requireSpace(dirname(to), await chainSize(storage, base), 'The copy of a disk');
        const both = AbortSignal.any([signal, storage.context.signal]);
        await storage.lanes.run(both, () =>
          qemuImg.convert(bases.path(base), base.format, to, {
            signal: both,
            output: format === 'raw' ? 'raw' : 'qcow2',
            compress: format === 'qcow2',
            ordered: format === 'qcow2-plain',
            ...(progress ? { progress } : {}),
          }),
        );
        if (kept.virtualSize <= base.virtualSize) return;
        if (format === 'raw') await truncate(to, kept.virtualSize);
        else await qemuImg.grow(to, kept.virtualSize);
      } finally {
        await release();
        mergeLayers(storage).catch((error: unknown) =>
          storage.context.log.error({ err: error }, 'Layers could not be merged'),
        );
      }
    },
  };
}

async function keep(
  storage: Storage,
  source: DiskSource,
  hold: (id: string) => void,
): Promise<{ base: string; virtualSize: number }> {
  if ('snapshot' in source) {
    const record = await storage.snapshots.get(source.snapshot.metadata.uid);
    if (!record)
      throw new Refusal('SnapshotSourceMissing', `The snapshot ${source.snapshot.metadata.name} has no data.`);
    hold(record.base);
    return record;
  }
  const { namespace, claim } = source;
  const uid = storage.context.store.get(persistentVolumeClaims, namespace, claim)?.metadata.uid;
  if (uid === undefined) throw new Refusal('PVCNotFound', `PVC ${namespace}/${claim} does not exist`);
  return storage.turns.run(uid, async () => {
    const record = await storage.claims.record(uid);
    if (!record) throw new Refusal('PVCPending', `The disk ${claim} has no data yet.`, { retry: true });
    if (storage.usage.writer(uid, '') !== undefined || record.live)
      throw new Refusal('InUse', `The disk ${claim} is used by a running machine.`, { retry: true });
    if (record.base !== undefined) hold(record.base);
    const { base, virtualSize } = await storage.claims.freeze(record, hold);
    // An empty disk is noted a moment before its file is there.
    if (base === undefined) throw new Refusal('PVCPending', `The disk ${claim} has no data yet.`, { retry: true });
    return { base, virtualSize };
  });
}
