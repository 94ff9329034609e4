import type { KubeObject, Stored } from '../kube/object.ts';
import type { ResourceType } from '../kube/resources.ts';

export type WatchEvent = {
  type: 'ADDED' | 'MODIFIED' | 'DELETED';
  object: Stored;
  /** Before the change. */ old?: Stored;
};

export interface DeleteOptions {
  preconditions?: { uid?: string; resourceVersion?: string };
  /** Background (default): dependents go after; Foreground: before; Orphan: they stay. */
  propagation?: 'Background' | 'Foreground' | 'Orphan';
  gracePeriodSeconds?: number;
}

/**
 * The truth of the engine. Synchronous on purpose: one process, one writer, no races between a read and its write.
 * Every write is on disk (temp file + rename) before it returns, and listeners run after it, in order.
 * It knows metadata rules (uid, resourceVersion, generation, finalizers, ownerReferences), not what a kind means.
 * All methods throw StatusError.
 */
export interface Store {
  get(type: ResourceType, namespace: string | undefined, name: string): Stored | undefined;
  /** All of a kind, or of one namespace; ordered by namespace, then name. */
  list(type: ResourceType, namespace?: string): readonly Stored[];
  /** By ownerReference uid, any kind. */
  dependents(uid: string): readonly Stored[];
  /** Fills uid, creationTimestamp, generation 1, resourceVersion, generateName. 409 AlreadyExists. */
  create(type: ResourceType, object: KubeObject): Stored;
  /** Puts back an object whose file was lost, as it was: uid and times stay. The name must be free. */
  restore(type: ResourceType, object: KubeObject): Stored;
  /** Whole-object write. A resourceVersion in it must be current (409 Conflict). An update that changes nothing writes nothing. */
  update(type: ResourceType, object: KubeObject, options?: { subresource?: 'status' }): Stored;
  /**
   * Read-modify-write for controllers: `change` gets a private deep copy. Returns undefined where the object is gone.
   * Nothing is written, and no event sent, when nothing changed.
   */
  mutate(
    type: ResourceType,
    namespace: string | undefined,
    name: string,
    change: (draft: KubeObject) => void,
    options?: { subresource?: 'status' },
  ): Stored | undefined;
  /** Sets deletionTimestamp while finalizers remain, else removes. Returns what is left or what was removed; undefined when absent. */
  delete(type: ResourceType, namespace: string | undefined, name: string, options?: DeleteOptions): Stored | undefined;
  /** Changes from now on, in commit order, called synchronously after the commit. A listener that throws is logged and kept. */
  watch(type: ResourceType, listener: (event: WatchEvent) => void): () => void;
  readonly resourceVersion: string;
  /** Object files that could not be read at start: set aside, named, nothing else stopped. */
  readonly quarantined: readonly { file: string; reason: string }[];
  close(): void;
}
