import { join } from 'node:path';
import type { Log } from '../kube/context.ts';
import type { KubeObject, Stored } from '../kube/object.ts';
import type { ResourceType } from '../kube/resources.ts';
import { events, groupResource, namespaces, resourceTypes } from '../kube/resources.ts';
import { StatusError, notFound } from '../kube/status-error.ts';
import { clone, freeze, same } from './clone.ts';
import { ObjectFiles } from './files.ts';
import { Garbage } from './garbage.ts';
import type { Change } from './history.ts';
import { History } from './history.ts';
import { carryOver, checkCurrent, fillNew, now } from './metadata.ts';
import { Owners } from './owners.ts';
import { EngineState } from './state.ts';
import type { DeleteOptions, Store, WatchEvent } from './store.ts';
import { Table } from './table.ts';

type Write = { subresource?: 'status' };
type Listener = (event: WatchEvent) => void;

/** The store that the engine runs on: all objects in memory, one YAML file each on disk. */
export class ObjectStore implements Store {
  readonly state: EngineState;
  private readonly files: ObjectFiles;
  private readonly log: Log;
  private readonly types: readonly ResourceType[];
  private readonly tables = new Map<ResourceType, Table>();
  private readonly listeners = new Map<ResourceType, Set<Listener>>();
  private readonly owners = new Owners();
  private readonly history: History;
  private readonly garbage: Garbage;
  private readonly pending: Change[] = [];
  private delivering = false;
  private closed = false;

  /** Reads everything under `root` (DATA/engine). */
  constructor(options: { root: string; log: Log; types?: readonly ResourceType[]; historySize?: number }) {
    this.log = options.log;
    this.types = options.types ?? resourceTypes;
    this.files = new ObjectFiles(options.root, join(options.root, 'objects'));
    this.state = new EngineState(options.root, this.files.empty());
    for (const type of this.types) {
      this.tables.set(type, new Table());
      this.listeners.set(type, new Set());
    }
    this.load();
    // What happened before this start is not in memory: watchers from before list anew.
    this.history = new History(this.state.nextRevision(), options.historySize);
    this.garbage = new Garbage(this, (type, object) => this.remove(type, object), this.types);
  }

  get resourceVersion(): string {
    return String(this.state.revision);
  }
  get quarantined(): readonly { file: string; reason: string }[] {
    return this.files.quarantined;
  }
  get(type: ResourceType, namespace: string | undefined, name: string): Stored | undefined {
    return this.table(type).get(type.namespaced ? namespace : undefined, name);
  }
  list(type: ResourceType, namespace?: string): readonly Stored[] {
    return this.table(type).list(type.namespaced ? namespace : undefined);
  }
  dependents(uid: string): readonly Stored[] {
    return this.owners.of(uid).map(({ object }) => object);
  }
  typedDependents(uid: string): readonly { type: ResourceType; object: Stored }[] {
    return this.owners.of(uid);
  }
  /** Changes of a kind after a resourceVersion; undefined where they are no longer known (410 for the client). */
  since(type: ResourceType, revision: number): WatchEvent[] | undefined {
    return this.history.since(type, revision);
  }
  get oldestRevision(): number {
    return this.history.oldest;
  }

  create(type: ResourceType, object: KubeObject): Stored {
    const draft = clone(object);
    this.prepare(type, draft);
    return this.commit(type, draft, undefined);
  }
  restore(type: ResourceType, object: KubeObject): Stored {
    return this.commit(type, clone(object), undefined);
  }
  /** What `create` would store, without storing it. */
  preview(type: ResourceType, object: KubeObject): Stored {
    const draft = clone(object);
    this.prepare(type, draft);
    return draft as Stored;
  }
  update(type: ResourceType, object: KubeObject, options: Write = {}): Stored {
    const { old, next } = this.prepareUpdate(type, object, options);
    if (next === old) return old;
    if (next.metadata.deletionTimestamp && !this.held(type, next)) return this.remove(type, next as Stored);
    return this.commit(type, next, old);
  }
  /** What `update` would store, without storing it. */
  previewUpdate(type: ResourceType, object: KubeObject, options: Write = {}): Stored {
    return this.prepareUpdate(type, object, options).next as Stored;
  }
  mutate(
    type: ResourceType,
    namespace: string | undefined,
    name: string,
    change: (draft: KubeObject) => void,
    options: Write = {},
  ): Stored | undefined {
    const old = this.get(type, namespace, name);
    if (!old) return undefined;
    const draft = clone(old) as KubeObject;
    change(draft);
    return this.update(type, draft, options);
  }
  delete(
    type: ResourceType,
    namespace: string | undefined,
    name: string,
    options: DeleteOptions = {},
  ): Stored | undefined {
    const old = this.get(type, namespace, name);
    if (!old) return undefined;
    checkCurrent(type, old, options.preconditions ?? {});
    if (options.propagation === 'Orphan') this.garbage.orphan(old);
    const draft = clone(old) as KubeObject;
    const { metadata } = draft;
    if (options.propagation === 'Foreground' && this.owners.of(old.metadata.uid).length > 0) {
      metadata.finalizers = [...new Set([...(metadata.finalizers ?? []), 'foregroundDeletion'])];
    }
    if (!this.held(type, draft)) return this.remove(type, old);
    const grace = options.gracePeriodSeconds ?? metadata.deletionGracePeriodSeconds ?? 0;
    if (!metadata.deletionTimestamp || metadata.deletionGracePeriodSeconds !== grace) {
      metadata.deletionTimestamp ??= now();
      metadata.deletionGracePeriodSeconds = grace;
      metadata.generation = (metadata.generation ?? 0) + 1;
      if (type === namespaces) draft.status = { ...draft.status, phase: 'Terminating' };
    }
    const left = same(draft, old) ? old : this.commit(type, draft, old);
    this.garbage.deleting(type, left);
    return this.get(type, namespace, name) ?? left;
  }
  /** Once seeds are there: finishes deletions that a kill cut short, removes the ownerless. Returns disks: they are kept. */
  collect(): Stored[] {
    const waiting = this.files.waiting();
    if (waiting > 0) this.log.warn({ waiting }, 'object files are set aside: nothing is taken for ownerless');
    return this.garbage.collect(waiting === 0);
  }
  watch(type: ResourceType, listener: Listener): () => void {
    const set = this.listeners.get(type);
    if (!set) throw new Error(`the store holds no ${type.plural}`);
    set.add(listener);
    return () => void set.delete(listener);
  }
  close(): void {
    this.closed = true;
    for (const set of this.listeners.values()) set.clear();
  }

  /** Something must happen before a deleted object may go. */
  private held(type: ResourceType, object: Readonly<KubeObject>): boolean {
    const { finalizers, name = '' } = object.metadata;
    return Boolean(finalizers?.length) || (type === namespaces && this.garbage.hasContents(name));
  }
  private table(type: ResourceType): Table {
    const table = this.tables.get(type);
    if (!table) throw notFound(groupResource(type), '');
    return table;
  }
  private prepare(type: ResourceType, draft: KubeObject): void {
    fillNew(type, draft, (name) => this.get(type, draft.metadata.namespace, name) !== undefined);
    const { namespace, name = '' } = draft.metadata;
    if (this.get(type, namespace, name)) {
      throw new StatusError(409, 'AlreadyExists', `${groupResource(type)} ${JSON.stringify(name)} already exists`, {
        details: { name, group: type.group, kind: type.plural },
      });
    }
    if (type === namespaces) draft.status = { phase: 'Active' };
    if (!namespace) return;
    const home = this.get(namespaces, undefined, namespace);
    if (!home) throw notFound('namespaces', namespace);
    if (!home.metadata.deletionTimestamp) return;
    throw new StatusError(403, 'Forbidden', `${groupResource(type)} ${JSON.stringify(name)} is forbidden: unable to create new content in namespace ${namespace} because it is being terminated`, {
      causes: [{ reason: 'NamespaceTerminating', message: `namespace ${namespace} is being terminated`, field: 'metadata.namespace' }],
      details: { name, group: type.group, kind: type.plural },
    }); // prettier-ignore
  }
  private prepareUpdate(
    type: ResourceType,
    object: KubeObject,
    options: Write,
  ): { old: Stored; next: Readonly<KubeObject> } {
    const { namespace, name = '' } = object.metadata;
    const old = this.get(type, namespace, name);
    if (!old) throw notFound(groupResource(type), name);
    checkCurrent(type, old, object.metadata);
    const next = carryOver(type, old, clone(object), options.subresource === 'status' && type.statusSubresource);
    // managedFields alone (their time) are no reason for a new version.
    const { managedFields: _old, ...oldMetadata } = old.metadata;
    const { managedFields: _new, ...newMetadata } = next.metadata;
    const unchanged =
      same({ ...old, metadata: oldMetadata }, { ...next, metadata: newMetadata }) && sameManagers(old, next);
    return { old, next: unchanged ? old : next };
  }
  private commit(type: ResourceType, draft: Readonly<KubeObject>, old: Stored | undefined): Stored {
    if (this.closed) throw new StatusError(503, 'ServiceUnavailable', 'the engine is shutting down');
    const revision = this.state.nextRevision();
    const next = freeze({ ...draft, metadata: { ...draft.metadata, resourceVersion: String(revision) } }) as Stored;
    // What a person wrote waits for the disk; a status comes again by itself, an event is only told.
    const lasting = type !== events && old?.metadata.generation !== next.metadata.generation;
    this.files.write(type, next, lasting);
    this.table(type).set(next);
    this.owners.replace(type, old, next);
    this.announce({
      type,
      revision,
      event: old ? { type: 'MODIFIED', object: next, old } : { type: 'ADDED', object: next },
    });
    return next;
  }
  private remove(type: ResourceType, last: Stored): Stored {
    const old = this.get(type, last.metadata.namespace, last.metadata.name) ?? last;
    this.garbage.removing(old);
    const revision = this.state.nextRevision();
    const gone = freeze({ ...last, metadata: { ...last.metadata, resourceVersion: String(revision) } }) as Stored;
    this.files.remove(type, old);
    this.table(type).delete(old);
    this.owners.replace(type, old, undefined);
    this.announce({ type, revision, event: { type: 'DELETED', object: gone, old } });
    this.garbage.removed(type, old);
    return gone;
  }
  /** In commit order, also where a listener writes: its change is told to everyone after the present one. */
  private announce(change: Change): void {
    this.history.add(change);
    this.pending.push(change);
    if (this.delivering) return;
    this.delivering = true;
    try {
      for (let next = this.pending.shift(); next; next = this.pending.shift()) {
        for (const listener of this.listeners.get(next.type) ?? []) this.tell(listener, next);
      }
    } finally {
      this.delivering = false;
    }
  }
  private tell(listener: Listener, change: Change): void {
    try {
      listener(change.event);
    } catch (error) {
      this.log.error(
        { err: error, kind: change.type.kind, name: change.event.object.metadata.name },
        'a store listener failed',
      );
    }
  }
  private load(): void {
    const seen = new Set<string>();
    const unfinished: { type: ResourceType; object: KubeObject }[] = [];
    for (const { type, object } of this.files.load(this.types)) {
      const { uid, resourceVersion } = object.metadata;
      if (uid && seen.has(uid)) {
        this.files.setAside(this.files.fileOf(type, object), `another object has the uid ${uid} already`);
      } else if (!uid || !resourceVersion || !/^\d+$/.test(resourceVersion)) unfinished.push({ type, object });
      else {
        seen.add(uid);
        this.state.raiseTo(Number(resourceVersion));
        this.place(type, freeze(object) as Stored);
      }
    }
    // Written by hand, e.g. taken from a git repository: becomes an object like any other.
    for (const { type, object } of unfinished) {
      const { metadata } = object;
      const fresh: KubeObject = clone(object);
      try {
        fillNew(type, fresh, () => false);
        fresh.metadata.uid = metadata.uid ?? fresh.metadata.uid ?? '';
        fresh.metadata.creationTimestamp = metadata.creationTimestamp ?? now();
        fresh.metadata.resourceVersion = String(this.state.nextRevision());
        this.files.write(type, fresh, true);
        this.place(type, freeze(fresh) as Stored);
      } catch (error) {
        if (!(error instanceof StatusError)) throw error;
        this.files.setAside(this.files.fileOf(type, object), error.message);
      }
    }
    for (const { file, reason } of this.quarantined) this.log.error({ file, reason }, 'object file set aside');
  }
  private place(type: ResourceType, object: Stored): void {
    this.table(type).set(object);
    this.owners.replace(type, undefined, object);
  }
}

const sameManagers = (a: Readonly<KubeObject>, b: Readonly<KubeObject>): boolean => {
  const strip = (list: unknown[] | undefined) =>
    (list ?? []).map((entry) => ({ ...(entry as object), time: undefined }));
  return same(strip(a.metadata.managedFields), strip(b.metadata.managedFields));
};
