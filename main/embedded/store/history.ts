import type { ResourceType } from '../kube/resources.ts';
import type { WatchEvent } from './store.ts';

export interface Change {
  type: ResourceType;
  event: WatchEvent;
  revision: number;
}

/** The last changes of all kinds, so that a watch can take up where its client left off. */
export class History {
  private readonly capacity: number;
  private changes: Change[] = [];
  /** Changes up to this revision are no longer known. */
  private forgotten: number;
  constructor(start: number, capacity = 10_000) {
    this.forgotten = start;
    this.capacity = capacity;
  }
  add(change: Change): void {
    this.changes.push(change);
    // Cut in slices: an array that loses its head at every change would be copied each time.
    if (this.changes.length < this.capacity + 1_000) return;
    const cut = this.changes.splice(0, this.changes.length - this.capacity);
    this.forgotten = cut.at(-1)?.revision ?? this.forgotten;
  }
  /** Changes of a kind after a revision, oldest first; undefined where it is too long ago. */
  since(type: ResourceType, revision: number): WatchEvent[] | undefined {
    if (revision < this.forgotten) return undefined;
    let low = 0;
    let high = this.changes.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.changes[middle]?.revision ?? 0) <= revision) low = middle + 1;
      else high = middle;
    }
    const events: WatchEvent[] = [];
    for (const change of this.changes.slice(low)) if (change.type === type) events.push(change.event);
    return events;
  }
  get oldest(): number {
    return this.forgotten;
  }
}
