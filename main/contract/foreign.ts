import { z } from 'zod';
import type { DiskInside } from './inside.ts';
import type { CreateMachineInput, MachinePreview } from './machine.ts';
import { nameSchema } from './machine-ref.ts';
import type { ObjectRef } from './machine-ref.ts';
import { call } from './procedure.ts';

// Pages use these sizes without the rest of the contract: a strict Content-Security-Policy forbids zod's code generation.
z.config({ jitless: true });

/** Bytes of a description: real ones have some kilobytes. */
export const descriptionLimit = 512 * 1024;
/** Bytes that are read of a disk: its header, its partition table, the mark of an ISO. */
export const headLimit = 64 * 1024;

/** A machine as another program describes it, in Hearth's words. Nothing of it is made yet. */
export interface ForeignMachine {
  /** Who describes it; `disks`: nobody, there are only disks. */
  kind: 'vmware' | 'libvirt' | 'proxmox' | 'disks';
  /** As it is called there. */
  name: string;
  description?: string;
  /** The guest's processor as libvirt and QEMU call it, e.g. `x86_64`. */
  arch: string;
  cpus: { sockets: number; cores: number; threads: number };
  /** Bytes. */
  memory: number;
  chipset?: 'q35' | 'i440fx';
  firmware: 'bios' | 'uefi';
  secureBoot: boolean;
  tpm: boolean;
  sound: 'none' | 'ich9' | 'ac97';
  disks: ForeignDisk[];
  cds: ForeignCd[];
  nics: ForeignNic[];
  os: ForeignOs;
  left: ForeignLeft[];
}
export interface ForeignDisk {
  /** Where it is plugged in there, e.g. `scsi0:0`, `vda`. */
  slot: string;
  /** The controller as it is called there, e.g. `pvscsi`. */
  was: string;
  /** What it becomes here. */
  bus: 'virtio' | 'sata' | 'scsi';
  /** The file, volume or device as it is written there. */
  file?: string;
  /** E.g. `qcow2`. */
  format?: string;
  /** Bytes that the guest sees. */
  size?: number;
  /** 1 is tried first. */
  bootOrder?: number;
  /** Whether the file can be put into the library as it is; `why` not, and what helps. */
  usable: boolean;
  why?: string;
  /** The file itself, where it lies beside the description or came along with it. */
  found?: string;
}
export interface ForeignCd {
  slot: string;
  /** The disc in it. */
  file?: string;
}
export interface ForeignNic {
  slot: string;
  /** The card as it is called there, and what it becomes here. */
  was: string;
  model: 'virtio' | 'e1000' | 'e1000e' | 'rtl8139';
  mac?: string;
  /** What it is plugged into there, e.g. `vmbr0`, `VM Network`. */
  network: string;
}
export interface ForeignOs {
  family: 'linux' | 'windows' | 'other';
  /** For people, e.g. `Windows 11`; what the description itself says where nobody knows it. */
  name: string;
  /** KubeVirt's preferences that fit, the best first. */
  preferences: string[];
}
/** Something of the other machine that this one will not have. */
export interface ForeignLeft {
  what: string;
  why: string;
}

/** One disk and the library's image that is it, by its file name. */
export interface ForeignMatch {
  slot: string;
  file?: string;
  image?: ObjectRef;
}
/** A described machine, and what creating it here would make. */
export interface ForeignPreview {
  machine: ForeignMachine;
  /** What the form to create a machine begins with. */
  input: CreateMachineInput;
  disks: ForeignMatch[];
  /** What is on the disk that it starts from, where that could be read. */
  inside?: DiskInside;
  /** The manifest of that, and what the target says about it. */
  preview: MachinePreview;
}

/** A file of the computer that Hearth runs on, or one that a page holds: its first bytes (a description: all of them). */
export const foreignFileSchema = z.union([
  z.object({ path: z.string().min(1).max(4096) }).strict(),
  z
    .object({
      name: z.string().min(1).max(255),
      size: z.number().int().min(0),
      head: z.base64().max(Math.ceil(descriptionLimit / 3) * 4),
    })
    .strict(),
]);
export type ForeignFile = z.infer<typeof foreignFileSchema>;

/** Machines that other programs describe. */
export const foreignProcedures = {
  /** One description with or without its disks, or disks alone. Nothing is made. */
  preview: call<ForeignPreview>()(
    z.object({ files: z.array(foreignFileSchema).min(1).max(16), namespace: nameSchema.default('default') }),
  ),
} as const;
