import { setTimeout as delay } from 'node:timers/promises';
import type { Disks } from '../kube/block.ts';
import type { EngineContext } from '../kube/context.ts';
import { virtualMachineInstances } from '../kube/resources.ts';
import type { SavedStates } from './qemu/saved.ts';
import type { MetricsSource, Subresource } from '../kube/subresource.ts';
import { Forwards } from '../network/forwards.ts';
import { NetworkController } from '../network/networks.ts';
import { ServiceController } from '../network/services.ts';
import { adoptAll, leftMachines } from './adoption.ts';
import { Fleet } from './fleet.ts';
import { metricsOf } from './metrics.ts';
import type { Machine } from './qemu/machine.ts';
import { StartOrder } from './start-order/start-order.ts';
import { consoleSubresources } from './subresources/consoles.ts';
import { guestSubresources } from './subresources/guest.ts';
import { lifecycleSubresources } from './subresources/lifecycle.ts';
import { powerSubresources } from './subresources/power.ts';
import { volumeSubresources } from './subresources/volumes.ts';
import { vmiSpec } from './spec.ts';
import { MachineController } from './vm/controller.ts';
import { InstanceController } from './vmi/controller.ts';

/** The machine half of the engine, running. */
export interface Machines {
  readonly fleet: Fleet;
  readonly subresources: Subresource[];
  readonly metrics: MetricsSource;
  /** Adoption of the VMs that outlived the last engine is over; controllers run from here on. */
  readonly ready: Promise<void>;
  /** Lets go of everything; VMs keep running and the next engine finds them. */
  stop(): Promise<void>;
  /** `stop`, and every VM is powered down (gracefully, then by force) first. */
  stopAll(): Promise<void>;
}

/** Makes VirtualMachines and VirtualMachineInstances true: QEMU processes, their consoles, ports and figures. */
export function startMachines(context: EngineContext, disks: Disks, saved?: SavedStates): Machines {
  const fleet = new Fleet();
  const forwards = new Forwards(context.log);
  const networks = new NetworkController(context, fleet);
  const instances = new InstanceController(context, disks, fleet, networks, saved);
  const machines = new MachineController(context);
  const ports = new ServiceController(context, fleet);
  const order = new StartOrder(context);
  const tools = { context, disks, fleet, forwards };
  let stopped = false;
  const left = leftMachines(context);

  const begin = async (): Promise<void> => {
    await adoptAll({ context, disks, instances, ports, held: fleet.held }, left);
    if (stopped) return;
    order.begin(fleet);
    instances.startInOrder(order);
    instances.start();
    machines.start();
    ports.start();
    networks.start();
  };
  const ready = begin();
  const stopControllers = async (): Promise<void> => {
    stopped = true;
    await ready;
    order.stop();
    await Promise.all([ports.stop(), machines.stop(), instances.stop()]);
  };
  const letGo = () => {
    for (const machine of fleet.all()) machine.detach();
  };
  return {
    fleet,
    subresources: [
      ...lifecycleSubresources(tools),
      ...powerSubresources(tools),
      ...consoleSubresources(tools),
      ...guestSubresources(tools),
      ...volumeSubresources(tools),
    ],
    metrics: metricsOf(context, fleet, () => networks.counters()),
    ready,
    stop: async () => {
      await stopControllers();
      await networks.stop();
      letGo();
    },
    stopAll: async () => {
      await stopControllers();
      await Promise.all(fleet.all().map((machine) => powerOff(context, machine)));
      await instances.settled();
      // Last: what nobody needs any more it ends.
      await networks.stop();
      letGo();
    },
  };
}

/** Powers a machine down within its grace period, then switches it off. */
async function powerOff(context: EngineContext, machine: Machine): Promise<void> {
  const { namespace, name } = machine.record;
  const vmi = context.store.get(virtualMachineInstances, namespace, name);
  const grace = Math.min(60, (vmi && vmiSpec(vmi).terminationGracePeriodSeconds) ?? 30);
  const ended = new Promise<void>((resolve) => machine.once('ended', () => resolve()));
  try {
    await machine.powerDown();
    await Promise.race([ended, delay(grace * 1000, undefined, { ref: false })]);
  } catch (error) {
    context.log.warn({ err: error, vmi: name }, 'a machine could not be powered down gently');
  }
  await machine.quit();
}
