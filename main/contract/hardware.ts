import { z } from 'zod';
import type { ObjectRef } from './machine-ref.ts';
import { nameSchema, objectRefSchema } from './machine-ref.ts';
import { call, stream } from './procedure.ts';

/** When a change takes effect. `refused`: not at all, as asked. */
export type When = 'now' | 'restart' | 'refused';

/** One thing of a machine that is to be different, and when it will be. */
export interface PlannedChange {
  what: 'sockets' | 'cores' | 'threads' | 'memory' | 'instancetype' | 'disk' | 'disc' | 'other';
  /** Name of the disk or field, where `what` alone does not tell. */
  name?: string;
  from?: string;
  to?: string;
  when: When;
  /** In plain words; always there when it is not now. */
  why?: string;
}

/** How big a machine is: what it is to be, what it is, and how far it can go without a restart. */
export interface MachineSize {
  instancetype?: string;
  /** Of the template, type and preference put in. */
  sockets: number;
  cores: number;
  threads: number;
  /** Bytes. */
  memory: number;
  /** What the running machine has; absent when it is off. */
  running?: { sockets: number; cores: number; threads: number; memory: number; memoryAtBoot: number };
  /** Without a restart; absent when it is off. */
  most?: { sockets: number; memory: number };
  model?: string;
  machineType?: string;
  firmware: 'bios' | 'uefi' | 'uefi-secure';
}

export interface HardwareDisk {
  name: string;
  kind: 'disk' | 'cdrom' | 'lun';
  bus: string;
  cache?: string;
  bootOrder?: number;
  readOnly: boolean;
  serial?: string;
  /** Name of the claim or DataVolume in it. */
  claim?: string;
  /** Kind of the volume, e.g. `dataVolume`, `cloudInitNoCloud`; absent for an empty drive. */
  source?: string;
  /** It can be taken out, or its disc changed, while the machine runs. */
  hotpluggable: boolean;
  /** In the running machine now. */
  attached: boolean;
  /** As KubeVirt says it: Pending, AttachedToNode, Ready, Detaching. */
  phase?: string;
  message?: string;
  /** Bytes: what the claim asks for, what it has, what it takes on the target. */
  size?: number;
  capacity?: number;
  used?: number;
  /** Why it has not its size yet. */
  growing?: string;
}

/** The way from disks and cards that every system knows to virtio's, which are faster and need drivers in the guest. */
export interface DriverWay {
  /** `first`: some are not virtio's; `prepared`: a small virtio disk lets Windows take the driver; `changed`: the way back is noted. */
  state: 'first' | 'prepared' | 'changed';
  /** Names of what would change, or was changed. */
  disks: string[];
  cards: string[];
}

/** Everything of the hardware tab and the disks tab. */
/** The disc of an installer that Hearth took out by itself, with the reason. */
export const ejectedSchema = z.object({
  drive: z.string().min(1).max(253),
  claim: z.string().min(1).max(253),
  /** ISO 8601. */
  at: z.string().max(40),
  why: z.string().max(1000),
});
export type EjectedDisc = z.infer<typeof ejectedSchema>;

export interface Hardware {
  running: boolean;
  size: MachineSize;
  disks: HardwareDisk[];
  /** Absent where all of it is virtio's and nothing is to be undone. */
  drivers?: DriverWay;
  /** What the template says and the running machine does not have. */
  pending: PlannedChange[];
  /** KubeVirt's reason for its condition RestartRequired. */
  restartRequired?: string;
  ejected?: EjectedDisc;
}

/** A disk that could be attached, or an image that could be put into a drive. */
export interface DiskChoice {
  name: string;
  namespace: string;
  displayName: string;
  size?: number;
  /** Machine that has it now; it cannot be attached then. */
  usedBy?: string;
}
export interface DiskChoices {
  disks: DiskChoice[];
  discs: DiskChoice[];
  storageClasses: { name: string; isDefault: boolean; grows: boolean }[];
}

const size = z.number().int().positive();
export const resizeSchema = objectRefSchema.extend({
  sockets: z.number().int().min(1).max(512).optional(),
  cores: z.number().int().min(1).max(512).optional(),
  threads: z.number().int().min(1).max(8).optional(),
  /** Bytes. */
  memory: size.optional(),
  instancetype: z.string().min(1).max(253).optional(),
});
export type Resize = z.infer<typeof resizeSchema>;

export const attachSchema = objectRefSchema.extend({
  /** Name of the disk in the machine. */
  disk: nameSchema,
  bus: z.enum(['virtio', 'scsi']).default('scsi'),
  cache: z.enum(['none', 'writeback']).optional(),
  source: z.discriminatedUnion('type', [
    z.object({ type: z.literal('existing'), claim: z.string().min(1).max(253) }),
    z.object({ type: z.literal('blank'), size, storageClass: z.string().max(253).optional() }),
  ]),
});
export type Attach = z.infer<typeof attachSchema>;

const onDisk = objectRefSchema.extend({ disk: z.string().min(1).max(253) });
export const changeDiskSchema = onDisk.extend({
  bus: z.enum(['virtio', 'scsi', 'sata', 'usb']).optional(),
  /** `default`: as the target likes. */
  cache: z.enum(['none', 'writeback', 'writethrough', 'default']).optional(),
});
export type ChangeDisk = z.infer<typeof changeDiskSchema>;

export const orderSchema = objectRefSchema.extend({
  /** Every disk of the machine in its new order; those that boot get their place in the boot order from it. */
  disks: z.array(z.object({ name: z.string().min(1).max(253), boot: z.boolean() })).max(256),
});

const image: z.ZodType<ObjectRef> = objectRefSchema;

/** Size and disks of a machine. What can be done now is done now; the answers say what waits for a restart. */
export const hardwareProcedures = {
  watch: stream<Hardware>()(objectRefSchema),
  choices: call<DiskChoices>()(objectRefSchema),
  /** What a new size would mean; nothing is changed. */
  planResize: call<PlannedChange[]>()(resizeSchema),
  resize: call<PlannedChange[]>()(resizeSchema),
  attach: call<void>()(attachSchema),
  /** `deleteDisk`: the disk goes to the bin. */
  detach: call<{ when: When }>()(onDisk.extend({ deleteDisk: z.boolean().default(false) })),
  changeDisk: call<{ when: When }>()(changeDiskSchema),
  order: call<{ when: When }>()(orderSchema),
  /** Disks and cards on their way to virtio: a small disk first, the change, the way back, and its end. */
  changeDrivers: call<{ when: When }>()(
    objectRefSchema.extend({ step: z.enum(['prepare', 'change', 'undo', 'keep']) }),
  ),
  /** A drive for discs; it is there from the next start on. */
  addDrive: call<{ when: When }>()(onDisk),
  /** Puts an image of the library into a drive; what is in it goes. */
  insert: call<{ when: When }>()(onDisk.extend({ image })),
  eject: call<{ when: When }>()(onDisk),
  /** After the disc of an installer was taken out: puts it in again (it then stays), or forgets that it was. */
  settleEjected: call<{ when: When }>()(objectRefSchema.extend({ back: z.boolean() })),
  /** Bytes; only ever bigger. */
  grow: call<void>()(objectRefSchema.extend({ claim: z.string().min(1).max(253), size })),
} as const;
