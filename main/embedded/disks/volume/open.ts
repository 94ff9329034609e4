import type { BlockNode } from '../../kube/block.ts';
import { VolumeNotReady } from '../../kube/block.ts';
import type { Stored } from '../../kube/object.ts';
import { dataVolumes, persistentVolumeClaims } from '../../kube/resources.ts';
import { fillerOf } from '../claims/controller.ts';
import type { ClaimRecord } from '../claims/claims.ts';
import { Refusal } from '../refusal.ts';
import { swapping } from '../storage.ts';
import type { Storage } from '../storage.ts';

/** A claim's data for a machine, or why it cannot have it (yet). */
export async function openClaim(
  storage: Storage,
  vmi: Stored,
  claimName: string,
  readOnly: boolean,
): Promise<BlockNode> {
  const { claim } = await readyClaim(storage, vmi, claimName);
  return storage.turns.run(claim.metadata.uid, async () => {
    const ready = await readyClaim(storage, vmi, claimName);
    const stale = ready.record.live !== undefined && ready.record.live.vmi !== vmi.metadata.uid;
    const record = stale ? await storage.claims.settle(ready.record) : ready.record;
    const other = readOnly ? undefined : storage.usage.writer(record.uid, vmi.metadata.uid);
    if (other !== undefined)
      throw new VolumeNotReady(
        'ErrorUnschedulable',
        'VolumeInUse',
        `The disk ${claimName} is in use by another machine, and only one may write to it. Stop that one first, or clone the disk.`,
      );
    const before = storage.usage.users(record.uid).includes(vmi.metadata.uid);
    storage.usage.opens(vmi.metadata.uid, record.uid, !readOnly);
    try {
      // Known as a user before its layers are read: a merge leaves them alone from here on, and one that is just putting its
      // result in place is waited for. Else what it removes then would be among them.
      await storage.turns.run(swapping, () => Promise.resolve());
      return await plainly(() => storage.claims.node(record, readOnly));
    } catch (error) {
      if (!before) storage.usage.lets(vmi.metadata.uid, record.uid);
      throw error;
    }
  });
}

/** Finds a claim that has its data. Throws VolumeNotReady with the words of KubeVirt's printableStatus. */
export async function readyClaim(
  storage: Storage,
  vmi: Stored,
  name: string,
): Promise<{ claim: Stored; record: ClaimRecord }> {
  const { store } = storage.context;
  const { namespace } = vmi.metadata;
  const claim = store.get(persistentVolumeClaims, namespace, name);
  if (claim?.metadata.deletionTimestamp && !storage.usage.openIn(namespace ?? '', name, claim.metadata.uid))
    throw new VolumeNotReady('ErrorPvcNotFound', 'FailedPvcNotFound', `PVC ${namespace}/${name} is being deleted`);
  const volume = store.get(dataVolumes, namespace, (claim && fillerOf(claim)) ?? name);
  if (volume?.status?.['phase'] === 'Failed') {
    const conditions = (volume.status['conditions'] as { type: string; message?: string }[] | undefined) ?? [];
    const why = conditions.find(({ type }) => type === 'Running')?.message ?? 'its import failed';
    throw new VolumeNotReady('DataVolumeError', 'DataVolumeError', `The disk ${name} could not be made: ${why}`);
  }
  const record = claim && (await storage.claims.record(claim.metadata.uid));
  if (claim && record) return { claim, record };
  if (volume)
    throw new VolumeNotReady(
      'Provisioning',
      'DataVolumeNotReady',
      `The disk ${name} is being made (${(volume.status?.['phase'] as string | undefined) ?? 'Pending'}).`,
    );
  if (!claim)
    throw new VolumeNotReady(
      'ErrorPvcNotFound',
      'FailedPvcNotFound',
      `PVC ${namespace}/${name} does not exist, waiting for it to appear`,
    );
  throw new VolumeNotReady('WaitingForVolumeBinding', 'WaitingForVolumeBinding', `The claim ${name} has no disk yet.`);
}

/** Missing or changed data as a state of the volume. */
export async function plainly<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof Refusal) throw new VolumeNotReady('ErrorUnschedulable', error.code, error.message);
    throw error;
  }
}
