import { randomBytes, randomUUID } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { KubeObject } from '../../../../main/contract/kube.ts';
import { StatusError, conflict, notFound } from '../../../../main/embedded/kube/status-error.ts';

/** A kind as the API serves it. */
export interface Resource {
  readonly group: string;
  readonly version: string;
  readonly plural: string;
  readonly kind: string;
  readonly namespaced: boolean;
  readonly shortNames?: readonly string[] | undefined;
}
export interface Change {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED';
  readonly collection: string;
  readonly object: KubeObject;
  readonly version: number;
}

/** Versions do not matter to where an object is kept. */
export const collectionOf = ({ group, plural }: Pick<Resource, 'group' | 'plural'>): string => `${group}/${plural}`;
export const now = (): string => `${new Date().toISOString().slice(0, 19)}Z`;

/** All objects, in memory and in state.db: a SQLite database as k3s has one, each change committed before it is answered. */
export class Store {
  readonly #db: DatabaseSync;
  readonly #objects = new Map<string, Map<string, KubeObject>>();
  readonly #watchers = new Set<(change: Change) => void>();
  readonly history: Change[] = [];
  version = 1;

  constructor(file: string) {
    mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
    this.#db = new DatabaseSync(file);
    this.#db.exec('PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; CREATE TABLE IF NOT EXISTS kine (name TEXT PRIMARY KEY, id INTEGER, value TEXT)'); // prettier-ignore
    for (const row of this.#db.prepare('SELECT name, id, value FROM kine').all()) {
      const [collection = '', key = ''] = String(row['name']).split('|');
      this.#of(collection).set(key, JSON.parse(String(row['value'])) as KubeObject);
      this.version = Math.max(this.version, Number(row['id']));
    }
    this.#db.exec('DELETE FROM kine WHERE value IS NULL');
  }

  #of(collection: string): Map<string, KubeObject> {
    let found = this.#objects.get(collection);
    if (!found) this.#objects.set(collection, (found = new Map<string, KubeObject>()));
    return found;
  }
  list(resource: Pick<Resource, 'group' | 'plural'>, namespace?: string): KubeObject[] {
    const all = [...this.#of(collectionOf(resource)).values()];
    return namespace === undefined ? all : all.filter((object) => object.metadata.namespace === namespace);
  }
  get(resource: Pick<Resource, 'group' | 'plural'>, namespace: string | undefined, name: string): KubeObject | undefined {
    return this.#of(collectionOf(resource)).get(`${namespace ?? ''}/${name}`);
  }
  need(resource: Resource, namespace: string | undefined, name: string): KubeObject {
    const found = this.get(resource, namespace, name);
    if (!found) throw notFound(resource.group ? `${resource.plural}.${resource.group}` : resource.plural, name);
    return found;
  }

  create(resource: Resource, namespace: string | undefined, draft: KubeObject): KubeObject {
    const metadata = { ...draft.metadata };
    metadata.name ??= metadata.generateName ? `${metadata.generateName}${randomBytes(3).toString('hex').slice(0, 5)}` : undefined as never;
    if (!metadata.name) throw new StatusError(422, 'Invalid', 'metadata.name: Required value: name or generateName is required');
    if (resource.namespaced) metadata.namespace = namespace ?? metadata.namespace ?? 'default';
    else delete metadata.namespace;
    if (this.get(resource, metadata.namespace, metadata.name))
      throw new StatusError(409, 'AlreadyExists', `${resource.plural} "${metadata.name}" already exists`);
    metadata.uid = randomUUID();
    metadata.creationTimestamp = now();
    metadata.generation = 1;
    delete metadata.deletionTimestamp;
    return this.#write('ADDED', resource, { ...draft, metadata });
  }

  /** Replaces an object; `status` alone, or all but the status, as the API's two ways of writing do. */
  update(resource: Resource, draft: KubeObject, part: 'all' | 'spec' | 'status' = 'all'): KubeObject {
    const old = this.need(resource, draft.metadata.namespace, draft.metadata.name ?? '');
    const wanted = draft.metadata.resourceVersion;
    if (wanted && wanted !== old.metadata.resourceVersion)
      throw conflict(`Operation cannot be fulfilled on ${resource.plural} "${old.metadata.name}": the object has been modified; please apply your changes to the latest version and try again`);
    const { status: _none, ...rest } = draft;
    const next: KubeObject =
      part === 'status'
        ? { ...old, ...(draft.status ? { status: draft.status } : {}) }
        : part === 'spec' && old.status ? { ...rest, status: old.status } : { ...draft };
    const { uid, creationTimestamp, deletionTimestamp, generation = 1 } = old.metadata;
    const metadata = { ...next.metadata, ...(uid && { uid }), ...(creationTimestamp && { creationTimestamp }), ...(deletionTimestamp && { deletionTimestamp }) };
    const same = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b);
    metadata.generation = same(old.spec, next.spec) ? generation : generation + 1;
    const { resourceVersion: _r, ...without } = metadata;
    const { resourceVersion: _o, ...before } = old.metadata;
    if (same({ ...old, metadata: before }, { ...next, metadata: without })) return old;
    if (metadata.deletionTimestamp && !metadata.finalizers?.length) return this.#remove(resource, { ...next, metadata });
    return this.#write('MODIFIED', resource, { ...next, metadata });
  }

  /** Marks it where something holds it, takes it away else; and with it what it owns. */
  remove(resource: Resource, object: KubeObject): KubeObject {
    if (object.metadata.finalizers?.length) {
      if (object.metadata.deletionTimestamp) return object;
      return this.#write('MODIFIED', resource, { ...object, metadata: { ...object.metadata, deletionTimestamp: now() } });
    }
    return this.#remove(resource, object);
  }
  #remove(resource: Resource, object: KubeObject): KubeObject {
    const gone = this.#write('DELETED', resource, object);
    for (const [collection, objects] of this.#objects) {
      const [group = '', plural = ''] = collection.split('/');
      for (const dependent of objects.values())
        if (dependent.metadata.ownerReferences?.some(({ uid }) => uid === object.metadata.uid))
          this.remove({ group, plural, version: '', kind: dependent.kind, namespaced: dependent.metadata.namespace !== undefined }, dependent);
    }
    if (collectionOf(resource) === '/namespaces') this.#empty(object.metadata.name ?? '');
    return gone;
  }
  #empty(namespace: string): void {
    for (const [collection, objects] of this.#objects) {
      const [group = '', plural = ''] = collection.split('/');
      for (const object of objects.values())
        if (object.metadata.namespace === namespace)
          this.remove({ group, plural, version: '', kind: object.kind, namespaced: true }, { ...object, metadata: { ...object.metadata, finalizers: [] } });
    }
  }

  #write(type: Change['type'], resource: Resource, object: KubeObject): KubeObject {
    this.version += 1;
    const collection = collectionOf(resource);
    const key = `${object.metadata.namespace ?? ''}/${object.metadata.name}`;
    const stored = { ...object, metadata: { ...object.metadata, resourceVersion: String(this.version) } };
    if (type === 'DELETED') {
      this.#db.prepare('DELETE FROM kine WHERE name = ?').run(`${collection}|${key}`);
      this.#of(collection).delete(key);
    } else {
      this.#db.prepare('INSERT OR REPLACE INTO kine (name, id, value) VALUES (?, ?, ?)').run(`${collection}|${key}`, this.version, JSON.stringify(stored));
      this.#of(collection).set(key, stored);
    }
    const change: Change = { type, collection, object: stored, version: this.version };
    this.history.push(change);
    if (this.history.length > 4000) this.history.splice(0, 2000);
    for (const watcher of this.#watchers) watcher(change);
    return stored;
  }
  /** Every change from now on; gives what ends it. */
  watch(watcher: (change: Change) => void): () => void {
    this.#watchers.add(watcher);
    return () => this.#watchers.delete(watcher);
  }
  close(): void {
    this.#db.close();
  }
} // prettier-ignore
