import { z } from 'zod';
import { nameSchema, objectRefSchema } from './machine-ref.ts';
import type { ObjectRef } from './machine-ref.ts';
import { call } from './procedure.ts';

const diskSchema = z.object({
  /** Names the disk; it and its volume are one. */
  name: z.string().min(1).max(253),
  kind: z.enum(['disk', 'cdrom', 'lun']),
  /** '' : as the preference or the target likes. */
  bus: z.enum(['', 'virtio', 'sata', 'scsi', 'usb']),
  bootOrder: z.number().int().min(1).max(64).optional(),
});
const interfaceSchema = z.object({
  name: z.string().min(1).max(253),
  /** '' : as the preference or the target likes. */
  model: z.enum(['', 'virtio', 'e1000', 'e1000e', 'rtl8139', 'pcnet', 'ne2k_pci', 'igb']),
  mac: z
    .string()
    .regex(/^([0-9a-f]{2}[:-]){5}[0-9a-f]{2}$/i)
    .optional(),
});

/**
 * What a form can show and change of any VirtualMachine, whoever wrote it. It is no copy of the object: what the form does
 * not know stays in the object as it is.
 */
export const machineFormSchema = z.object({
  description: z.string().max(1000),
  runStrategy: z.enum(['Always', 'RerunOnFailure', 'Manual', 'Halted', 'Once', 'WaitAsReceiver']),
  hostname: nameSchema.optional(),
  size: z.discriminatedUnion('type', [
    z.object({ type: z.literal('instancetype'), name: z.string().min(1).max(253), cluster: z.boolean() }),
    z.object({
      type: z.literal('free'),
      /** Absent where the object does not say: the target's own. */
      sockets: z.number().int().min(1).max(512).optional(),
      cores: z.number().int().min(1).max(512).optional(),
      threads: z.number().int().min(1).max(8).optional(),
      /** Bytes; absent where only a request or huge pages say it. */
      memory: z.number().int().positive().optional(),
      /** How far a running machine may be grown; absent: as the target chooses. Bytes for the memory. */
      maxSockets: z.number().int().min(1).max(512).optional(),
      maxMemory: z.number().int().positive().optional(),
    }),
    /** The type is read from a volume's labels when the machine is made. */
    z.object({ type: z.literal('inferred'), volume: z.string().min(1).max(253) }),
  ]),
  preference: z.string().max(253).optional(),
  firmware: z.enum(['preferred', 'bios', 'uefi', 'uefi-secure']),
  tpm: z.enum(['none', 'until-off', 'kept']),
  disks: z.array(diskSchema).max(256),
  interfaces: z.array(interfaceSchema).max(64),
});
export type MachineForm = z.infer<typeof machineFormSchema>;

export const formProcedures = {
  /** The form of a machine, and the version it was read from. */
  read: call<{ form: MachineForm; version: string }>()(objectRefSchema),
  /** Writes what differs from the form that was read; refused when somebody else changed the machine since. */
  apply: call<ObjectRef>()(objectRefSchema.extend({ form: machineFormSchema, version: z.string().min(1).max(64) })),
} as const;
