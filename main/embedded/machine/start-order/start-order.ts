import type { EngineContext } from '../../kube/context.ts';
import type { Stored } from '../../kube/object.ts';
import { virtualMachineInstances, virtualMachines } from '../../kube/resources.ts';
import type { Fleet } from '../fleet.ts';
import { ownerUid, phaseOf, vmiStatus } from '../spec.ts';
import { comebackGroups, comesBack } from './comeback.ts';
import type { Comeback } from './comeback.ts';

/** A machine that is not up after so long no longer keeps the next ones waiting (ms). */
const patience = 120_000;

/**
 * The order in which machines come back when the engine starts and finds their processes gone: those with the lowest
 * `hearth.dev/start-order` first, the next ones when these are up and their own `hearth.dev/start-delay` is over. Machines
 * that live on have nothing to wait for, and one that a person starts later does not either.
 */
export class StartOrder {
  readonly #context: EngineContext;
  /** Those still to come, the next ones first. */
  #groups: Comeback[][] = [];
  /** Those whose turn it is: waiting for their delay, or on their way up. */
  #current: Comeback[] = [];
  readonly #waiting = new Set<string>();
  /** Instances whose processes were gone. */
  readonly #lost = new Set<string>();
  readonly #overdue = new Set<string>();
  readonly #timers = new Set<NodeJS.Timeout>();
  #unwatch: (() => void)[] = [];
  #tell: (key: string) => void = () => undefined;

  constructor(context: EngineContext) {
    this.#context = context;
  }

  /** After adoption and before anything is started. */
  begin(fleet: Fleet): void {
    const { store } = this.#context;
    const machines = store.list(virtualMachines).map((vm) => ({ vm, vmi: this.#instance(vm) }));
    const gone = machines.filter(
      ({ vm, vmi }) => comesBack(vm, vmi) && !(vmi && (fleet.get(vmi.metadata.uid) ?? fleet.held.of(vmi.metadata.uid))),
    );
    // One that never ran, because the last engine ended while it waited, is started as it is: it keeps its uid.
    for (const { vmi } of gone) if (vmi && phaseOf(vmi) === 'Running') this.#lost.add(vmi.metadata.uid);
    const [first = [], ...later] = comebackGroups(gone);
    for (const { key, uid } of later.flat()) {
      this.#waiting.add(key);
      const vm = gone.find((each) => each.vm.metadata.uid === uid)?.vm;
      if (vm) this.#context.event(vm, 'Normal', 'WaitingForTurn', 'This computer was off. The machine starts when those before it in the start order are up.'); // prettier-ignore
    }
    if (later.length === 0) return;
    this.#groups = later;
    // Nobody is before the first ones, so their delay counts from nothing.
    for (const each of first) this.#turn(each);
    this.#current = first;
    const look = (): void => this.#advance();
    this.#unwatch = [store.watch(virtualMachineInstances, look), store.watch(virtualMachines, look)];
  }

  waits(key: string): boolean {
    return this.#waiting.has(key);
  }
  /** Called with namespace/name of a machine whose turn it is. */
  onTurn(tell: (key: string) => void): void {
    this.#tell = tell;
  }
  stop(): void {
    for (const unwatch of this.#unwatch) unwatch();
    for (const timer of this.#timers) clearTimeout(timer);
    this.#unwatch = [];
    this.#groups = [];
    this.#current = [];
    this.#timers.clear();
  }

  #advance(): void {
    if (this.#current.some((each) => !this.#settled(each))) return;
    const next = this.#groups.shift();
    this.#current = next ?? [];
    if (!next) return this.stop();
    for (const each of next) this.#after(each.delay, () => this.#turn(each));
  }

  #turn(comeback: Comeback): void {
    this.#waiting.delete(comeback.key);
    this.#tell(comeback.key);
    this.#after(patience, () => {
      if (this.#settled(comeback)) return;
      this.#overdue.add(comeback.key);
      this.#context.log.warn({ vm: comeback.key }, 'a machine did not come up in time; the next ones are started');
      this.#advance();
    });
  }

  /** Up, or not to be waited for. */
  #settled({ key, uid, agent }: Comeback): boolean {
    if (this.#overdue.has(key)) return true;
    const [namespace, name = ''] = key.split('/');
    const vm = this.#context.store.get(virtualMachines, namespace, name);
    const vmi = vm && this.#instance(vm);
    if (vm?.metadata.uid !== uid || !comesBack(vm, vmi)) return true;
    if (this.#waiting.has(key) || !vmi || phaseOf(vmi) !== 'Running' || vmi.metadata.deletionTimestamp) return false;
    // The instance of before the cut says Running until it is looked at.
    if (this.#lost.has(vmi.metadata.uid)) return false;
    const connected = vmiStatus(vmi).conditions?.some(
      (each) => each.type === 'AgentConnected' && each.status === 'True',
    );
    return !agent || connected === true;
  }

  #instance(vm: Stored): Stored | undefined {
    const vmi = this.#context.store.get(virtualMachineInstances, vm.metadata.namespace, vm.metadata.name);
    return vmi && ownerUid(vmi) === vm.metadata.uid ? vmi : undefined;
  }
  #after(ms: number, then: () => void): void {
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      then();
    }, ms);
    timer.unref();
    this.#timers.add(timer);
  }
}
