import { randomUUID } from 'node:crypto';
import type { KubeObject } from '../../../main/contract/kube.ts';
import { apiVersion, resourceName } from './kinds.ts';
import type { Served } from './kinds.ts';
import { conflict, notFound, Refusal } from './status.ts';

export interface Change {
  type: 'ADDED' | 'MODIFIED' | 'DELETED';
  served: Served;
  object: KubeObject;
  version: number;
}
export type Listener = (change: Change) => void;

const keyOf = (served: Served, namespace: string | undefined, name: string): string =>
  `${resourceName(served)}/${served.namespaced ? (namespace ?? '') : ''}/${name}`;
const same = (one: unknown, other: unknown): boolean => JSON.stringify(one) === JSON.stringify(other);

/** Objects with resourceVersions, a history for watches, generations, finalizers and owners. */
export class ClusterStore {
  private version = 1000;
  private readonly objects = new Map<string, { served: Served; object: KubeObject }>();
  private history: Change[] = [];
  private readonly listeners = new Set<Listener>();
  /** Watches from before this version get 410. */
  private compactedTo = 0;

  listen(listener: Listener): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }
  get now(): number {
    return this.version;
  }
  /** Forgets the history: a watch that resumes from before gets 410 Gone. */
  compact(): void {
    this.history = [];
    this.compactedTo = this.version;
  }
  since(version: number): readonly Change[] {
    if (version < this.compactedTo)
      throw new Refusal(410, 'Expired', `too old resource version: ${version} (${this.compactedTo})`);
    return this.history.filter((change) => change.version > version);
  }

  get(served: Served, namespace: string | undefined, name: string): KubeObject | undefined {
    const found = this.objects.get(keyOf(served, namespace, name));
    return found && structuredClone(found.object);
  }
  must(served: Served, namespace: string | undefined, name: string): KubeObject {
    const found = this.get(served, namespace, name);
    if (!found) throw notFound(resourceName(served), name);
    return found;
  }
  list(served: Served, namespace?: string): KubeObject[] {
    return [...this.objects.values()]
      .filter(
        (each) => each.served === served && (namespace === undefined || each.object.metadata.namespace === namespace),
      )
      .map(({ object }) => structuredClone(object));
  }
  create(served: Served, given: KubeObject): KubeObject {
    const {
      name: wanted,
      generateName,
      ...metadata
    } = given.metadata as KubeObject['metadata'] & { generateName?: string };
    const name = wanted ?? `${generateName ?? ''}${randomUUID().slice(0, 5)}`;
    const key = keyOf(served, metadata.namespace, name);
    if (this.objects.has(key))
      throw new Refusal(409, 'AlreadyExists', `${resourceName(served)} "${name}" already exists`);
    const object: KubeObject = {
      ...given,
      apiVersion: apiVersion(served),
      kind: served.kind,
      metadata: {
        ...metadata,
        name,
        uid: randomUUID(),
        creationTimestamp: new Date().toISOString().replace(/\.\d+Z$/, 'Z'),
        generation: 1,
      },
    };
    return this.put('ADDED', served, object);
  }
  /** Writes an object; the version must be the present one where it is given. Spec writes count the generation up. */
  replace(served: Served, next: KubeObject): KubeObject {
    const { namespace, name = '', resourceVersion } = next.metadata;
    const present = this.must(served, namespace, name);
    if (resourceVersion !== undefined && resourceVersion !== present.metadata.resourceVersion)
      throw conflict(resourceName(served), name, 'the object has been modified; please apply your changes to the latest version and try again'); // prettier-ignore
    const { uid = '', creationTimestamp = '', deletionTimestamp, generation = 1 } = present.metadata;
    const object: KubeObject = {
      ...next,
      metadata: {
        ...next.metadata,
        uid,
        creationTimestamp,
        ...(deletionTimestamp && { deletionTimestamp }),
        generation: same(next.spec, present.spec) ? generation : generation + 1,
      },
    };
    delete object.metadata.managedFields;
    if (same({ ...object, metadata: { ...object.metadata, resourceVersion: '' } }, { ...present, metadata: { ...present.metadata, resourceVersion: '' } })) return present; // prettier-ignore
    if (deletionTimestamp && !object.metadata.finalizers?.length) return this.drop(served, object);
    return this.put('MODIFIED', served, object);
  }
  /** What a controller does: changes a copy and writes it; nothing when the object is gone. */
  mutate(served: Served, namespace: string | undefined, name: string, change: (draft: KubeObject) => void): void {
    const draft = this.get(served, namespace, name);
    if (!draft) return;
    change(draft);
    delete draft.metadata.resourceVersion;
    this.replace(served, draft);
  }
  /** Deletes it; with finalizers it only gets its deletionTimestamp. What it owns goes with it, unless it is orphaned. */
  delete(served: Served, namespace: string | undefined, name: string, orphan = false): KubeObject {
    const object = this.must(served, namespace, name);
    if (object.metadata.finalizers?.length) {
      if (object.metadata.deletionTimestamp) return object;
      object.metadata.deletionTimestamp = new Date().toISOString();
      return this.put('MODIFIED', served, object);
    }
    if (served.kind === 'Namespace' && !object.metadata.deletionTimestamp && this.inside(name).length > 0) {
      object.metadata.deletionTimestamp = new Date().toISOString();
      const told = this.put('MODIFIED', served, object);
      this.emptied(name);
      return told;
    }
    return this.drop(served, object, orphan);
  }
  private inside(namespace: string): { served: Served; object: KubeObject }[] {
    return [...this.objects.values()].filter(({ object }) => object.metadata.namespace === namespace);
  }
  /** The namespace controller: what is inside goes first. */
  private emptied(namespace: string): void {
    for (const { served, object } of this.inside(namespace)) {
      const name = object.metadata.name ?? '';
      if (this.get(served, namespace, name)?.metadata.deletionTimestamp === undefined && this.get(served, namespace, name)) this.delete(served, namespace, name); // prettier-ignore
    }
  }

  private drop(served: Served, object: KubeObject, orphan = false): KubeObject {
    this.objects.delete(keyOf(served, object.metadata.namespace, object.metadata.name ?? ''));
    const gone = this.tell('DELETED', served, object);
    const home = [...this.objects.values()].find((each) => each.served.kind === 'Namespace' && each.object.metadata.name === object.metadata.namespace); // prettier-ignore
    if (home?.object.metadata.deletionTimestamp && this.inside(home.object.metadata.name ?? '').length === 0) this.drop(home.served, home.object); // prettier-ignore
    // The garbage collector: what had no other owner goes with it.
    for (const each of Array.from(this.objects.values())) {
      const owners = each.object.metadata.ownerReferences ?? [];
      if (!owners.some(({ uid }) => uid === object.metadata.uid)) continue;
      const { namespace, name = '' } = each.object.metadata;
      if (orphan || owners.length > 1)
        this.mutate(each.served, namespace, name, (draft) => {
          draft.metadata.ownerReferences = owners.filter(({ uid }) => uid !== object.metadata.uid);
        });
      else if (this.get(each.served, namespace, name)) this.delete(each.served, namespace, name);
    }
    return gone;
  }
  private put(type: Change['type'], served: Served, object: KubeObject): KubeObject {
    const told = this.tell(type, served, object, () =>
      this.objects.set(keyOf(served, object.metadata.namespace, object.metadata.name ?? ''), { served, object }),
    );
    return told;
  }
  private tell(type: Change['type'], served: Served, object: KubeObject, write?: () => void): KubeObject {
    this.version += 1;
    object.metadata.resourceVersion = String(this.version);
    write?.();
    const change = { type, served, object: structuredClone(object), version: this.version };
    this.history.push(change);
    if (this.history.length > 2000) {
      this.history.splice(0, 1000);
      this.compactedTo = this.history[0]?.version ?? this.version;
    }
    for (const listener of this.listeners) listener(change);
    return structuredClone(object);
  }
}
