import { readable } from '../kube/quantity.ts';

/** There is no room for the machine now. */
export class Unschedulable extends Error {
  override readonly name = 'Unschedulable';
}

/** Memory of this computer that machines may use, and who uses it. Bytes. */
export class Capacity {
  readonly #total: number;
  readonly #taken = new Map<string, number>();
  readonly #freed: () => void;

  constructor(total: number, freed: () => void) {
    this.#total = total;
    this.#freed = freed;
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

  /** For a machine that runs already (adopted): taken whether it fits or not. */
  force(uid: string, bytes: number): void {
    this.#taken.set(uid, bytes);
  }

  release(uid: string): void {
    if (this.#taken.delete(uid)) this.#freed();
  }
}
