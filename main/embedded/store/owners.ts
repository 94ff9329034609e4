import type { Stored } from '../kube/object.ts';
import type { ResourceType } from '../kube/resources.ts';

type Typed = { type: ResourceType; object: Stored };

/** Who belongs to whom, by the owner's uid. */
export class Owners {
  /** Owner's uid -> the dependent's uid -> the dependent as it is now. */
  private readonly byOwner = new Map<string, Map<string, Typed>>();
  replace(type: ResourceType, old: Stored | undefined, next: Stored | undefined): void {
    for (const owner of old?.metadata.ownerReferences ?? []) {
      const set = this.byOwner.get(owner.uid);
      set?.delete(old?.metadata.uid ?? '');
      if (set?.size === 0) this.byOwner.delete(owner.uid);
    }
    for (const owner of next?.metadata.ownerReferences ?? []) {
      if (!next) continue;
      let set = this.byOwner.get(owner.uid);
      if (!set) this.byOwner.set(owner.uid, (set = new Map()));
      set.set(next.metadata.uid, { type, object: next });
    }
  }
  of(uid: string): Typed[] {
    return [...(this.byOwner.get(uid)?.values() ?? [])];
  }
}
