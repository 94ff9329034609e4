import type { Stored } from '../kube/object.ts';

/** One namespace of one kind: names kept sorted, so that a list needs no sorting. */
class Shelf {
  readonly objects = new Map<string, Stored>();
  private readonly names: string[] = [];
  private cached: readonly Stored[] | undefined;
  set(object: Stored): void {
    const { name } = object.metadata;
    if (!this.objects.has(name)) this.names.splice(position(this.names, name), 0, name);
    this.objects.set(name, object);
    this.cached = undefined;
  }
  delete(name: string): void {
    if (!this.objects.delete(name)) return;
    this.names.splice(position(this.names, name), 1);
    this.cached = undefined;
  }
  list(): readonly Stored[] {
    this.cached ??= this.names.map((name) => this.objects.get(name)).filter((object) => object !== undefined);
    return this.cached;
  }
}

const position = (names: readonly string[], name: string): number => {
  let low = 0;
  let high = names.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((names[middle] ?? '') < name) low = middle + 1;
    else high = middle;
  }
  return low;
};

/** All objects of one kind. */
export class Table {
  private readonly shelves = new Map<string, Shelf>();
  get(namespace: string | undefined, name: string): Stored | undefined {
    return this.shelves.get(namespace ?? '')?.objects.get(name);
  }
  set(object: Stored): void {
    const namespace = object.metadata.namespace ?? '';
    let shelf = this.shelves.get(namespace);
    if (!shelf) this.shelves.set(namespace, (shelf = new Shelf()));
    shelf.set(object);
  }
  delete(object: Stored): void {
    const namespace = object.metadata.namespace ?? '';
    const shelf = this.shelves.get(namespace);
    shelf?.delete(object.metadata.name);
    if (shelf?.objects.size === 0) this.shelves.delete(namespace);
  }
  /** Ordered by namespace, then name. */
  list(namespace?: string): readonly Stored[] {
    if (namespace !== undefined) return this.shelves.get(namespace)?.list() ?? [];
    const [only, ...more] = [...this.shelves.keys()].sort();
    if (only === undefined) return [];
    if (more.length === 0) return this.shelves.get(only)?.list() ?? [];
    return [only, ...more].flatMap((key) => this.shelves.get(key)?.list() ?? []);
  }
}
