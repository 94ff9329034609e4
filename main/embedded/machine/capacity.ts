import { readable } from '../kube/quantity.ts';

/** There is no room for the machine now. */
export class Unschedulable extends Error {
  override readonly name = 'Unschedulable';
}

/** Memory and virtual processors of this computer that machines may use, and who uses them. */
export class Capacity {
  readonly #total: number;
  readonly #processors: number;
  readonly #taken = new Map<string, number>();
  readonly #busy = new Map<string, number>();
  readonly #freed: () => void;

  /** `total`: bytes. `processors`: of all machines together; as many as they like unless told. */
  constructor(total: number, freed: () => void, processors = Infinity) {
    this.#total = total;
    this.#freed = freed;
    this.#processors = processors;
  }

  get used(): number {
    return [...this.#taken.values()].reduce((sum, bytes) => sum + bytes, 0);
  }

  /** Throws Unschedulable, with the figures. Taking again for the same uid replaces. */
  take(uid: string, bytes: number, parts: { guest: number; cache: number }): void {
    const free = this.#total - (this.used - (this.#taken.get(uid) ?? 0));
    if (bytes > free) {
      const cache = parts.cache ? ` + ${readable(parts.cache)} translation cache of software mode` : '';
      const overhead = readable(bytes - parts.guest - parts.cache);
      throw new Unschedulable(
        `0/1 nodes are available: 1 Insufficient memory. The machine needs ${readable(bytes)} (${readable(parts.guest)} guest${cache} + ${overhead} QEMU); ${readable(Math.max(0, free))} of ${readable(this.#total)} for machines are free. Stop another machine or give this one less memory.`,
      );
    }
    this.#taken.set(uid, bytes);
  }

  /** Virtual processors. Throws Unschedulable, with the figures. Taking again for the same uid replaces. */
  takeProcessors(uid: string, count: number): void {
    const others = [...this.#busy].reduce((sum, [owner, has]) => (owner === uid ? sum : sum + has), 0);
    const free = Math.max(0, this.#processors - others);
    if (count > free)
      throw new Unschedulable(
        `0/1 nodes are available: 1 Insufficient cpu. The machine has ${count} virtual CPUs; ${free} of ${this.#processors} for machines are free. Stop another machine, give this one fewer, or raise the share of the processors in Hearth's settings.`,
      );
    this.#busy.set(uid, count);
  }

  /** For a machine that runs already (adopted): taken whether it fits or not. */
  force(uid: string, bytes: number): void {
    this.#taken.set(uid, bytes);
  }
  forceProcessors(uid: string, count: number): void {
    this.#busy.set(uid, count);
  }

  release(uid: string): void {
    const had = this.#busy.delete(uid);
    if (this.#taken.delete(uid) || had) this.#freed();
  }
}
