import { z } from 'zod';
import type { Condition, KubeObject } from './kube.ts';
import type { Problem } from './problem.ts';
import { nameSchema, objectRefSchema } from './machine-ref.ts';
import type { MachineAction } from './machine-ref.ts';
import type { WhyChain } from './why.ts';
import { newNetworkSchema, noNetworkWish } from './new-network.ts';
import { windowsSchema } from './windows.ts';

// Pages use these schemas without the rest of the contract: a strict Content-Security-Policy forbids zod's code generation.
z.config({ jitless: true });

/** What a button may do now; `why` is set when it may not. Decided in one place by the backend. */
export interface ActionState {
  action: MachineAction;
  allowed: boolean;
  why?: string;
}

/** One row of the machines list: slim, because thousands of them travel. */
export interface MachineRow {
  uid: string;
  namespace: string;
  name: string;
  /** `printableStatus` as KubeVirt prints it. */
  status: string;
  /** Groups statuses for colour and sorting. */
  tone: 'running' | 'busy' | 'paused' | 'stopped' | 'error';
  /** Plain-word reason when it is not in the state the user asked for. */
  why?: string;
  cpus: number;
  /** Bytes. */
  memory: number;
  /** 0..1 of its vCPUs; absent while unknown. */
  cpuUse?: number;
  /** Bytes in the guest, or resident where the guest does not tell. */
  memoryUse?: number;
  addresses: string[];
  os?: string;
  instancetype?: string;
  /** ISO 8601. */
  createdAt: string;
  startedAt?: string;
  accelerator?: string;
  /** Path of the folder it is in, e.g. `home/lab`. */
  folder?: string;
  /** Key combinations that are kept for its screen. */
  keyCombinations?: string[];
  /** Labels that a person gave it. */
  labels?: Record<string, string>;
  actions: MachineAction[];
}

export interface MachineDetail {
  row: MachineRow;
  actions: ActionState[];
  /** Why it is not as it was asked to be; empty when it is. */
  why: WhyChain[];
  conditions: Condition[];
  /** The objects as the API serves them, managedFields removed. */
  vm: KubeObject;
  vmi?: KubeObject;
  dataVolumes: KubeObject[];
  services: KubeObject[];
  disks: MachineDisk[];
  interfaces: MachineInterface[];
  guest?: {
    agentVersion?: string;
    hostname?: string;
    os?: string;
    kernel?: string;
    users: string[];
    fileSystems: GuestFileSystem[];
  };
  /** A yaml text of the VirtualMachine fit for an editor. */
  yaml: string;
}
export interface MachineDisk {
  name: string;
  kind: 'disk' | 'cdrom' | 'lun';
  bus: string;
  /** e.g. "dataVolume web-root" or "cloudInitNoCloud". */
  source: string;
  bootOrder?: number;
  size?: number;
  used?: number;
  readOnly: boolean;
  status?: string;
}
export interface MachineInterface {
  name: string;
  mac?: string;
  addresses: string[];
  binding: string;
  network: string;
  /** Ports of the host that reach it. */
  forwards: {
    service: string;
    protocol: string;
    hostPort: number;
    guestPort: number;
    address: string;
    problem?: string;
  }[];
}
export interface GuestFileSystem {
  disk: string;
  mountPoint: string;
  type: string;
  used: number;
  total: number;
}

/** One point of the live graphs; a rate is per second. */
export interface MachineSample {
  /** Milliseconds since 1970. */
  at: number;
  cpu: number;
  memory: number;
  diskRead: number;
  diskWrite: number;
  netIn: number;
  netOut: number;
}

export const createMachineSchema = z.object({
  namespace: nameSchema.default('default'),
  name: nameSchema,
  description: z.string().max(1000).optional(),
  /** Library image to boot from (cloned), an ISO to install from with a blank disk, or a blank disk alone. */
  source: z.discriminatedUnion('type', [
    z.object({ type: z.literal('image'), image: objectRefSchema }),
    z.object({ type: z.literal('iso'), image: objectRefSchema }),
    z.object({ type: z.literal('blank') }),
  ]),
  size: z.discriminatedUnion('type', [
    z.object({ type: z.literal('instancetype'), name: z.string().min(1) }),
    z.object({
      type: z.literal('free'),
      sockets: z.number().int().min(1).max(16),
      cores: z.number().int().min(1).max(64),
      threads: z.number().int().min(1).max(8),
      /** Bytes. */
      memory: z
        .number()
        .int()
        .min(16 * 2 ** 20),
    }),
  ]),
  preference: z.string().optional(),
  runStrategy: z.enum(['Always', 'RerunOnFailure', 'Manual', 'Halted', 'Once']).default('RerunOnFailure'),
  firmware: z.enum(['preferred', 'bios', 'uefi', 'uefi-secure']).default('preferred'),
  /** `preferred`: as the preference says, else none. */
  tpm: z.enum(['preferred', 'none', 'once', 'persistent']).default('preferred'),
  /** An absolute pointer for the screen. Text systems need none, and a USB one costs processor time. */
  pointer: z.enum(['preferred', 'none', 'usb', 'virtio']).default('preferred'),
  sound: z.enum(['none', 'ich9', 'ac97']).default('none'),
  windows: windowsSchema.optional(),
  rootDisk: z
    .object({ size: z.number().int().positive().optional(), bus: z.enum(['virtio', 'sata', 'scsi']).default('virtio') })
    .default({ bus: 'virtio' }),
  extraDisks: z
    .array(
      z.object({
        name: nameSchema,
        size: z.number().int().positive(),
        bus: z.enum(['virtio', 'sata', 'scsi']),
        /** A disk of the library that it is a clone of; absent: it is empty. */
        image: objectRefSchema.optional(),
      }),
    )
    .max(16)
    .default([]),
  network: newNetworkSchema.default(noNetworkWish),
  cloudInit: z
    .discriminatedUnion('type', [
      z.object({ type: z.literal('none') }),
      z.object({
        type: z.literal('form'),
        hostname: nameSchema.optional(),
        user: z
          .string()
          .regex(/^[a-z_][a-z0-9_-]{0,31}$/)
          .optional(),
        password: z.string().max(200).optional(),
        sshKeys: z.array(z.string().max(16384)).max(50).default([]),
        packages: z.array(z.string()).default([]),
        runcmd: z.array(z.string()).default([]),
      }),
      z.object({
        type: z.literal('yaml'),
        userData: z.string().max(256 * 1024),
        networkData: z
          .string()
          .max(256 * 1024)
          .optional(),
        /** Of the image's own user: put in as a hash where the text itself sets none. */
        password: z.string().max(200).optional(),
      }),
    ])
    .default({ type: 'none' }),
  /** The disc of an installer is taken out once the installation is over. */
  ejectInstaller: z.boolean().default(true),
  start: z.boolean().default(true),
});
/** Several machines like it. `name` stands for each of them where a text names it (a host name); `pattern` says how they are called: batch.ts. */
export const createSeveralSchema = createMachineSchema.extend({ pattern: z.string().min(1).max(100) });
/** What the wizard sends (defaults may be left out). */
export type CreateMachineInput = z.input<typeof createMachineSchema>;
export type CreateMachine = z.output<typeof createMachineSchema>;

/** The manifest the review page shows, and what the target says about it (server-side dry run). */
export interface MachinePreview {
  /** All documents, in the order they are applied. */
  yaml: string;
  objects: KubeObject[];
  warnings: string[];
  problem?: Problem;
  /** Will it fit? */
  capacity: { ok: boolean; detail: string };
}

export interface InstancetypeRow {
  name: string;
  series: string;
  displayName: string;
  description: string;
  cpus: number;
  /** Bytes. */
  memory: number;
  /** Whether this target can start one now; `why` when not. */
  fits: boolean;
  why?: string;
}
export interface PreferenceRow {
  name: string;
  displayName: string;
  osType: string;
  minCpus?: number;
  minMemory?: number;
  firmware: 'bios' | 'uefi' | 'uefi-secure';
}

/** A finding in a YAML text; 1-based positions. */
export interface YamlFinding {
  severity: 'error' | 'warning';
  message: string;
  line: number;
  column: number;
  path?: string;
}

export interface EventRow {
  uid: string;
  namespace: string;
  object: { kind: string; name: string };
  type: 'Normal' | 'Warning';
  reason: string;
  message: string;
  count: number;
  /** ISO 8601. */
  firstAt: string;
  lastAt: string;
}

/** A list that lives: a snapshot first, then changes by key (row-keys.ts); `stale` keeps the rows and says since when. */
export type ListUpdate<T> =
  | { type: 'snapshot'; items: T[] }
  | { type: 'delta'; upserted: T[]; removed: string[] }
  | { type: 'stale'; since: string; problem: Problem }
  | { type: 'live' }
  /** Another target is shown from here on: the rows so far are not of it, its own come with the next snapshot. */
  | { type: 'reset' };
