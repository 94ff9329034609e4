import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { KubeObject, Stored } from '../../kube/object.ts';
import { apiVersionOf, dataVolumes, namespaces, nodes, persistentVolumeClaims } from '../../kube/resources.ts';
import type { ResourceType } from '../../kube/resources.ts';
import { quantityOf } from '../../kube/quantity.ts';
import { checkName, now } from '../../store/metadata.ts';
import { Refusal, textOf } from '../refusal.ts';
import type { Storage } from '../storage.ts';
import type { ClaimRecord } from './claims.ts';
import { fillerReference } from './memory.ts';

/**
 * Brings back claims (and their finished DataVolumes) whose object files were lost or set aside while their data is
 * there: else a machine would get a new, empty disk of the same name. Runs before anything looks at claims. Data that
 * cannot be brought back is kept, and its name is held back (see `refuseKept`).
 */
export function restoreClaims(storage: Storage): void {
  const { layout, context, orphans } = storage;
  if (!existsSync(layout.volumes)) return;
  const present = new Map(context.store.list(persistentVolumeClaims).map((claim) => [claim.metadata.uid, claim]));
  for (const file of readdirSync(layout.volumes)) {
    const uid = file.replace(/\.json$/, '');
    // A user's deletion that a kill cut short goes on.
    if (uid === file || existsSync(layout.condemned(uid))) continue;
    const record = readRecord(join(layout.volumes, file), uid);
    if (!record) {
      if (!present.has(uid)) tellLost(storage, file);
      continue;
    }
    try {
      const claim = present.get(uid);
      if (claim) restoreVolume(storage, record, claim);
      else if (record.base !== undefined || existsSync(layout.volume(uid))) restoreClaim(storage, record);
    } catch (error) {
      orphans.set(`${record.namespace}/${record.name}`, { uid, why: textOf(error) });
      context.log.error({ uid, error }, 'Kept a disk whose claim could not be brought back');
    }
  }
}

/** Throws (DiskKept) where a new disk of this name would hide one whose claim was lost and could not be brought back. */
export function refuseKept(storage: Storage, namespace = '', name: string): void {
  const orphan = storage.orphans.get(`${namespace}/${name}`);
  if (!orphan) return;
  throw new Refusal(
    'DiskKept',
    `No new disk is made: an older disk named ${name} is still in the data folder (${storage.layout.volumes}, ${orphan.uid}), but its claim was lost and could not be brought back: ${orphan.why}. Start Hearth again when that is mended, to get the old disk back. If it is not needed: stop Hearth and move the files ${orphan.uid}.* away.`,
  );
}

function restoreClaim(storage: Storage, record: ClaimRecord): void {
  const { context, orphans, layout } = storage;
  const { store } = context;
  const { namespace, name, uid, kept } = record;
  const other = store.get(persistentVolumeClaims, namespace, name);
  if (other) {
    const why = 'another claim has its name';
    // One that has its data already goes on; a new one waits.
    orphans.set(`${namespace}/${name}`, { uid, why });
    const text = `An older disk of this name is kept in ${layout.volumes} (${uid}): its claim was lost, and ${why} now.`;
    context.event(other, 'Warning', 'DiskKept', text);
    return;
  }
  const present = store.get(dataVolumes, namespace, name);
  const volume = present ?? (kept?.volume && store.restore(dataVolumes, kept.volume));
  const draft: KubeObject = structuredClone(kept?.claim ?? plainClaim(record));
  const wanted = kept === undefined || fillerReference(draft) !== undefined;
  draft.metadata.ownerReferences = [
    ...(draft.metadata.ownerReferences ?? []).filter(({ kind }) => kind !== 'DataVolume'),
    ...(wanted && volume ? [ownedBy(volume)] : []),
  ];
  const claim = store.restore(persistentVolumeClaims, draft);
  tell(storage, claim, volume && !present ? 'claim and of its DataVolume were' : 'claim was');
}

/** The claim is there, its finished DataVolume is not: without it the machine's template would be filled again. */
function restoreVolume(storage: Storage, record: ClaimRecord, claim: Stored): void {
  const volume = record.kept?.volume;
  const { store } = storage.context;
  // A claim that goes was deleted with its DataVolume.
  if (!volume || claim.metadata.deletionTimestamp || fillerReference(claim)?.uid !== volume.metadata.uid) return;
  if (store.get(dataVolumes, record.namespace, volume.metadata.name ?? '')) return;
  store.restore(dataVolumes, volume);
  tell(storage, claim, "claim's DataVolume was");
}

const tell = ({ context }: Storage, claim: Stored, what: string): void =>
  context.event(
    claim,
    'Warning',
    'ClaimRestored',
    `The object file of the ${what} lost or damaged. The data of ${claim.metadata.namespace}/${claim.metadata.name} is still there: what was lost was rebuilt as it was last.`,
  );

function tellLost({ context, layout }: Storage, file: string): void {
  const text = `A disk is kept whose claim and record are both lost or damaged, so that its name is not known: ${join(layout.volumes, file)}. Restore that file from a backup.`;
  context.log.error({ file }, text);
  const [node] = context.store.list(nodes);
  if (node) context.event(node, 'Warning', 'DiskKept', text);
}

const ownedBy = ({ apiVersion, metadata }: Stored) => ({
  apiVersion, kind: 'DataVolume', name: metadata.name, uid: metadata.uid, controller: true, blockOwnerDeletion: true,
}); // prettier-ignore

/** All that a record of an earlier version knows. */
const plainClaim = ({ uid, namespace, name, virtualSize }: ClaimRecord): KubeObject => ({
  apiVersion: 'v1',
  kind: 'PersistentVolumeClaim',
  metadata: { name, namespace, uid, creationTimestamp: now(), generation: 1 },
  spec: {
    accessModes: ['ReadWriteOnce'],
    volumeMode: 'Filesystem',
    storageClassName: 'hearth',
    resources: { requests: { storage: quantityOf(virtualSize) } },
  },
});

/** Undefined for one that is damaged: names in it become names of files. */
function readRecord(path: string, uid: string): ClaimRecord | undefined {
  try {
    const record = JSON.parse(readFileSync(path, 'utf8')) as ClaimRecord | null;
    if (record?.uid !== uid || !/^[0-9a-f-]{36}$/.test(uid) || !Number.isSafeInteger(record.virtualSize))
      return undefined;
    checkName(namespaces, record.namespace);
    checkName(persistentVolumeClaims, record.name);
    const { kept, ...plain } = record;
    if (!kept || !fits(kept.claim, persistentVolumeClaims, record) || kept.claim.metadata.uid !== uid) return plain;
    const { claim, volume } = kept;
    return { ...plain, kept: fits(volume, dataVolumes, record) ? { claim, volume } : { claim } };
  } catch {
    // Not to be read, no JSON, or no names: it is damaged whatever the error says.
    return undefined;
  }
}

const fits = (object: KubeObject | undefined, type: ResourceType, record: ClaimRecord): object is KubeObject =>
  object?.kind === type.kind &&
  object.apiVersion === apiVersionOf(type) &&
  object.metadata.name === record.name &&
  object.metadata.namespace === record.namespace &&
  typeof object.metadata.uid === 'string';
