import { isDeepStrictEqual } from 'node:util';
import type { KubeObject, OwnerReference } from '../../../contract/kube.ts';
import { claimsOf } from '../../bin/disks.ts';
import type { Kind } from '../../target/kinds.ts';
import { pickText } from '../../target/pick.ts';
import { checkpointLabel } from '../../snapshots/names.ts';
import type { CheckpointRecord, Presence } from './record.ts';

export interface Placed {
  kind: Kind;
  object: KubeObject;
}
/** What has to be done so that the objects of a namespace are as they were. */
export interface ObjectPlan {
  remove: Placed[];
  create: Placed[];
  replace: (Placed & { was: KubeObject })[];
  /** They were there, are not any more, and cannot be made of what they say. */
  lost: Presence[];
  /** Are to be made and cannot yet: what had their name is still going. */
  going: number;
}

export const kindKey = ({ group, kind }: { group: string; kind: string }): string => `${group}/${kind}`;
const groupOf = ({ apiVersion }: KubeObject): string => (apiVersion.includes('/') ? (apiVersion.split('/')[0] ?? '') : ''); // prettier-ignore
export const idOf = (object: KubeObject): string => `${groupOf(object)}/${object.kind} ${object.metadata.name}`;

/** Data, and things that are done once: a copy of the object would not be the same. */
const onlyThere = new Set([
  '/PersistentVolumeClaim', 'cdi.kubevirt.io/DataVolume', 'snapshot.storage.k8s.io/VolumeSnapshot', 'batch/Job',
  'kubevirt.io/VirtualMachineInstance', 'kubevirt.io/VirtualMachineInstanceMigration',
  'snapshot.kubevirt.io/VirtualMachineSnapshot', 'snapshot.kubevirt.io/VirtualMachineRestore',
  'clone.kubevirt.io/VirtualMachineClone', 'export.kubevirt.io/VirtualMachineExport',
]); // prettier-ignore
/** Of those, what nobody misses: what they did is done. */
const deeds = new Set(['VirtualMachineInstanceMigration', 'VirtualMachineRestore', 'VirtualMachineClone', 'VirtualMachineExport']); // prettier-ignore
/** Machines come back by their snapshots. */
const machineKind = 'kubevirt.io/VirtualMachine';

/** Whether somebody made it, and not the target by itself or we for a checkpoint. Pure. */
export function isChosen({ kind, object }: Placed): boolean {
  const { name, labels, ownerReferences } = object.metadata;
  if (kindKey(kind) === machineKind || labels?.[checkpointLabel] !== undefined) return false;
  // A restore belongs to its machine, and somebody asked for it all the same.
  const asked = kind.kind === 'VirtualMachineRestore';
  if (!asked && ownerReferences?.some(({ controller }) => controller === true) === true) return false;
  if (kind.kind === 'ServiceAccount' && name === 'default') return false;
  if (kind.kind === 'ConfigMap' && (name === 'kube-root-ca.crt' || name === 'openshift-service-ca.crt')) return false;
  return !(kind.kind === 'Secret' && pickText(object, 'type') === 'kubernetes.io/service-account-token');
}

/** The objects of a namespace as a checkpoint keeps them. Pure. */
export function keptObjects(present: readonly Placed[]): Pick<CheckpointRecord, 'objects' | 'present'> {
  const chosen = present.filter((each) => isChosen(each) && !each.object.metadata.deletionTimestamp);
  const inUse = usedDisks(present);
  return {
    objects: chosen.filter(({ kind }) => !onlyThere.has(kindKey(kind))).map(({ object }) => content(object)),
    present: chosen.flatMap(({ kind, object }) => {
      const { name = '', uid = '' } = object.metadata;
      if (!onlyThere.has(kindKey(kind))) return [];
      return [
        { group: kind.group, kind: kind.kind, name, uid, ...(isDisk(kind) && inUse.has(name) && { used: true }) },
      ];
    }),
  };
}

const isDisk = ({ kind }: Kind): boolean => kind === 'PersistentVolumeClaim' || kind === 'DataVolume';
/** Names of the disks that machines have, whoever owns those. Pure. */
const usedDisks = (present: readonly Placed[]): Set<string> =>
  new Set(present.flatMap(({ kind, object }) => (kindKey(kind) === machineKind ? claimsOf(object) : [])));

/** What somebody chose of an object: without its status, and without what the target writes into it. Pure. */
export function content(object: KubeObject): KubeObject {
  const { status: _now, metadata, ...rest } = structuredClone(object);
  const { name, namespace, labels, annotations, ownerReferences } = metadata;
  if (object.kind === 'Service' && groupOf(object) === '' && rest.spec?.['clusterIP'] !== 'None') {
    delete rest.spec?.['clusterIP'];
    delete rest.spec?.['clusterIPs'];
    delete rest.spec?.['healthCheckNodePort'];
  }
  return {
    ...rest,
    metadata: {
      name: name ?? '',
      ...(namespace !== undefined && { namespace }),
      ...(labels && { labels }),
      ...(annotations && { annotations }),
      ...(ownerReferences && { ownerReferences }),
    },
  };
}

/** How to come from what is there to what was. `kinds`: as the target serves them now, those that could be listed. Pure. */
export function planObjects(
  record: Pick<CheckpointRecord, 'objects' | 'present' | 'kinds'>,
  present: readonly Placed[],
  kinds: readonly Kind[],
): ObjectPlan {
  // What could not be listed then says nothing of what was made since.
  const counted = new Set(record.kinds);
  const chosen = present.filter((each) => counted.has(kindKey(each.kind)) && isChosen(each));
  const there = new Map(chosen.filter(({ object }) => !object.metadata.deletionTimestamp).map((each) => [idOf(each.object), each])); // prettier-ignore
  const gone = new Set(chosen.filter(({ object }) => object.metadata.deletionTimestamp).map(({ object }) => idOf(object))); // prettier-ignore
  const owners = new Map(present.filter(({ object }) => !object.metadata.deletionTimestamp).map(({ object }) => [idOf(object), object.metadata.uid])); // prettier-ignore
  const plan: ObjectPlan = { remove: [], create: [], replace: [], lost: [], going: 0 };
  const wanted = new Set<string>();
  for (const saved of record.objects) {
    const id = idOf(saved);
    wanted.add(id);
    const kind = kinds.find((each) => kindKey(each) === `${groupOf(saved)}/${saved.kind}`);
    if (!kind) continue;
    const object = owned(saved, owners);
    const now = there.get(id);
    if (now) {
      if (!same(now.object, object)) plan.replace.push({ kind, was: now.object, object: replacement(now.object, object) }); // prettier-ignore
    } else if (gone.has(id)) plan.going += 1;
    else plan.create.push({ kind, object: fresh(object) });
  }
  const inUse = usedDisks(present);
  const uids = new Set(record.present.map(({ uid }) => uid));
  for (const each of there.values()) {
    const known = onlyThere.has(kindKey(each.kind)) ? uids.has(each.object.metadata.uid ?? '') : wanted.has(idOf(each.object)); // prettier-ignore
    if (!known && !(isDisk(each.kind) && inUse.has(each.object.metadata.name ?? ''))) plan.remove.push(each);
  }
  const listed = new Set(kinds.map(kindKey));
  const left = new Set([...there.values()].map(({ object }) => object.metadata.uid));
  plan.lost = record.present.filter((each) => each.used !== true && listed.has(kindKey(each)) && !left.has(each.uid) && !deeds.has(each.kind) && !nowOwned(present, each)); // prettier-ignore
  return plan;
}

/** Whether it is there after all, and belongs to somebody by now (a disk that a machine took). Pure. */
const nowOwned = (present: readonly Placed[], { uid }: Presence): boolean => present.some(({ object }) => object.metadata.uid === uid); // prettier-ignore

/** With the owners as they are now: a machine that came back has another uid. One that is not there owns nothing. Pure. */
function owned(object: KubeObject, uids: ReadonlyMap<string, string | undefined>): KubeObject {
  const { ownerReferences, ...metadata } = object.metadata;
  if (!ownerReferences) return object;
  const now = ownerReferences.flatMap((owner): OwnerReference[] => {
    const uid = uids.get(idOf({ apiVersion: owner.apiVersion, kind: owner.kind, metadata: { name: owner.name } }));
    return uid === undefined ? [] : [{ ...owner, uid }];
  });
  return { ...object, metadata: { ...metadata, ...(now.length > 0 && { ownerReferences: now }) } };
}

/** The target may put its own beside what was chosen and leave out what is empty. Pure. */
function same(now: KubeObject, wanted: KubeObject): boolean {
  const plain = (object: KubeObject): unknown => {
    const { metadata, ...rest } = content(object);
    const { labels = {}, annotations = {}, ownerReferences = [] } = metadata;
    return { ...rest, labels, annotations, ownerReferences };
  };
  return isDeepStrictEqual(plain(now), plain(wanted));
}

/** For a PUT: what was chosen, with what belongs to the object that is there. Pure. */
function replacement(now: KubeObject, wanted: KubeObject): KubeObject {
  const { uid, resourceVersion, finalizers } = now.metadata;
  const addresses = Object.fromEntries(['clusterIP', 'clusterIPs', 'healthCheckNodePort'].flatMap((field) => (now.kind === 'Service' && now.spec?.[field] !== undefined ? [[field, now.spec[field]]] : []))); // prettier-ignore
  return {
    ...wanted,
    ...(wanted.spec && { spec: { ...addresses, ...wanted.spec } }),
    ...(now.status && { status: now.status }),
    metadata: {
      ...wanted.metadata,
      ...(uid !== undefined && { uid }),
      ...(resourceVersion !== undefined && { resourceVersion }),
      ...(finalizers && { finalizers }),
    },
  };
}

/** For a POST. A Pod is placed anew. Pure. */
function fresh(object: KubeObject): KubeObject {
  if (object.kind !== 'Pod' || object.spec === undefined) return object;
  const { nodeName: _where, ...spec } = object.spec;
  return { ...object, spec };
}
