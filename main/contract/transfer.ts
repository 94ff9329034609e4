import { z } from 'zod';
import type { DiskInside } from './inside.ts';
import { nameSchema, objectRefSchema } from './machine-ref.ts';
import { call } from './procedure.ts';
import { moveProcedures } from './transfer-moves.ts';

/** What a machine file holds, before anything of it is made. */
export interface ImportPreview {
  /** The machine's name in the file, and one that is free on the target. */
  name: string;
  freeName: string;
  /** ISO 8601 when it was written, by which version of Hearth. */
  made: string;
  by: string;
  /** Bytes of the file. */
  size: number;
  disks: { name: string; size: number; stored: number; format: string }[];
  cpus?: number;
  memory?: string;
  instancetype?: string;
  networks: string[];
  /** Of an appliance (OVF, OVA): the cards it had, by the networks they were on; how its disks hang on the machine here. */
  appliance?: {
    networks: { network: string; model: string }[];
    uefi: boolean;
    buses: string[];
    /** What is on the disk that it starts from, and the hardware that follows. */
    inside?: DiskInside;
    hardware: ImportHardware;
  };
  cloudInit: boolean;
  description?: string;
  /** What is left out or changed here, in words. */
  notes: string[];
  /** Why the target would refuse it as it is; in its own words. */
  refused?: string;
}
/** An export, import or move that was cut and can go on. */
export interface Unfinished {
  id: string;
  kind: 'export' | 'import' | 'move' | 'copy';
  machine: string;
  /** Where the file is (to be); of a move or copy the name of the target it goes to. */
  file: string;
  /** ISO 8601 when it was begun. */
  at: string;
  /** The target it was begun on. */
  target: string;
}
/** A finished file that browsers fetch. */
export interface ExportedFile {
  name: string;
  size: number;
  /** ISO 8601. */
  at: string;
  /** Path on the page's own address. */
  download: string;
}

/** The file: on the computer that Hearth runs on, or one that was uploaded. */
export const transferSourceSchema = z.union([
  z.object({ path: z.string().min(1).max(4096) }).strict(),
  z.object({ uploadId: z.uuid() }).strict(),
]);
export type TransferSource = z.infer<typeof transferSourceSchema>;
export const exportMachineSchema = objectRefSchema.extend({
  /** Where it goes; absent: kept by Hearth for a browser to fetch. */
  path: z.string().min(1).max(4096).optional(),
  /** With cloud-init's data, which may hold passwords and keys. */
  secrets: z.boolean().default(true),
});
export type ExportMachine = z.infer<typeof exportMachineSchema>;
/** Where each network of an appliance leads: `pod`, `namespace/name`, or `none` to leave its cards out. */
const applianceNetworksSchema = z.record(z.string().max(200), z.string().max(260).regex(/^(pod|none|[a-z0-9.-]+\/[a-z0-9.-]+)$/)).default({}); // prettier-ignore
/** Of an appliance: hardware that a person chose before its first start. */
export const applianceHardwareSchema = z
  .object({
    firmware: z.enum(['bios', 'uefi', 'uefi-secure']).optional(),
    /** `described`: disks and cards as near as can be to those it had; `compatible`: SATA and e1000e; `virtio`: its own. */
    drivers: z.enum(['described', 'compatible', 'virtio']).optional(),
  })
  .default({});
export type ApplianceHardware = z.output<typeof applianceHardwareSchema>;
export interface ImportHardware {
  firmware: NonNullable<ApplianceHardware['firmware']>;
  drivers: NonNullable<ApplianceHardware['drivers']>;
}
export const importMachineSchema = z.object({
  source: transferSourceSchema,
  namespace: nameSchema.default('default'),
  name: nameSchema,
  /** `same` keeps MAC addresses, firmware uuid and serial: only where the other one is gone. */
  identity: z.enum(['new', 'same']).default('new'),
  start: z.boolean().default(false),
  networks: applianceNetworksSchema,
  hardware: applianceHardwareSchema,
});
export type ImportMachine = z.infer<typeof importMachineSchema>;
const none = z.object({}).strict();
const work = z.object({ id: z.uuid() });

/** Machines as files: out of one Hearth and into another. */
export const transferProcedures = {
  ...moveProcedures,
  /** `download`: where a browser fetches it when the task is done; empty with a path. */
  export: call<{ taskId: string; path: string; download: string }>()(exportMachineSchema),
  files: call<ExportedFile[]>()(none),
  removeFile: call<void>()(z.object({ name: z.string().max(200) })),
  unfinished: call<Unfinished[]>()(none),
  resume: call<{ taskId: string }>()(work),
  discard: call<void>()(work),
  /** Announces an upload of a machine file; its bytes come by tus and go on at their byte. */
  startUpload: call<{ uploadId: string; endpoint: string }>()(
    z.object({
      fileName: z.string().min(1).max(255),
      size: z.number().int().positive(),
      lastModified: z.number().optional(),
    }),
  ),
  preview: call<ImportPreview>()(z.object({ source: transferSourceSchema, namespace: nameSchema.default('default'), networks: applianceNetworksSchema, hardware: applianceHardwareSchema })), // prettier-ignore
  import: call<{ taskId: string }>()(importMachineSchema),
} as const;
