import { setTimeout as delay } from 'node:timers/promises';
import type { EngineContext } from '../../kube/context.ts';
import { virtualMachineInstances } from '../../kube/resources.ts';
import { dropCondition, setCondition } from '../conditions.ts';
import type { Machine } from '../qemu/machine.ts';
import { draftStatus, phaseOf } from '../spec.ts';
import type { VmiStatus } from '../spec.ts';
import { deadEndOf } from './dead-end.ts';
import { showsNoLife } from './life.ts';

/** Milliseconds between the looks after a start: firmware gives up within seconds, or after waiting for the network. */
const looks = [1500, 1500, 2000, 5000, 10_000, 20_000, 40_000, 60_000];
/** While it stands at a dead end: a key on its screen, a disc put in, and it may go on. */
const lookAgain = 5000;

/** Sees whether a machine that was started comes to life, and says so in its instance when it does not. */
export class LifeWatch {
  readonly #context: EngineContext;
  readonly #watching = new Map<string, AbortController>();

  constructor(context: EngineContext) {
    this.#context = context;
  }

  /** From its start, or from a reset. */
  watch(machine: Machine): void {
    const { uid } = machine.record;
    this.forget(uid);
    const stop = new AbortController();
    this.#watching.set(uid, stop);
    const signal = AbortSignal.any([stop.signal, this.#context.signal]);
    void this.#quietly(machine, signal, () => this.#lookForDeadEnd(machine, signal));
    if (this.#context.config.accelerator !== 'tcg')
      void this.#quietly(machine, signal, () => this.#lookForLife(machine, signal));
  }

  forget(uid: string): void {
    this.#watching.get(uid)?.abort();
    this.#watching.delete(uid);
  }

  close(): void {
    for (const uid of this.#watching.keys()) this.forget(uid);
  }

  async #quietly(machine: Machine, signal: AbortSignal, look: () => Promise<void>): Promise<void> {
    try {
      await look();
    } catch (error) {
      // A machine that ends in the middle of a look has ended; that is told elsewhere.
      if (!signal.aborted) this.#context.log.debug({ err: error, vmi: machine.record.name }, 'signs of life could not be read');
    }
  } // prettier-ignore

  async #lookForDeadEnd(machine: Machine, signal: AbortSignal): Promise<void> {
    let told: string | undefined;
    let before: string | undefined;
    for (let look = 0; look < looks.length || told !== undefined; look += 1) {
      await delay(told === undefined ? looks[look] : lookAgain, undefined, { ref: false, signal });
      if (machine.outcome) return;
      if (machine.paused) continue;
      const words = await deadEndOf(machine);
      signal.throwIfAborted();
      // Twice the same, for a boot menu that is about to go on.
      if (words === before && words !== told) {
        told = words;
        this.#tell(machine, words);
      }
      before = words;
    }
  }

  #tell(machine: Machine, words: string | undefined): void {
    if (words === undefined) return this.#change(machine, (status) => dropCondition(status, 'NoSignOfLife'));
    const message = `The firmware found nothing that it could start. It says: "${words}"`;
    this.#say(machine, 'NoBootableDevice', message);
  }

  async #lookForLife(machine: Machine, signal: AbortSignal): Promise<void> {
    if (!(await showsNoLife(machine, signal))) return;
    const { accelerator } = this.#context.config;
    const message = `The guest showed no sign of life for 20 seconds under ${accelerator.toUpperCase()}. This computer's hardware acceleration may not really work: choose software mode in the settings and restart the machine.`;
    this.#say(machine, 'NoSignOfLife', message);
  }

  #say(machine: Machine, reason: string, message: string): void {
    this.#change(machine, (status) => setCondition(status, { type: 'NoSignOfLife', status: 'True', reason, message }));
    const { uid, namespace, name } = machine.record;
    const vmi = this.#context.store.get(virtualMachineInstances, namespace, name);
    if (vmi?.metadata.uid === uid) this.#context.event(vmi, 'Warning', reason, message);
  }

  #change(machine: Machine, edit: (status: VmiStatus) => void): void {
    const { namespace, name, uid } = machine.record;
    this.#context.store.mutate(virtualMachineInstances, namespace, name, (draft) => {
      if (draft.metadata.uid === uid && phaseOf(draft) === 'Running') edit(draftStatus<VmiStatus>(draft));
    });
  }
}
