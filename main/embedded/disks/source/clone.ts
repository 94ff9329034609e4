import type { Stored } from '../../kube/object.ts';
import { keyOf } from '../../kube/object.ts';
import { dataVolumes, persistentVolumeClaims } from '../../kube/resources.ts';
import type { Base } from '../base/bases.ts';
import { fillerOf } from '../claims/controller.ts';
import type { ClaimRecord } from '../claims/claims.ts';
import { Refusal } from '../refusal.ts';
import type { Storage } from '../storage.ts';

export type SourceState =
  { ready: true; claim: Stored; record: ClaimRecord } | { ready: false; reason: string; message: string };

/** Whether a claim's data can be cloned now; `reason` and `message` say what it waits for. */
export async function cloneSource(storage: Storage, namespace: string, name: string): Promise<SourceState> {
  const { context, claims, usage } = storage;
  const claim = context.store.get(persistentVolumeClaims, namespace, name);
  if (!claim)
    return {
      ready: false,
      reason: 'CloneSourcePVCNotFound',
      message: `The source pvc ${name} doesn't exist in namespace ${namespace}`,
    };
  const record = await claims.record(claim.metadata.uid);
  if (!record) {
    const filler = fillerOf(claim);
    const volume = filler && context.store.get(dataVolumes, namespace, filler);
    if (volume && volume.status?.['phase'] === 'Failed')
      throw new Refusal(
        'CloneSourceFailed',
        `The source ${keyOf(claim)} has no data: its import failed. Import it again, then clone it.`,
      );
    return { ready: false, reason: 'CloneSourceNotReady', message: `The source ${keyOf(claim)} is still being filled` };
  }
  const user = (await claims.ownsData(claim.metadata.uid))
    ? usage.openIn(namespace, name, claim.metadata.uid)
    : undefined;
  if (user)
    return {
      ready: false,
      reason: 'CloneSourceInUse',
      message: `The machine ${keyOf(user)} is running on the source ${keyOf(claim)}: stop it, and the clone goes on`,
    };
  return { ready: true, claim, record };
}

/** A base with the source's present data: its image while it is pristine, else its own data made read-only now. */
export async function cloneBase(
  storage: Storage,
  source: ClaimRecord,
  hold: (id: string) => void,
): Promise<{ base: Base | undefined; virtualSize: number }> {
  if (source.base !== undefined) hold(source.base);
  const record = await storage.claims.freeze(source, hold);
  const base = record.base === undefined ? undefined : await storage.bases.require(record.base);
  return { base, virtualSize: record.virtualSize };
}
