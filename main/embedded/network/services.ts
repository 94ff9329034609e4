import type { EngineContext } from '../kube/context.ts';
import { keyOf } from '../kube/object.ts';
import type { Condition, Stored } from '../kube/object.ts';
import { services, virtualMachineInstances } from '../kube/resources.ts';
import { setCondition } from '../machine/conditions.ts';
import { hasPodNetwork } from '../machine/argv/network.ts';
import type { Fleet } from '../machine/fleet.ts';
import { WorkQueue } from '../machine/queue.ts';
import { phaseOf } from '../machine/spec.ts';
import type { Machine } from '../machine/qemu/machine.ts';
import {
  addressOf,
  freeNodePort,
  forwardsOf,
  instanceLabels,
  selects,
  unknownPorts,
  usedNodePorts,
} from './service-ports.ts';
import type { ServiceSpec, WantedForward } from './service-ports.ts';
import { addRule, ForwardError, openRules, removeRule } from './hostfwd.ts';

interface OpenForward extends WantedForward {
  machineUid: string;
}
const sameForward = (a: OpenForward, b: OpenForward) =>
  a.machineUid === b.machineUid &&
  a.protocol === b.protocol &&
  a.address === b.address &&
  a.hostPort === b.hostPort &&
  a.guestPort === b.guestPort;

/** Milliseconds until a port that could not be opened is tried again. */
const again = 2000;

/** Condition of a Service: whether its ports lead into a guest now. */
export const forwardedCondition = 'hearth.dev/Forwarded';

/** Makes Services of the types NodePort and LoadBalancer true: ports of this computer that lead into a running guest. */
export class ServiceController {
  readonly #context: EngineContext;
  readonly #fleet: Fleet;
  readonly #queue: WorkQueue;
  readonly #open = new Map<string, OpenForward[]>();
  readonly #stopWatching: (() => void)[] = [];

  constructor(context: EngineContext, fleet: Fleet) {
    this.#context = context;
    this.#fleet = fleet;
    this.#queue = new WorkQueue((key) => this.#reconcile(key), context.log);
  }

  start(): void {
    const { store } = this.#context;
    this.#stopWatching.push(
      this.#fleet.onJoin(({ record }) => this.#all(record.namespace)),
      store.watch(services, ({ object }) => this.#queue.add(keyOf(object))),
      store.watch(virtualMachineInstances, ({ type, object, old }) => {
        const moved =
          type !== 'MODIFIED' ||
          !old ||
          phaseOf(old) !== phaseOf(object) ||
          old.metadata.labels !== object.metadata.labels;
        if (moved) this.#all(object.metadata.namespace);
      }),
    );
    this.#all();
    this.#queue.start();
  }

  /** Ports stay open: the guests run on, and the next engine knows them. */
  async stop(): Promise<void> {
    for (const unwatch of this.#stopWatching) unwatch();
    await this.#queue.close();
  }

  /** What an adopted machine's earlier engine opened is closed, so that each port is opened once, by us. */
  async takeOver(machine: Machine): Promise<void> {
    if (!hasPodNetwork(machine.record.argv)) return;
    for (const rule of await openRules(machine.qmp)) await removeRule(machine.qmp, rule);
  }

  #all(namespace?: string): void {
    for (const service of this.#context.store.list(services, namespace)) this.#queue.add(keyOf(service));
  }

  async #reconcile(key: string): Promise<void> {
    const [namespace = '', name = ''] = key.split('/');
    const service = this.#context.store.get(services, namespace, name);
    const live = service && !service.metadata.deletionTimestamp ? this.#withNodePorts(service) : undefined;
    const target = live && this.#target(live);
    const vmi = target && this.#context.store.get(virtualMachineInstances, target.record.namespace, target.record.name);
    const wanted = live && vmi ? forwardsOf(live, vmi).map((forward) => ({ ...forward, machineUid: vmi.metadata.uid })) : []; // prettier-ignore
    const before = this.#open.get(key) ?? [];
    const kept = before.filter((old) => wanted.some((next) => sameForward(old, next)));
    for (const old of before) if (!kept.includes(old)) await this.#close(old);
    const problems = live && vmi ? unknownPorts(live, vmi).map((port) => `No interface of machine ${keyOf(vmi)} has a port named ${port}. Name it in the interface's ports, or write the number as targetPort.`) : []; // prettier-ignore
    for (const next of wanted) {
      if (kept.some((old) => sameForward(old, next))) continue;
      const problem = target && (await this.#openPort(target, next));
      if (problem) problems.push(problem);
      else kept.push(next);
    }
    if (kept.length > 0) this.#open.set(key, kept);
    else this.#open.delete(key);
    // Whoever has the port may let it go without a word to us.
    if (problems.length > 0) this.#queue.addAfter(key, again);
    if (live) this.#report(live, target, problems);
  }

  async #openPort(machine: Machine, forward: WantedForward): Promise<string | undefined> {
    const port = `${forward.protocol.toUpperCase()} port ${forward.hostPort} on ${forward.address}`;
    for (const [key, list] of this.#open)
      if (
        list.some(
          (other) =>
            other.protocol === forward.protocol &&
            other.hostPort === forward.hostPort &&
            other.address === forward.address,
        )
      )
        return `${port} is in use by Service ${key}. Choose another port.`;
    try {
      await addRule(machine.qmp, forward);
      return undefined;
    } catch (error) {
      if (!(error instanceof ForwardError)) throw error;
      const hint =
        forward.hostPort < 1024
          ? 'Ports below 1024 are for the administrator'
          : 'Another program on this computer uses it';
      return `${port} could not be opened. ${hint}: choose another port. (QEMU: ${error.message})`;
    }
  }

  async #close(forward: OpenForward): Promise<void> {
    const machine = this.#fleet.get(forward.machineUid);
    if (!machine || machine.outcome) return;
    try {
      await removeRule(machine.qmp, forward);
    } catch (error) {
      this.#context.log.debug({ err: error, port: forward.hostPort }, 'a forwarded port was closed already');
    }
  }

  /** The oldest running instance that the selector names; a port of this computer can lead to one only. */
  #target(service: Stored): Machine | undefined {
    const { selector } = service.spec as ServiceSpec;
    if (!selector || Object.keys(selector).length === 0) return undefined;
    const matches = this.#context.store
      .list(virtualMachineInstances, service.metadata.namespace)
      .filter((vmi) => phaseOf(vmi) === 'Running' && selects(selector, instanceLabels(vmi)))
      .sort((a, b) => (a.metadata.creationTimestamp ?? '').localeCompare(b.metadata.creationTimestamp ?? ''));
    for (const vmi of matches) {
      const machine = this.#fleet.get(vmi.metadata.uid);
      if (machine && !machine.outcome && hasPodNetwork(machine.record.argv)) return machine;
    }
    return undefined;
  }

  #withNodePorts(service: Stored): Stored {
    const spec = service.spec as ServiceSpec;
    if (spec.type !== 'NodePort' || !spec.ports?.some(({ nodePort }) => !nodePort)) return service;
    const used = usedNodePorts(this.#context.store.list(services), service.metadata.uid);
    const changed = this.#context.store.mutate(services, service.metadata.namespace, service.metadata.name, (draft) => {
      for (const port of (draft.spec as ServiceSpec).ports ?? []) {
        port.nodePort ||= freeNodePort(used, draft.metadata.uid ?? '', port.port);
        used.add(port.nodePort);
      }
    });
    return changed ?? service;
  }

  #report(service: Stored, target: Machine | undefined, problems: string[]): void {
    const spec = service.spec as ServiceSpec;
    if (spec.type !== 'NodePort' && spec.type !== 'LoadBalancer') return;
    const condition: Condition = { type: forwardedCondition, ...verdict(target, problems) };
    const { namespace, name } = service.metadata;
    const before = (service.status?.['conditions'] as Condition[] | undefined)?.find(
      ({ type }) => type === forwardedCondition,
    );
    this.#context.store.mutate(
      services,
      namespace,
      name,
      (draft) => {
        const status = (draft.status ??= {}) as { conditions?: Condition[]; loadBalancer?: object };
        setCondition(status, condition);
        // Conditions of core kinds have no such field: an apply of the whole object would be refused for it.
        for (const entry of status.conditions ?? []) delete entry['lastProbeTime'];
        const open = target && problems.length === 0 && spec.type === 'LoadBalancer';
        status.loadBalancer = open ? { ingress: [{ ip: addressOf(service) }] } : {};
      },
      { subresource: 'status' },
    );
    if (problems.length > 0 && before?.message !== condition.message)
      this.#context.event(service, 'Warning', 'PortConflict', condition.message ?? '');
  }
}

function verdict(target: Machine | undefined, problems: string[]): Pick<Condition, 'status' | 'reason' | 'message'> {
  if (problems.length > 0) return { status: 'False', reason: 'PortConflict', message: problems.join(' ') };
  if (!target)
    return { status: 'False', reason: 'NoRunningMachine', message: 'No running machine matches the selector.' };
  return {
    status: 'True',
    reason: 'Forwarded',
    message: `The ports lead to ${target.record.namespace}/${target.record.name}.`,
  };
}
