import { z } from 'zod';
import { problemSchema } from './problem.ts';

/** One thing a target can or cannot do. A disabled button shows `reason` and `remedy`. */
export const capabilitySchema = z.object({
  id: z.enum([
    'machines',
    'createMachines',
    'editMachines',
    'deleteMachines',
    'powerMachines',
    'console',
    'vnc',
    'screenshots',
    'portForward',
    'pods',
    'podLogs',
    'podShell',
    'podForward',
    'createPods',
    'editPods',
    'deletePods',
    'images',
    'goldenImages',
    'upload',
    'localFiles',
    'serviceForwards',
    'snapshots',
    'memorySnapshots',
    'clones',
    'fullClones',
    'machineState',
    'exports',
    'newDisks',
    'hotplugDisks',
    'discDrives',
    'growDisks',
    'liveCpu',
    'liveMemory',
    'networks',
    'otherNetworks',
    'liveNetworks',
    'networkFaults',
    'lanBridge',
    'migration',
    'metrics',
    'vtpm',
    'secureBoot',
    'usbDevices',
    'pciDevices',
    'startOrder',
    'instanceTypes',
    'nodes',
    'quotas',
    'clusterSettings',
  ]),
  supported: z.boolean(),
  reason: z.string().optional(),
  remedy: z.string().optional(),
});
export type Capability = z.infer<typeof capabilitySchema>;

export const targetSchema = z.object({
  id: z.string(),
  name: z.string(),
  /** connecting: not yet answered; ready; lost: answered before, does not now. */
  state: z.enum(['connecting', 'ready', 'lost']),
  /** ISO 8601 since when it is in that state. */
  since: z.string(),
  server: z.string().optional(),
  version: z.string().optional(),
  problem: problemSchema.optional(),
  capabilities: z.array(capabilitySchema),
  /** What is left for new VMs, in bytes and vCPUs; from the Node objects. */
  capacity: z
    .object({
      cpus: z.number(),
      memory: z.number(),
      memoryInUse: z.number(),
      /** Virtual processors that all machines may have together, where the target bounds them. */
      virtualProcessors: z.number().optional(),
      accelerator: z.string(),
      nodes: z.number(),
    })
    .optional(),
});
export type Target = z.infer<typeof targetSchema>;
