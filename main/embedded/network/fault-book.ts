import type { EngineContext } from '../kube/context.ts';
import type { Stored } from '../kube/object.ts';
import { virtualMachines } from '../kube/resources.ts';
import { isSwitched } from '../machine/argv/network.ts';
import type { Machine } from '../machine/qemu/machine.ts';
import { identityOf } from '../machine/spec.ts';
import { faultsAnnotation, faultsOn, FaultsNotUnderstood, readFaults } from './faults.ts';
import type { MachineFaults } from './faults.ts';
import type { PortFaults } from './switch/protocol.ts';

/** What machines ask to be broken, as their VirtualMachines say it now. */
export class FaultBook {
  readonly #context: EngineContext;
  /** What an annotation meant, and what was said about it, so that it is not said again. */
  readonly #read = new Map<string, { text: string; faults: MachineFaults[] }>();

  constructor(context: EngineContext) {
    this.#context = context;
  }

  /** Faults of the interfaces of a running instance; one without a VirtualMachine has none. */
  of(machine: Machine, vmi: Stored): (nic: string) => PortFaults | undefined {
    const { namespace, name } = vmi.metadata;
    const vm = this.#context.store.get(virtualMachines, namespace, name);
    const text = vm?.metadata.annotations?.[faultsAnnotation];
    if (!vm || vm.metadata.uid !== identityOf(vmi) || text === undefined) return () => undefined;
    const known = this.#read.get(vm.metadata.uid);
    const faults = known?.text === text ? known.faults : this.#understand(vm, text, isSwitched(machine.record.argv));
    return (nic) => faultsOn(faults, nic);
  }

  forget(uid: string): void {
    this.#read.delete(uid);
  }

  #understand(vm: Stored, text: string, switched: boolean): MachineFaults[] {
    let faults: MachineFaults[] = [];
    try {
      faults = readFaults(text, vm.metadata.uid);
      if (faults.length > 0 && !switched) this.#context.event(vm, 'Warning', 'FaultsNotPossible', 'Faults of the pod network need QEMU 7.2 or newer on Linux or macOS, and a restart of the machine.'); // prettier-ignore
    } catch (error) {
      if (!(error instanceof FaultsNotUnderstood)) throw error;
      this.#context.event(vm, 'Warning', 'FaultsNotUnderstood', `The annotation ${faultsAnnotation}: ${error.message}. Nothing of it holds.`); // prettier-ignore
    }
    this.#read.set(vm.metadata.uid, { text, faults });
    return faults;
  }
}
