import type { Machine } from './qemu/machine.ts';

/** The machines that run now, by the uid of their instance. */
export class Fleet {
  readonly #machines = new Map<string, Machine>();

  get(uid: string): Machine | undefined {
    return this.#machines.get(uid);
  }
  find(namespace: string, name: string): Machine | undefined {
    return this.all().find(({ record }) => record.namespace === namespace && record.name === name);
  }
  all(): Machine[] {
    return [...this.#machines.values()];
  }
  add(machine: Machine): void {
    this.#machines.set(machine.record.uid, machine);
  }
  remove(uid: string): void {
    this.#machines.delete(uid);
  }
}
