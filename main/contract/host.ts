import { z } from 'zod';

/** Sizes in bytes unless the name says otherwise. */
export const hostFactsSchema = z.object({
  hostname: z.string(),
  os: z.object({ name: z.string(), version: z.string(), kernel: z.string(), arch: z.string() }),
  cpu: z.object({
    model: z.string(),
    cores: z.number(),
    threads: z.number(),
    /** x86-64 microarchitecture level 1..4; absent on other architectures. */
    level: z.number().optional(),
    virtualizationFlag: z.enum(['vmx', 'svm', 'none', 'unknown']),
  }),
  memory: z.object({ total: z.number(), available: z.number(), swapTotal: z.number() }),
  dataDisk: z.object({
    path: z.string(),
    total: z.number(),
    free: z.number(),
    fileSystem: z.string(),
    /** Tried for real with a clone of a small file. */
    reflink: z.boolean(),
  }),
  /** What this computer itself runs in. */
  hypervisor: z.object({ present: z.boolean(), name: z.string() }),
  container: z.string().optional(),
  gpus: z.array(
    z.object({
      name: z.string(),
      pciAddress: z.string(),
      driver: z.string().optional(),
      iommuGroup: z.string().optional(),
      bootVga: z.boolean(),
    }),
  ),
  iommu: z.object({ tablePresent: z.boolean(), groups: z.number() }),
  network: z.array(
    z.object({
      name: z.string(),
      mac: z.string(),
      addresses: z.array(z.string()),
      kind: z.enum(['wired', 'wireless', 'virtual', 'other']),
      up: z.boolean(),
    }),
  ),
  qemu: z.array(z.object({ binary: z.string(), arch: z.string(), version: z.string() })),
  qemuImg: z.object({ path: z.string(), version: z.string() }).optional(),
});
export type HostFacts = z.infer<typeof hostFactsSchema>;

export const checkStatusSchema = z.enum(['ok', 'note', 'warning', 'problem']);

/** One host check: what was seen, and how to cure it. */
export const hostCheckSchema = z.object({
  id: z.string(),
  title: z.string(),
  status: checkStatusSchema,
  /** What was found, with the evidence. */
  detail: z.string(),
  /** What to do, where something is to be done. */
  fix: z.string().optional(),
  /** Exact commands of the fix. */
  commands: z.array(z.string()).default([]),
});
export type HostCheck = z.infer<typeof hostCheckSchema>;

export const acceleratorSchema = z.enum(['kvm', 'hvf', 'whpx', 'tcg']);
export type Accelerator = z.infer<typeof acceleratorSchema>;

/** One run of the staged guest under one accelerator. */
export const trialRunSchema = z.object({
  accelerator: acceleratorSchema,
  verdict: z.enum(['pass', 'slow', 'fail', 'hang', 'unavailable']),
  /** Stages reached, e.g. RPLTUFC. */
  stages: z.string(),
  /** Name of the stage it stopped at. */
  stoppedAt: z.string().optional(),
  /** Milliseconds from spawn to the end. */
  ms: z.number(),
  /** Milliseconds of the last stage, one million loop turns. */
  workMs: z.number().optional(),
  /** Last line of QEMU's stderr. */
  stderr: z.string().optional(),
});

/** K0..K13: why hardware acceleration does or does not work here. */
export const acceleratorReportSchema = z.object({
  /** What VMs will use. */
  chosen: acceleratorSchema,
  /** `trial`: believed because it ran; `override`: the user said so. */
  chosenBy: z.enum(['trial', 'override']),
  failureClass: z.string().regex(/^K(1[0-3]|[0-9])$/),
  title: z.string(),
  detail: z.string(),
  fix: z.string().optional(),
  commands: z.array(z.string()),
  /** One sentence with figures, e.g. "KVM stopped at SYSCALL after 96 ms; software mode passed in 41 ms". */
  evidence: z.string(),
  runs: z.array(trialRunSchema),
  /** ISO 8601 of the trial; from the cache where boot id, kernel and QEMU version are the same. */
  triedAt: z.string(),
  fromCache: z.boolean(),
});
export type AcceleratorReport = z.infer<typeof acceleratorReportSchema>;
export type TrialRun = z.infer<typeof trialRunSchema>;

export const hostReportSchema = z.object({
  facts: hostFactsSchema,
  checks: z.array(hostCheckSchema),
  accelerator: acceleratorReportSchema,
});
export type HostReport = z.infer<typeof hostReportSchema>;
