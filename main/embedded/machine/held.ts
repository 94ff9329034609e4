import type { EngineContext } from '../kube/context.ts';
import type { KubeObject } from '../kube/object.ts';
import { nodes } from '../kube/resources.ts';
import { sameProcess } from './qemu/process.ts';

/** A QEMU that runs and cannot be (surely) taken over. */
export interface HeldProcess {
  pid: number;
  comm: string;
  startTime: string;
  argv: readonly string[];
}

/** QEMU processes that are left alone: their guests go on, and nobody else gets their disks while they live. */
export class Held {
  readonly #processes = new Map<string, HeldProcess>();

  /** `uid`: of the instance it belongs to, or of none that is there. */
  add(uid: string, held: HeldProcess): void {
    this.#processes.set(uid, held);
  }
  /** The living process of an instance. */
  of(uid: string): HeldProcess | undefined {
    const held = this.#processes.get(uid);
    if (!held || sameProcess(held)) return held;
    this.#processes.delete(uid);
    return undefined;
  }
  /** The living process that has one of these files open for itself. */
  userOf(paths: readonly string[]): HeldProcess | undefined {
    const words = paths.map((path) => JSON.stringify(path));
    return [...this.#processes.keys()]
      .map((uid) => this.of(uid))
      .find((held) => held?.argv.some((argument) => words.some((word) => argument.includes(word))));
  }
  get size(): number {
    return [...this.#processes.keys()].filter((uid) => this.of(uid)).length;
  }
}

/** Says that a QEMU is left alone, and how it can be ended. About the node where no instance is known. */
export function tellHeld(context: EngineContext, held: HeldProcess, why: string, about?: KubeObject): void {
  const way = about ? 'Stop the machine to end it' : `Shut its guest down, or end it with: kill ${held.pid}`;
  const text = `A running QEMU (process ${held.pid}) could not be taken over: ${why}. Its guest goes on, and its disks are given to nobody else meanwhile. ${way}.`;
  context.log.error({ pid: held.pid }, text);
  const [node] = context.store.list(nodes);
  const subject = about ?? node;
  if (subject) context.event(subject, 'Warning', 'MachineLeftAlone', text);
}
