import { rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Disks } from '../../kube/block.ts';
import type { EngineContext } from '../../kube/context.ts';
import type { KubeObject, Stored } from '../../kube/object.ts';
import { keyOf } from '../../kube/object.ts';
import {
  configMaps,
  dataVolumes,
  networkAttachmentDefinitions,
  nodes,
  persistentVolumeClaims,
  secrets,
  virtualMachineInstances,
} from '../../kube/resources.ts';
import type { NetworkController } from '../../network/networks.ts';
import type { SavedStates } from '../qemu/saved.ts';
import { BootQueue } from '../boot-queue.ts';
import { topologyOf, vcpus } from '../argv/size.ts';
import { Capacity } from '../capacity.ts';
import type { Fleet } from '../fleet.ts';
import { growOpenFiles } from '../live/grow.ts';
import { LiveUpdates } from '../live/updates.ts';
import { endProcess } from '../qemu/adopt.ts';
import type { Machine } from '../qemu/machine.ts';
import type { Outcome } from '../qemu/exit.ts';
import { WorkQueue } from '../queue.ts';
import { isFinal, phaseOf, vmiSpec } from '../spec.ts';
import type { StartOrder } from '../start-order/start-order.ts';
import { setOver, setPhase } from './phase.ts';
import { MachineReporter } from './report.ts';
import { KeptDisk } from './kept-disk.ts';
import { startInstance } from './start.ts';
import type { StartTools } from './start.ts';
import { graceEnds } from './stop.ts';
import { Deadlines } from '../../kube/deadlines.ts';

/** Kept until the machine is gone, as in KubeVirt. */
export const instanceFinalizer = 'foregroundDeleteVirtualMachine';
/** Boots at a time, however many cores there are: all of them wait for the same disk. */
const mostBoots = 16;
/** A guest may miss the power button before its system listens, so it is pressed again. */
const pressAgain = 5000;
/** The end of a process that is nobody's child is told by no event. */
const lookAgain = 5000;

/** Makes VirtualMachineInstances true: one QEMU process each. */
export class InstanceController {
  readonly #context: EngineContext;
  readonly #disks: Disks;
  readonly #fleet: Fleet;
  readonly #queue: WorkQueue;
  readonly #reporter: MachineReporter;
  readonly #tools: StartTools;
  readonly #live: LiveUpdates;
  #order: StartOrder | undefined;
  readonly #starting = new Map<string, AbortController>();
  readonly #announced = new Set<string>();
  readonly #deadlines = new Deadlines();
  readonly #endings = new Set<Promise<void>>();
  readonly #stopWatching: (() => void)[] = [];

  constructor(context: EngineContext, disks: Disks, fleet: Fleet, networks: NetworkController, saved?: SavedStates) {
    this.#context = context;
    this.#disks = disks;
    this.#fleet = fleet;
    this.#queue = new WorkQueue((key) => this.#reconcile(key), context.log);
    this.#reporter = new MachineReporter(context);
    this.#tools = {
      capacity: new Capacity(context.config.memory, () => this.#retryPending(), context.config.processors),
      keptDisk: new KeptDisk(context.paths.disks, context.config.keptDisk ?? 0, () => this.#retryPending()),
      bootQueue: new BootQueue(Math.min(mostBoots, context.config.cpus)),
      held: fleet.held,
      networks,
      saved,
    };
    this.#live = new LiveUpdates(context, disks, this.#tools.capacity);
    disks.growWith(growOpenFiles(fleet));
  }

  start(): void {
    const { store } = this.#context;
    this.#stopWatching.push(
      store.watch(virtualMachineInstances, ({ type, object }) => {
        if (type === 'DELETED' || object.metadata.deletionTimestamp)
          this.#starting.get(object.metadata.uid)?.abort(new Error('deleted'));
        if (type === 'DELETED') this.#forget(object);
        this.#queue.add(keyOf(object));
      }),
      // A disk that is ready or failed, or what a seed disk is made of, may be what an instance waits for.
      ...[dataVolumes, persistentVolumeClaims, secrets, configMaps, networkAttachmentDefinitions].map((type) =>
        store.watch(type, ({ object }) => this.#retryPending(object.metadata.namespace)),
      ),
    );
    this.#stopWatching.push(store.watch(nodes, () => this.#retryPending()));
    for (const vmi of store.list(virtualMachineInstances)) this.#queue.add(keyOf(vmi));
    this.#queue.start();
  }

  async stop(): Promise<void> {
    this.#tools.keptDisk.close();
    for (const unwatch of this.#stopWatching) unwatch();
    for (const abort of this.#starting.values()) abort.abort(new Error('the engine stops'));
    await this.#queue.close();
    this.#reporter.close();
  }

  /** Instances whose machines have a place in the order wait for their turn. */
  startInOrder(order: StartOrder): void {
    this.#order = order;
    order.onTurn((key) => this.#queue.add(key));
  }

  /** Resolves when every machine that has ended is noted as such. */
  async settled(): Promise<void> {
    await Promise.all(this.#endings);
  }

  /** A machine that runs: its changes become the instance's status from here on. */
  take(machine: Machine): void {
    const { uid } = machine.record;
    this.#fleet.add(machine);
    this.#tools.capacity.force(uid, machine.record.reserved);
    this.#reporter.follow(machine);
    const key = `${machine.record.namespace}/${machine.record.name}`;
    machine.on('change', (change) => {
      if (change === 'devices' || change === 'agent') this.#queue.add(key);
    });
    const vmi = this.#get(key);
    if (vmi) this.#tools.capacity.forceProcessors(uid, vcpus(topologyOf(vmiSpec(vmi))));
    if (vmi) this.#disks.runs(vmi);
    const ended = (outcome: Outcome) => {
      const ending = this.#ended(machine, outcome)
        .catch((error: unknown) =>
          this.#context.log.error({ err: error, uid }, 'the end of a machine could not be noted'),
        )
        .finally(() => this.#endings.delete(ending));
      this.#endings.add(ending);
    };
    machine.once('ended', ended);
    if (machine.outcome) ended(machine.outcome);
  }

  async #reconcile(key: string): Promise<void> {
    const vmi = this.#get(key);
    if (!vmi) return;
    const { uid } = vmi.metadata;
    const machine = this.#fleet.get(uid);
    if (vmi.metadata.deletionTimestamp) return this.#delete(key, vmi, machine);
    if (isFinal(vmi)) return machine ? machine.quit() : undefined;
    if (!vmi.metadata.finalizers?.includes(instanceFinalizer)) {
      this.#change(
        vmi,
        (draft) => (draft.metadata.finalizers = [...(draft.metadata.finalizers ?? []), instanceFinalizer]),
      );
      return;
    }
    if (machine) {
      const again = await this.#live.sync(vmi, machine);
      if (again !== undefined) this.#queue.addAfter(key, again);
      return this.#reporter.report(machine);
    }
    if (this.#fleet.held.of(uid)) return this.#queue.addAfter(key, lookAgain);
    if (phaseOf(vmi) === 'Running' || phaseOf(vmi) === 'Scheduled') return this.#lost(vmi);
    // After a power cut: its turn brings it here again.
    if (this.#order?.waits(key)) return this.#wait(vmi);
    const abort = new AbortController();
    this.#starting.set(uid, abort);
    try {
      const started = await startInstance(this.#context, this.#disks, this.#tools, vmi, abort.signal);
      if (started) this.take(started);
      else if (this.#fleet.held.size > 0) this.#queue.addAfter(key, lookAgain);
    } finally {
      this.#starting.delete(uid);
    }
  }

  #wait(vmi: Stored): void {
    if (phaseOf(vmi) === '') this.#change(vmi, (draft) => setPhase(draft, 'Pending'));
  }

  /** The process is gone and nobody saw how. */
  async #lost(vmi: Stored): Promise<void> {
    const message =
      'The QEMU process was gone when the engine came back: this computer was restarted, or the process was killed.';
    await this.#disks.close(vmi.metadata.uid);
    this.#tools.capacity.release(vmi.metadata.uid);
    this.#change(vmi, (draft) => setOver(draft, 'Failed', 'ProcessGone', message));
    this.#context.event(vmi, 'Warning', 'Stopped', message);
  }

  async #delete(key: string, vmi: Stored, machine: Machine | undefined): Promise<void> {
    const { uid } = vmi.metadata;
    if (machine && !machine.outcome) {
      const left = this.#deadlines.left(uid, graceEnds(vmi));
      if (left <= 0 || machine.broken) {
        this.#context.event(vmi, 'Normal', 'Killing', 'The grace period is over: the machine is switched off.');
        await machine.quit();
        return;
      }
      if (!this.#announced.has(uid)) {
        this.#announced.add(uid);
        this.#context.event(vmi, 'Normal', 'ShuttingDown', 'Signaled Graceful Shutdown');
      }
      await machine.powerDown();
      this.#queue.addAfter(key, Math.min(left + 10, pressAgain));
      return;
    }
    const held = this.#fleet.held.of(uid);
    if (held) await endProcess(held);
    await this.#disks.close(uid);
    this.#tools.capacity.release(uid);
    this.#change(vmi, (draft) => {
      if (!isFinal(draft)) setOver(draft, 'Succeeded', 'Stopped', 'The machine never ran.');
    });
    this.#change(vmi, (draft) => {
      draft.metadata.finalizers = (draft.metadata.finalizers ?? []).filter((name) => name !== instanceFinalizer);
    });
  }

  async #ended(machine: Machine, outcome: Outcome): Promise<void> {
    const { uid, namespace, name } = machine.record;
    if (this.#fleet.get(uid) !== machine) return;
    this.#fleet.remove(uid);
    this.#reporter.forget(machine);
    this.#live.forget(uid);
    try {
      await this.#disks.close(uid);
    } catch (error) {
      this.#context.log.error({ err: error, uid }, 'the disks of an ended machine could not be closed');
    }
    this.#tools.capacity.release(uid);
    const vmi = this.#get(`${namespace}/${name}`);
    if (vmi?.metadata.uid !== uid) return;
    this.#change(vmi, (draft) => setOver(draft, outcome.phase, outcome.reason, outcome.message));
    const failed = outcome.phase === 'Failed';
    this.#context.event(
      vmi,
      failed ? 'Warning' : 'Normal',
      'Stopped',
      failed
        ? `The VirtualMachineInstance crashed. ${outcome.message}`
        : `The VirtualMachineInstance was shut down. ${outcome.message}`,
    );
    this.#queue.add(`${namespace}/${name}`);
  }

  /** The instance is gone: what its machine left on disk goes too. */
  #forget(vmi: Stored): void {
    const { uid } = vmi.metadata;
    this.#announced.delete(uid);
    const machine = this.#fleet.get(uid);
    const clean = () => rmSync(join(this.#context.paths.machines, uid), { recursive: true, force: true });
    // First of all: a record without its instance means to the next engine that the instance's file was lost.
    if (machine) rmSync(machine.files.record, { force: true });
    // Deleted without its finalizer: a machine without an instance must not go on.
    if (machine) void machine.quit().finally(clean);
    else clean();
  }

  #retryPending(namespace?: string): void {
    for (const vmi of this.#context.store.list(virtualMachineInstances, namespace))
      if (['', 'Pending', 'Scheduling'].includes(phaseOf(vmi))) this.#queue.add(keyOf(vmi));
  }

  #get(key: string): Stored | undefined {
    const [namespace, name = ''] = key.split('/');
    return this.#context.store.get(virtualMachineInstances, namespace, name);
  }

  /** Writes only where it still is the same instance. */
  #change(vmi: Stored, change: (draft: KubeObject) => void): void {
    this.#context.store.mutate(virtualMachineInstances, vmi.metadata.namespace, vmi.metadata.name, (draft) => {
      if (draft.metadata.uid === vmi.metadata.uid) change(draft);
    });
  }
}
