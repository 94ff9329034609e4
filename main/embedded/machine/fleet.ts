import { Held } from './held.ts';
import type { Machine } from './qemu/machine.ts';

/** The machines that run now, by the uid of their instance. */
export class Fleet {
  readonly #machines = new Map<string, Machine>();
  readonly held = new Held();
  readonly #joined = new Set<(machine: Machine) => void>();

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
    for (const listener of this.#joined) listener(machine);
  }
  /** Called for each machine that joins: its instance may be Running in the store a moment before that. */
  onJoin(listener: (machine: Machine) => void): () => void {
    this.#joined.add(listener);
    return () => this.#joined.delete(listener);
  }
  remove(uid: string): void {
    this.#machines.delete(uid);
  }
}
