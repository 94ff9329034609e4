import type { Disks } from '../kube/block.ts';
import type { EngineContext } from '../kube/context.ts';
import type { MetricsSource, Subresource } from '../kube/subresource.ts';

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
export function startMachines(_context: EngineContext, _disks: Disks): Machines {
  return {
    subresources: [],
    metrics: () => Promise.resolve(''),
    ready: Promise.resolve(),
    stop: () => Promise.resolve(),
    stopAll: () => Promise.resolve(),
  };
}
