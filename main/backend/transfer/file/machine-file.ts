import type { Readable } from 'node:stream';
import type { ApplianceHardware, ImportHardware } from '../../../contract/transfer.ts';
import type { DiskInside } from '../../../contract/inside.ts';
import type { ImportManifest } from './manifest.ts';

/** What a person chose for an appliance: where its networks lead here, and its hardware. */
export interface Choices {
  networks?: Readonly<Record<string, string>>;
  hardware?: ApplianceHardware;
}
/** A file that a machine is made of: one of ours, or an appliance. */
export interface MachineFile {
  manifest: ImportManifest;
  size: number;
  /** Where each disk of the manifest lies (`path`: in another file), and what its content must be, where that is stated. */
  disks: (ImportManifest['disks'][number] & {
    at: number;
    stored: number;
    path?: string;
    /** Instead of a file: the bytes, from the first one, each time it is asked. */
    open?: (signal: AbortSignal) => Readable;
    sum?: { algorithm: 'sha1' | 'sha256' | 'sha512'; hex: string };
  })[];
  /** What could not be taken over as it was, in words. */
  notes: string[];
  /** An appliance (OVF): its cards in order, with the networks they were on there, and what is on its first disk. */
  appliance?: {
    networks: { network: string; model: string }[];
    inside?: DiskInside;
    hardware: ImportHardware;
  };
}
