import type { Stored } from '../kube/object.ts';
import type { ResourceType } from '../kube/resources.ts';
import {
  dataVolumes,
  namespaces,
  persistentVolumeClaims,
  virtualMachineSnapshotContents,
  volumeSnapshots,
} from '../kube/resources.ts';
import type { Store } from './store.ts';

interface Owned extends Store {
  /** `dependents`, each with its kind. */
  typedDependents(uid: string): readonly { type: ResourceType; object: Stored }[];
}

/** Kinds whose objects are somebody's data. */
const holdsData = new Set([dataVolumes, persistentVolumeClaims, virtualMachineSnapshotContents, volumeSnapshots]);
const foreground = 'foregroundDeletion';

/** Deletes what belongs to something deleted: dependents by ownerReferences, the contents of a namespace. */
export class Garbage {
  private readonly store: Owned;
  private readonly remove: (type: ResourceType, object: Stored) => void;
  private readonly types: readonly ResourceType[];
  constructor(store: Owned, remove: (type: ResourceType, object: Stored) => void, types: readonly ResourceType[]) {
    this.store = store;
    this.remove = remove;
    this.types = types;
  }
  hasContents(namespace: string): boolean {
    return this.types.some((type) => type.namespaced && this.store.list(type, namespace).length > 0);
  }
  /** Dependents forget this owner and stay. */
  orphan(owner: Stored): void {
    for (const { type, object } of this.store.typedDependents(owner.metadata.uid)) {
      this.store.mutate(type, object.metadata.namespace, object.metadata.name, (draft) => {
        draft.metadata.ownerReferences = (draft.metadata.ownerReferences ?? []).filter(
          (reference) => reference.uid !== owner.metadata.uid,
        );
      });
    }
  }
  /** An object got its deletionTimestamp and is still there. */
  deleting(type: ResourceType, object: Stored): void {
    if (type === namespaces) this.emptyNamespace(object);
    else if (object.metadata.finalizers?.includes(foreground)) this.foreground(type, object);
  }
  /**
   * An object whose deletion was asked for before is about to go. Data that belongs to it is marked first: found without
   * its owner after a kill, it would be taken for data whose owner's file was lost, and kept for ever.
   */
  removing(owner: Stored): void {
    const { uid, deletionTimestamp, finalizers } = owner.metadata;
    if (!deletionTimestamp || finalizers?.includes(foreground)) return;
    for (const dependent of this.store.typedDependents(uid))
      if (holdsData.has(dependent.type)) this.deleteDependent(dependent, uid);
  }
  /** An object is gone. */
  removed(type: ResourceType, object: Stored): void {
    for (const dependent of this.store.typedDependents(object.metadata.uid)) this.deleteDependent(dependent);
    for (const reference of object.metadata.ownerReferences ?? []) this.ownerMayGo(object, reference);
    const { namespace } = object.metadata;
    const home = namespace && this.store.get(namespaces, undefined, namespace);
    if (home && home.metadata.deletionTimestamp && type !== namespaces) this.finishNamespace(home);
  }
  /**
   * At start: what a killed engine left half deleted. `orphans` false: an owner's file may only be set aside, not gone.
   * Disks without an owner are kept in any case, and returned: a lost file of an owner must not cost data.
   */
  collect(orphans: boolean): Stored[] {
    const kept: Stored[] = [];
    for (const type of this.types) {
      for (const object of this.store.list(type)) {
        if (object.metadata.deletionTimestamp) this.deleting(type, object);
        const references = object.metadata.ownerReferences ?? [];
        if (references.length === 0 || references.some((reference) => this.owner(object, reference))) continue;
        if (holdsData.has(type)) {
          if (!object.metadata.deletionTimestamp) kept.push(object);
        } else if (orphans) this.store.delete(type, object.metadata.namespace, object.metadata.name);
      }
    }
    return kept;
  }

  private owner(
    dependent: Stored,
    reference: { kind: string; apiVersion: string; name: string; uid: string },
  ): Stored | undefined {
    const type = this.typeOf(reference);
    const found = type && this.store.get(type, dependent.metadata.namespace, reference.name);
    return found?.metadata.uid === reference.uid ? found : undefined;
  }
  private typeOf(reference: { kind: string; apiVersion: string }): ResourceType | undefined {
    const group = reference.apiVersion.includes('/') ? reference.apiVersion.split('/')[0] : '';
    return this.types.find((candidate) => candidate.kind === reference.kind && candidate.group === group);
  }
  /** `without`: the uid of an owner that does not count any more. */
  private deleteDependent({ type, object }: { type: ResourceType; object: Stored }, without?: string): void {
    const others = (object.metadata.ownerReferences ?? []).filter(
      (reference) => reference.uid !== without && this.owner(object, reference),
    );
    const { namespace, name } = object.metadata;
    if (others.length === 0) this.store.delete(type, namespace, name);
    else this.store.mutate(type, namespace, name, (draft) => void (draft.metadata.ownerReferences = others));
  }
  private foreground(type: ResourceType, owner: Stored): void {
    const { uid, namespace, name } = owner.metadata;
    for (const { type: kind, object } of this.store.typedDependents(uid)) {
      if (object.metadata.deletionTimestamp) continue;
      this.store.delete(kind, object.metadata.namespace, object.metadata.name, { propagation: 'Foreground' });
    }
    const blocking = this.store.typedDependents(uid).some(({ object }) => blocks(object, uid));
    if (blocking) return;
    this.store.mutate(type, namespace, name, (draft) => {
      draft.metadata.finalizers = (draft.metadata.finalizers ?? []).filter((finalizer) => finalizer !== foreground);
    });
  }
  private ownerMayGo(
    dependent: Stored,
    reference: { kind: string; apiVersion: string; name: string; uid: string },
  ): void {
    const owner = this.owner(dependent, reference);
    if (!owner?.metadata.finalizers?.includes(foreground)) return;
    const type = this.typeOf(reference);
    if (type) this.foreground(type, owner);
  }
  private emptyNamespace(namespace: Stored): void {
    const { name } = namespace.metadata;
    for (const type of this.types) {
      if (!type.namespaced) continue;
      for (const object of this.store.list(type, name)) {
        if (!object.metadata.deletionTimestamp) this.store.delete(type, name, object.metadata.name);
      }
    }
    this.finishNamespace(namespace);
  }
  private finishNamespace(namespace: Stored): void {
    const { name, finalizers } = namespace.metadata;
    if (finalizers?.length || this.hasContents(name)) return;
    if (this.store.get(namespaces, undefined, name)) this.remove(namespaces, namespace);
  }
}

const blocks = (dependent: Stored, owner: string): boolean =>
  (dependent.metadata.ownerReferences ?? []).some(
    (reference) => reference.uid === owner && reference.blockOwnerDeletion === true,
  );
