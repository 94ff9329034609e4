import type { KubeObject, Stored } from '../../kube/object.ts';
import { keyOf } from '../../kube/object.ts';
import { dataVolumes } from '../../kube/resources.ts';
import { same } from '../../store/clone.ts';
import type { Store } from '../../store/store.ts';
import type { Storage } from '../storage.ts';
import type { Kept } from './kept.ts';

/** The reference to the DataVolume that a claim belongs to. */
export const fillerReference = (claim: KubeObject) =>
  claim.metadata.ownerReferences?.find(({ kind, controller }) => kind === 'DataVolume' && controller);

/** Notes a claim's objects beside its data, where they changed. A claim that is going is not noted. */
export async function remember(storage: Storage, claim: Stored): Promise<void> {
  const { context, claims } = storage;
  const record = await claims.record(claim.metadata.uid);
  if (!record || claim.metadata.deletionTimestamp) return;
  const volume = fillerOf(context.store, claim, record.kept);
  const kept: Kept = { claim: lasting(claim), ...(volume ? { volume } : {}) };
  if (same(record.kept, kept)) return;
  try {
    await claims.put({ ...record, kept });
  } catch (error) {
    // A full disk: the data and the old note are as they were.
    context.log.warn({ claim: keyOf(claim), error }, 'A claim could not be noted beside its data');
  }
}

function fillerOf(store: Store, claim: Stored, before: Kept | undefined): KubeObject | undefined {
  const reference = fillerReference(claim);
  if (!reference) return undefined;
  const found = store.get(dataVolumes, claim.metadata.namespace, reference.name);
  // Deleted ones take the claim along: one that is just not there was lost, and the note is all there is of it.
  if (!found) return before?.volume?.metadata.uid === reference.uid ? before.volume : undefined;
  const finished = found.metadata.uid === reference.uid && found.status?.['phase'] === 'Succeeded';
  return finished && !found.metadata.deletionTimestamp ? lasting(found) : undefined;
}

function lasting(object: Stored): KubeObject {
  const { managedFields: _managers, resourceVersion: _version, ...metadata } = object.metadata;
  return { ...object, metadata };
}
