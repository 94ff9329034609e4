import type { EngineContext } from '../../kube/context.ts';
import { virtualMachineInstances } from '../../kube/resources.ts';
import { unwritableText } from '../../store/unwritable.ts';
import type { Machine, MachineChange } from '../qemu/machine.ts';
import { phaseOf } from '../spec.ts';
import { guestFacts } from './guest.ts';
import type { GuestFacts } from './guest.ts';
import { LifeWatch } from './life-watch.ts';
import { setPhase } from './phase.ts';
import { describeRunning } from './running.ts';
import { Reserve } from './reserve.ts';
import { SpaceWatch } from './space.ts';
import { trafficOf } from '../metrics.ts';

/** The agent tells no changes of addresses, so it is asked now and then while it is connected. */
const askAgain = 30_000;

/** Carries what happens in machines into the status of their instances. */
export class MachineReporter {
  readonly #context: EngineContext;
  readonly #space: SpaceWatch;
  readonly #life: LifeWatch;
  readonly #reserve: Reserve;
  readonly #guests = new Map<string, GuestFacts>();
  readonly #timers = new Map<string, NodeJS.Timeout>();

  constructor(context: EngineContext) {
    this.#context = context;
    this.#space = new SpaceWatch(context.log, (machine) => this.report(machine));
    this.#life = new LifeWatch(context);
    this.#reserve = new Reserve(context.paths.root, context.log);
    this.#reserve.keep();
  }

  follow(machine: Machine): void {
    machine.on('change', (change) => this.#changed(machine, change));
    this.#space.watch(machine);
    if (machine.agentConnected) void this.#askGuest(machine);
    this.#life.watch(machine);
    this.report(machine);
  }

  forget(machine: Machine): void {
    const { uid } = machine.record;
    this.#space.forget(uid);
    this.#life.forget(uid);
    this.#guests.delete(uid);
    clearTimeout(this.#timers.get(uid));
    this.#timers.delete(uid);
  }

  close(): void {
    this.#space.close();
    this.#life.close();
    for (const timer of this.#timers.values()) clearTimeout(timer);
  }

  /** Writes the machine's state into its instance; nothing is written where nothing changed. */
  report(machine: Machine): void {
    const { uid, namespace, name } = machine.record;
    if (machine.outcome) return;
    try {
      this.#context.store.mutate(virtualMachineInstances, namespace, name, (draft) => {
        if (draft.metadata.uid !== uid || ['Succeeded', 'Failed'].includes(phaseOf(draft))) return;
        setPhase(draft, 'Running');
        describeRunning(draft, this.#context, machine, this.#guests.get(uid));
      });
    } catch (error) {
      // The machine goes on, and the next report says it.
      if (!unwritableText(error)) throw error;
      this.#context.log.warn({ err: error, vmi: name }, 'the state of a machine could not be written down');
    }
  }

  #changed(machine: Machine, change: MachineChange): void {
    const vmi = this.#instance(machine);
    if (change === 'agent') {
      if (machine.agentConnected) void this.#askGuest(machine);
      else this.#guests.delete(machine.record.uid);
    }
    if (machine.paused === 'PausedIOError') this.#reserve.give();
    else if (change === 'resumed') this.#reserve.keep();
    if (change === 'paused' || change === 'resumed') this.#space.watch(machine);
    if (change === 'reset') this.#life.watch(machine);
    if (change === 'reset') void this.#noteRestart(machine);
    this.report(machine);
    if (!vmi) return;
    if (change === 'failed' && machine.broken) {
      this.#context.event(vmi, 'Warning', 'InternalError', machine.broken);
      void machine.quit();
    } else if (change === 'paused' && machine.paused === 'PausedIOError')
      this.#context.event(
        vmi,
        'Warning',
        'PausedIOError',
        `The disk of this computer is full (${machine.record.diskFolder}): the machine is paused until there is space again. Nothing is lost.`,
      );
    else if (change === 'paused') this.#context.event(vmi, 'Normal', 'Paused', 'VMI was paused');
    else if (change === 'resumed') this.#context.event(vmi, 'Normal', 'Resumed', 'VMI was resumed');
  }

  /** The guest began anew in the same machine, which nothing else tells: how often, and what its drives had read and written by then. */
  async #noteRestart(machine: Machine): Promise<void> {
    const { uid, namespace, name } = machine.record;
    try {
      const drives = await trafficOf(machine);
      this.#context.store.mutate(virtualMachineInstances, namespace, name, (draft) => {
        if (draft.metadata.uid !== uid) return;
        const { [restartsAnnotation]: before, ...others } = draft.metadata.annotations ?? {};
        const told = JSON.stringify({ count: countOf(before) + 1, drives });
        draft.metadata.annotations = { ...others, [restartsAnnotation]: told };
      });
    } catch (error) {
      this.#context.log.debug({ err: error, vmi: name }, 'a restart of the guest could not be noted');
    }
  }

  async #askGuest(machine: Machine): Promise<void> {
    const { uid } = machine.record;
    clearTimeout(this.#timers.get(uid));
    if (!machine.agentConnected || machine.outcome) return;
    try {
      this.#guests.set(uid, await guestFacts(machine));
      this.report(machine);
    } catch (error) {
      this.#context.log.debug({ err: error, vmi: machine.record.name }, 'the guest agent did not answer');
    }
    if (machine.outcome || this.#context.signal.aborted) return;
    const timer = setTimeout(() => void this.#askGuest(machine), askAgain);
    timer.unref();
    this.#timers.set(uid, timer);
  }

  #instance(machine: Machine) {
    const { uid, namespace, name } = machine.record;
    const vmi = this.#context.store.get(virtualMachineInstances, namespace, name);
    return vmi?.metadata.uid === uid ? vmi : undefined;
  }
}

/** Read by whoever looks whether an installation is over. */
const restartsAnnotation = 'hearth.dev/guest-restarts';
const countOf = (told: string | undefined): number => Number(/"count":(\d+)/.exec(told ?? '')?.[1] ?? 0);
