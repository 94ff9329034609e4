import { execa } from 'execa';
import type { EngineContext } from '../kube/context.ts';
import { keyOf } from '../kube/object.ts';
import type { Stored } from '../kube/object.ts';
import { networkAttachmentDefinitions, services, virtualMachineInstances, virtualMachines } from '../kube/resources.ts';
import { isSwitched } from '../machine/argv/network.ts';
import { nicSockets } from '../machine/files.ts';
import type { Fleet } from '../machine/fleet.ts';
import type { Machine } from '../machine/qemu/machine.ts';
import { WorkQueue } from '../machine/queue.ts';
import { identityOf, isFinal, vmiSpec, vmSpec } from '../machine/spec.ts';
import { withoutDetached } from './live-spec.ts';
import { AddressBook, NoAddress, podRange, reservation } from './addresses.ts';
import { FaultBook } from './fault-book.ts';
import { hasBridge } from './host-bridge.ts';
import { LiveNics } from './live-nics.ts';
import { NetworkConfigError, parseNetworkConfig } from './nad.ts';
import type { NetworkConfig } from './nad.ts';
import { SwitchClient } from './switch-client.ts';
import { ipText } from './switch/packet.ts';
import { podKey } from './switch/protocol.ts';
import type { NameRecord, PortCounters, PortFaults, SwitchPort } from './switch/protocol.ts';
import { nameRecords, nicViews } from './views.ts';
import type { NicView } from './views.ts';

/** A machine cannot start for its networks, yet; the text is KubeVirt's where it has one. */
export class NetworkNotReady extends Error {
  override readonly name = 'NetworkNotReady';
}

/** Gives machines their addresses and names, and keeps the switch between them told. */
export class NetworkController {
  readonly #context: EngineContext;
  readonly #fleet: Fleet;
  readonly #client: SwitchClient;
  readonly #book: AddressBook;
  readonly #queue: WorkQueue;
  readonly #live: LiveNics;
  readonly #faults: FaultBook;
  readonly #stopWatching: (() => void)[] = [];
  #canSwitch: Promise<boolean> | undefined;
  #planned = false;

  constructor(context: EngineContext, fleet: Fleet) {
    this.#context = context;
    this.#fleet = fleet;
    this.#book = new AddressBook(context.paths.root, context.log);
    this.#client = new SwitchClient(context.paths, context.log, (port, seen) => this.#seen(port, seen), (runs) => this.#tellState(runs)); // prettier-ignore
    this.#faults = new FaultBook(context);
    this.#live = new LiveNics(context, () => this.#tell().then(() => this.#client.settled()));
    this.#queue = new WorkQueue((key) => this.#reconcile(key), context.log);
  }

  start(): void {
    const { store } = this.#context;
    const soon = () => this.#plan();
    this.#stopWatching.push(
      this.#fleet.onJoin(({ record }) => {
        this.#plan();
        this.#queue.add(`${record.namespace}/${record.name}`);
      }),
      store.watch(virtualMachineInstances, ({ object }) => {
        this.#plan();
        this.#queue.add(keyOf(object));
      }),
      store.watch(services, soon),
      store.watch(networkAttachmentDefinitions, soon),
      store.watch(virtualMachines, ({ type, object }) => {
        if (type === 'DELETED') {
          this.#book.forget(object.metadata.uid);
          this.#faults.forget(object.metadata.uid);
        } else this.#queue.add(keyOf(object));
        // Its faults stand at the machine itself.
        this.#plan();
      }),
    );
    for (const machine of this.#fleet.all()) this.#queue.add(`${machine.record.namespace}/${machine.record.name}`);
    this.#queue.start();
    this.#plan();
  }

  /** The switch stays for the machines that stay. */
  async stop(): Promise<void> {
    for (const unwatch of this.#stopWatching) unwatch();
    await this.#queue.close();
    await this.#client.stop(this.#fleet.all().every(({ outcome }) => outcome !== undefined));
  }

  counters(): Promise<Record<string, PortCounters>> {
    return this.#client.counters();
  }

  /** Before a start: its networks are there and its addresses are its own. `pod`: its interface there. Throws NetworkNotReady. */
  async prepare(vmi: Stored): Promise<{ switched: boolean; pod?: { nic: string; address: string } }> {
    let pod: { nic: string; address: string } | undefined;
    this.#canSwitch ??= this.#look();
    const switched = await this.#canSwitch;
    for (const view of nicViews(vmi)) {
      if (view.attachment !== undefined && !switched)
        throw new NetworkNotReady('Private networks need QEMU 7.2 or newer on Linux or macOS. Update QEMU, or put the machine on the pod network.'); // prettier-ignore
      const { address } = this.#address(vmi, view);
      if (view.attachment === undefined && address && switched) pod = { nic: view.nic.name, address };
    }
    return { switched, ...(pod ? { pod } : {}) };
  }

  async #look(): Promise<boolean> {
    if (process.platform === 'win32') return false;
    const { stdout, failed } = await execa(this.#context.config.qemuBinary, ['-M', 'none', '-netdev', 'help'], { reject: false, timeout: 10_000 }); // prettier-ignore
    // Where QEMU is not there at all, its start says so.
    return failed || /^stream$/m.test(stdout);
  }

  #config(attachment: string): NetworkConfig {
    const [namespace, name = ''] = attachment.split('/');
    const definition = this.#context.store.get(networkAttachmentDefinitions, namespace, name);
    if (!definition)
      throw new NetworkNotReady(`failed to render launch manifest: Failed to locate network attachment definition ${attachment}`); // prettier-ignore
    try {
      return parseNetworkConfig((definition.spec as { config?: string } | undefined)?.config ?? '', hasBridge);
    } catch (error) {
      if (error instanceof NetworkConfigError) throw new NetworkNotReady(`network ${attachment}: ${error.message}`);
      throw error;
    }
  }

  /** Key of the network and address there; no address where the network gives none. Throws NetworkNotReady. */
  #address(vmi: Stored, { nic, attachment }: NicView): { key: string; address?: string; config?: NetworkConfig } {
    const config = attachment === undefined ? undefined : this.#config(attachment);
    const key = config ? `bridge ${config.bridge}` : podKey;
    const range = config ? config.range : podRange;
    const wanted = vmi.metadata.annotations?.[reservation(nic.name)];
    if (!range) {
      if (wanted !== undefined) this.#context.log.debug({ vmi: keyOf(vmi), nic: nic.name }, 'a reserved address on a network that gives out none'); // prettier-ignore
      return { key, ...(config ? { config } : {}) };
    }
    try {
      const owner = `${identityOf(vmi)}/${nic.name}`;
      const address = this.#book.take(key, owner, range, wanted, (other) => this.#holder(other));
      return { key, address, ...(config ? { config } : {}) };
    } catch (error) {
      if (error instanceof NoAddress) throw new NetworkNotReady(`interface ${nic.name}: ${error.message}`);
      throw error;
    }
  }

  #holder(owner: string): { name: string; inUse: boolean } {
    const identity = owner.split('/')[0];
    const vmi = this.#context.store.list(virtualMachineInstances).find((one) => identityOf(one) === identity);
    return { name: vmi ? `machine ${keyOf(vmi)}` : 'a machine that is off', inUse: vmi !== undefined && !isFinal(vmi) };
  }

  /** Many changes at once become one word to the switch. */
  #plan(): void {
    if (this.#planned) return;
    this.#planned = true;
    setImmediate(() => {
      this.#planned = false;
      this.#tell().catch((error: unknown) => this.#context.log.error({ err: error }, 'the networks could not be told'));
    });
  }

  async #tell(): Promise<void> {
    const ports: SwitchPort[] = [];
    const places = new Map<string, NameRecord['addresses']>();
    const instances: Stored[] = [];
    for (const machine of this.#fleet.all()) {
      const { namespace, name, uid } = machine.record;
      const vmi = this.#context.store.get(virtualMachineInstances, namespace, name);
      if (vmi?.metadata.uid !== uid || machine.outcome) continue;
      instances.push(vmi);
      const views = nicViews(vmi);
      const onPod = views.some(({ attachment }) => attachment === undefined);
      const faultsOf = this.#faults.of(machine, vmi);
      for (const view of views) {
        const port = this.#port(machine, vmi, view, onPod, faultsOf(view.nic.name));
        if (!port) continue;
        ports.push(port.port);
        const address = port.address ?? machine.nics.get(view.nic.name)?.addresses.at(-1);
        if (address) places.set(uid, [...(places.get(uid) ?? []), { on: port.key, address }]);
      }
    }
    this.#client.set({ ports, names: nameRecords(instances, this.#context.store.list(services), (uid) => places.get(uid) ?? []) }); // prettier-ignore
  }

  #port(machine: Machine, vmi: Stored, view: NicView, onPod: boolean, faults: PortFaults | undefined) {
    const { nic, mac, attachment } = view;
    // Machines of an engine that had no switch keep what they have until they are restarted.
    if (attachment === undefined && !isSwitched(machine.record.argv)) return undefined;
    const id = `${vmi.metadata.uid}/${nic.name}`;
    try {
      const { key, address, config } = this.#address(vmi, view);
      const { socket, uplink } = nicSockets(machine.files, nic.name);
      const range = config?.range;
      const on: SwitchPort['on'] =
        attachment === undefined
          ? { pod: { uplink, address: address ?? '' } }
          : {
              network: key,
              names: !onPod,
              ...(range && address ? { ipv4: { address, prefix: range.prefix, server: ipText(range.server), ...(range.router === undefined ? {} : { router: ipText(range.router) }) } } : {}),
            }; // prettier-ignore
      if (attachment === undefined && address) this.#note(machine, nic.name, [address]);
      const port = { id, namespace: vmi.metadata.namespace ?? 'default', mac, socket, on, ...(faults && { faults }) };
      return { key, address, port };
    } catch (error) {
      if (!(error instanceof NetworkNotReady)) throw error;
      this.#context.log.warn({ vmi: keyOf(vmi), nic: nic.name, message: error.message }, 'an interface has no network');
      return undefined;
    }
  }

  /** The switch saw which address a guest on a private network uses. */
  #seen(port: string, addresses: string[]): void {
    const [uid = '', nic = ''] = port.split('/');
    const machine = this.#fleet.get(uid);
    if (!machine || machine.outcome) return;
    this.#note(machine, nic, addresses);
    this.#plan();
  }

  /** Machines run on without their networks for a moment; who looks for a broken connection finds the reason at the machine. */
  #tellState(runs: boolean): void {
    this.#context.log.warn({ runs }, runs ? 'the switch between machines is back' : 'the switch between machines ended; it is started again'); // prettier-ignore
    for (const machine of this.#fleet.all()) {
      const vmi = this.#context.store.get(virtualMachineInstances, machine.record.namespace, machine.record.name);
      if (!vmi || vmi.metadata.uid !== machine.record.uid || machine.outcome) continue;
      if (runs) this.#context.event(vmi, 'Normal', 'NetworkRestored', 'The switch between machines runs again: interfaces are connected as before.'); // prettier-ignore
      else this.#context.event(vmi, 'Warning', 'NetworkInterrupted', 'The switch between machines ended unexpectedly and is started again: connections stall for a moment.'); // prettier-ignore
    }
  }

  /** What a machine's interface is reached by; its instance tells it. */
  #note(machine: Machine, nic: string, addresses: string[]): void {
    if (machine.nics.get(nic)?.addresses.join() === addresses.join()) return;
    machine.nics.set(nic, { addresses });
    machine.emit('change', 'network');
  }

  /** Interfaces that were to go and are out leave the machine's own spec, as in KubeVirt. */
  #dropAbsent(namespace: string | undefined, name: string, vmi: Stored | undefined): void {
    const { store } = this.#context;
    const vm = store.get(virtualMachines, namespace, name);
    const rest = (object: Pick<Stored, 'spec'>) => withoutDetached(vmSpec(object).template.spec ?? { domain: { devices: {} } }, vmi && !isFinal(vmi) ? vmiSpec(vmi) : undefined); // prettier-ignore
    if (!vm || vm.metadata.deletionTimestamp || !rest(vm)) return;
    store.mutate(virtualMachines, namespace, name, (draft) => {
      const next = rest(draft);
      const { spec } = vmSpec(draft).template;
      if (!next || !spec) return;
      spec.domain.devices.interfaces = next.interfaces;
      spec.networks = next.networks;
    });
  }

  async #reconcile(key: string): Promise<void> {
    const [namespace, name = ''] = key.split('/');
    const vmi = this.#context.store.get(virtualMachineInstances, namespace, name);
    this.#dropAbsent(namespace, name, vmi);
    const machine = vmi && this.#fleet.get(vmi.metadata.uid);
    if (!vmi || !machine || machine.outcome || isFinal(vmi) || vmi.metadata.deletionTimestamp) return;
    if (vmiSpec(vmi).networks?.some(({ multus }) => multus) || isSwitched(machine.record.argv)) {
      const again = await this.#live.reconcile(machine, vmi, (view) => this.#address(vmi, view).key);
      if (again) this.#queue.addAfter(key, again);
    }
  }
}
