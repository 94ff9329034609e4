import type { Stored } from './object.ts';

/** What QEMU opens for one volume; every level names its format, and `backing` is explicit (absent = none). */
export interface BlockNode {
  format: 'qcow2' | 'raw';
  path: string;
  readOnly: boolean;
  backing?: BlockNode;
  /** Bytes the guest sees. */
  virtualSize: number;
}

/** Why a volume cannot be opened yet (`waiting`) or at all. */
export class VolumeNotReady extends Error {
  /** printableStatus it leads to. */
  readonly status:
    'Provisioning' | 'WaitingForVolumeBinding' | 'ErrorPvcNotFound' | 'DataVolumeError' | 'ErrorUnschedulable';
  readonly reason: string;
  constructor(status: VolumeNotReady['status'], reason: string, message: string) {
    super(message);
    this.name = 'VolumeNotReady';
    this.status = status;
    this.reason = reason;
  }
}

/** The seam between disks and machines. */
export interface Disks {
  /** Makes the volume ready for this VMI and tells QEMU what to open. Throws VolumeNotReady. Idempotent for a running VMI. */
  open(vmi: Stored, volumeName: string): Promise<BlockNode>;
  /** The VMI is over: frees its claims, removes its ephemeral, empty and seed disks. */
  close(vmiUid: string): Promise<void>;
  /** Bytes of a claim's file on disk and as the guest sees it. */
  sizes(namespace: string, claim: string): Promise<{ real: number; virtual: number } | undefined>;
}
