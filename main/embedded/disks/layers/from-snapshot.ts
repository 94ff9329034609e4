import type { KubeObject } from '../../kube/object.ts';
import { volumeSnapshots } from '../../kube/resources.ts';
import type { Base } from '../base/bases.ts';
import type { ClaimRecord } from '../claims/claims.ts';
import { Refusal } from '../refusal.ts';
import { holds } from '../storage.ts';
import type { Storage } from '../storage.ts';
import type { SnapshotRecord } from './records.ts';

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

/** Gives a claim the data of its snapshot. False while that is not ready. */
export async function fillFromSnapshot(
  storage: Storage,
  identity: Pick<ClaimRecord, 'uid' | 'namespace' | 'name'>,
  snapshotName: string,
  size: number,
): Promise<boolean> {
  const { hold, release } = holds(storage);
  try {
    const snapshot = await readySnapshot(storage, identity.namespace, snapshotName);
    if (!snapshot) return false;
    hold(snapshot.base);
    const { record } = await onSnapshot(storage, identity, snapshot, size);
    await storage.claims.put(record);
    return true;
  } finally {
    await release();
  }
}
