import { setTimeout as delay } from 'node:timers/promises';
import type { Disks } from '../kube/block.ts';
import type { EngineContext } from '../kube/context.ts';
import { virtualMachineInstances } from '../kube/resources.ts';
import type { MetricsSource, Subresource } from '../kube/subresource.ts';
import { Forwards } from '../network/forwards.ts';
import { ServiceController } from '../network/services.ts';
import { Fleet } from './fleet.ts';
import { metricsOf } from './metrics.ts';
import type { MachineRecord } from './files.ts';
import { adopt, endLeftover, endUnrecorded, leftRecords, restoreInstance } from './qemu/adopt.ts';
import type { Machine } from './qemu/machine.ts';
import { consoleSubresources } from './subresources/consoles.ts';
import { guestSubresources } from './subresources/guest.ts';
import { lifecycleSubresources } from './subresources/lifecycle.ts';
import { powerSubresources } from './subresources/power.ts';
import { isFinal, vmiSpec } from './spec.ts';
import { MachineController } from './vm/controller.ts';
import { InstanceController } from './vmi/controller.ts';

/** The machine half of the engine, running. */
export interface Machines {
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
export function startMachines(context: EngineContext, disks: Disks): Machines {
  const fleet = new Fleet();
  const forwards = new Forwards(context.log);
  const instances = new InstanceController(context, disks, fleet);
  const machines = new MachineController(context);
  const ports = new ServiceController(context, fleet);
  const tools = { context, disks, fleet, forwards };
  let stopped = false;
  const records = leftRecords(context);
  for (const record of records) restoreInstance(context, record);

  const begin = async (): Promise<void> => {
    await adoptAll(context, disks, instances, ports, records);
    if (stopped) return;
    instances.start();
    machines.start();
    ports.start();
  };
  const ready = begin();
  const stopControllers = async (): Promise<void> => {
    stopped = true;
    await ready;
    await Promise.all([ports.stop(), machines.stop(), instances.stop()]);
  };
  const letGo = () => {
    for (const machine of fleet.all()) machine.detach();
  };
  return {
    subresources: [
      ...lifecycleSubresources(tools),
      ...powerSubresources(tools),
      ...consoleSubresources(tools),
      ...guestSubresources(tools),
    ],
    metrics: metricsOf(context, fleet),
    ready,
    stop: async () => {
      await stopControllers();
      letGo();
    },
    stopAll: async () => {
      await stopControllers();
      await Promise.all(fleet.all().map((machine) => powerOff(context, machine)));
      await instances.settled();
      letGo();
    },
  };
}

/** Finds the machines of an earlier engine. Whoever has no instance any more is ended. */
async function adoptAll(
  context: EngineContext,
  disks: Disks,
  instances: InstanceController,
  ports: ServiceController,
  records: readonly MachineRecord[],
): Promise<void> {
  const adoptOne = async (record: MachineRecord): Promise<void> => {
    const vmi = context.store.get(virtualMachineInstances, record.namespace, record.name);
    if (vmi?.metadata.uid !== record.uid) {
      await endLeftover(context, record);
      await disks.close(record.uid);
      return;
    }
    const machine = await adopt(context, record);
    // Without one, an instance that should run becomes Failed at its first reconciliation.
    if (!machine) return;
    if (isFinal(vmi)) {
      await machine.quit();
      return;
    }
    // Tells the disks what is open, so that nothing is taken away under the guest.
    for (const { name } of vmiSpec(vmi).volumes ?? []) {
      try {
        await disks.open(vmi, name);
      } catch (error) {
        context.log.warn({ err: error, vmi: record.name, volume: name }, 'a volume of an adopted machine');
      }
    }
    instances.take(machine);
    await ports.takeOver(machine);
    context.log.info({ vmi: `${record.namespace}/${record.name}`, pid: record.pid }, 'machine adopted');
  };
  // At the same time: one that does not answer must not hold up the others.
  await Promise.all(records.map(adoptOne));
  await endUnrecorded(context, new Set(records.map((record) => record.pid)));
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
