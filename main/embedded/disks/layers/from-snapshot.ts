import { randomUUID } from 'node:crypto';
import { chmod, rename, rm } from 'node:fs/promises';
import { progressAnnotation } from '../../clone/words.ts';
import type { KubeObject } from '../../kube/object.ts';
import { persistentVolumeClaims, volumeSnapshots } from '../../kube/resources.ts';
import type { Base } from '../base/bases.ts';
import type { ClaimRecord } from '../claims/claims.ts';
import { requireSpace, settle } from '../files.ts';
import { Refusal } from '../refusal.ts';
import { holds } from '../storage.ts';
import type { Storage } from '../storage.ts';
import type { SnapshotRecord } from './records.ts';
import { monotonic } from '../../kube/monotonic.ts';

/** The VolumeSnapshot that a claim is to be made from, if it says so. */
export function snapshotSourceOf(claim: KubeObject): string | undefined {
  const spec = claim.spec as
    Record<'dataSource' | 'dataSourceRef', { kind?: string; name?: string } | undefined> | undefined;
  const source = spec?.dataSourceRef ?? spec?.dataSource;
  return source?.kind === 'VolumeSnapshot' ? source.name : undefined;
}

/** The record of a VolumeSnapshot that is ready; undefined while there is none. */
export async function readySnapshot(
  storage: Storage,
  namespace: string,
  name: string,
): Promise<SnapshotRecord | undefined> {
  const snapshot = storage.context.store.get(volumeSnapshots, namespace, name);
  if (!snapshot || snapshot.metadata.deletionTimestamp) return undefined;
  return snapshot.status?.['readyToUse'] === true ? storage.snapshots.get(snapshot.metadata.uid) : undefined;
}

/** A claim's record on a snapshot's layer: nothing is copied. `size`: bytes asked for. Throws Refusal where they are too few. */
export async function onSnapshot(
  storage: Storage,
  identity: Pick<ClaimRecord, 'uid' | 'namespace' | 'name'>,
  snapshot: SnapshotRecord,
  size: number | undefined,
): Promise<{ record: ClaimRecord; base: Base }> {
  const base = await storage.bases.require(snapshot.base);
  const room = base.sourceFormat === 'iso' ? snapshot.virtualSize : (size ?? snapshot.virtualSize);
  if (room < snapshot.virtualSize)
    throw new Refusal(
      'SnapshotSizeTooSmall',
      `requested volume size ${room} is less than the size ${snapshot.virtualSize} for the source snapshot ${snapshot.name}`,
    );
  return { record: { ...identity, base: base.id, virtualSize: room }, base };
}

/** Gives a claim the data of its snapshot; with `copy`, data that shares nothing with it. False while that is not ready. */
export async function fillFromSnapshot(
  storage: Storage,
  identity: Pick<ClaimRecord, 'uid' | 'namespace' | 'name'>,
  snapshotName: string,
  size: number,
  copy = false,
): Promise<boolean> {
  const { hold, release } = holds(storage);
  try {
    const snapshot = await readySnapshot(storage, identity.namespace, snapshotName);
    if (!snapshot) return false;
    hold(snapshot.base);
    const { record, base } = await onSnapshot(storage, identity, snapshot, size);
    // A disc is never written to: there is nothing to keep apart.
    await storage.claims.put(copy && base.sourceFormat !== 'iso' ? await copied(storage, record, base) : record);
    return true;
  } finally {
    await release();
  }
}

/** Copies a layer with all below it into the claim's own file. Ends with the claim; until the rename nothing of it counts. */
async function copied(storage: Storage, { base: _shared, ...record }: ClaimRecord, base: Base): Promise<ClaimRecord> {
  const { layout, bases, qemuImg, context } = storage;
  const volume = layout.volume(record.uid);
  const temporary = `${volume}.${randomUUID().slice(0, 8)}.tmp`;
  const gone = new AbortController();
  const stop = context.store.watch(persistentVolumeClaims, ({ type, object }) => {
    if (object.metadata.uid === record.uid && (type === 'DELETED' || object.metadata.deletionTimestamp))
      gone.abort(new Refusal('ClaimGone', 'The disk is being deleted.'));
  });
  const signal = AbortSignal.any([context.signal, gone.signal]);
  let told = 0;
  const tell = (done: number): void => {
    if (monotonic() - told < 500 || gone.signal.aborted) return;
    told = monotonic();
    context.store.mutate(persistentVolumeClaims, record.namespace, record.name, (draft) => {
      draft.metadata.annotations = { ...draft.metadata.annotations, [progressAnnotation]: done.toFixed(3) };
    });
  };
  try {
    await requireSpace(layout.volumes, await chainSize(storage, base), 'Copying a disk');
    await storage.lanes.run(signal, () =>
      qemuImg.convert(bases.path(base), base.format, temporary, { signal, progress: tell }),
    );
    if (record.virtualSize > base.virtualSize) await qemuImg.grow(temporary, record.virtualSize);
    await chmod(temporary, 0o600);
    await settle(temporary);
    await rename(temporary, volume);
    return record;
  } finally {
    stop();
    await rm(temporary, { force: true });
  }
}

/** Bytes on disk of a layer and all below it. */
export async function chainSize({ bases }: Pick<Storage, 'bases'>, base: Base): Promise<number> {
  const under = base.backing === undefined ? undefined : await bases.get(base.backing);
  return (await bases.allocated(base)) + (under ? await chainSize({ bases }, under) : 0);
}
