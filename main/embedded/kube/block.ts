import type { Stored } from './object.ts';

/** As in Kubernetes: a VolumeSnapshot stays until its data is gone. */
export const volumeSnapshotFinalizer = 'snapshot.storage.kubernetes.io/volumesnapshot-bound-protection';

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

/**
 * Work while nobody else changes a machine's disks, with a means to make a file bigger that it has open: bytes; false where
 * it has none such open for writing. To be asked for before any claim's turn, never inside of one: all others wait in that
 * order, too.
 */
export type GrowOpenFiles = <T>(
  vmiUid: string,
  work: (grow: (file: string, size: number) => Promise<boolean>) => Promise<T>,
) => Promise<T>;

/** The overlay in which a running machine has to go on, so that what was below stays as it is. */
export interface LiveLayer {
  claim: string;
  /** QEMU's name for it. */
  node: string;
  /** Its file; what it stands on is what the machine has open now. */
  path: string;
}

/** What the machine half does with disks of running machines, for the disk half. */
export interface RunningDisks {
  /** All of them at one moment. Does nothing where the machine is in it already. Throws when there is no such machine. */
  switchOver(vmiUid: string, layers: readonly LiveLayer[]): Promise<void>;
  /** Work while nobody else changes the machine's disks. To be asked for before any claim's turn, never inside of one. */
  during<T>(vmiUid: string, work: () => Promise<T>): Promise<T>;
  /**
   * Takes the layer below a claim's overlay into it, so that it stands on the one under that. `depth`: layers of the claim
   * with its overlay, `reference`: how the overlay's header names its new base. False where the machine sees other layers.
   */
  absorb(vmiUid: string, claim: string, depth: number, reference: string | undefined): Promise<boolean>;
  /** How many layers a machine sees under a claim's disk, its overlay among them; undefined where it has none. */
  depth(vmiUid: string, claim: string): Promise<number | undefined>;
  /** The claim's overlay goes on on layers that read the same as those below it now. Throws when QEMU refuses. */
  reseat(vmiUid: string, claim: string, below: BlockNode): Promise<void>;
}

/** One claim whose data is to be kept as it is now, by its VolumeSnapshot. */
export interface Taking {
  claim: string;
  snapshot: Stored;
}

/** Snapshots of claims: what is kept is a read-only layer that any number of new claims can stand on. */
export interface DiskSnapshots {
  /**
   * Keeps the data of claims of one namespace, all as they are at one moment. Those that `vmi` writes to go on in new
   * overlays by `switchOver`. Afterwards each VolumeSnapshot is ready. Throws Refusal; nothing is lost then.
   */
  take(
    namespace: string,
    takings: readonly Taking[],
    vmi: Stored | undefined,
    switchOver: (layers: readonly LiveLayer[]) => Promise<void>,
  ): Promise<void>;
  /** Layers that a machine should be in and may not be (the engine was killed in between). */
  unfinished(vmi: Stored): Promise<LiveLayer[]>;
  /** Layers that were merged on disk are exchanged in a machine that still has the old ones open (the engine was killed in between). */
  realign(vmi: Stored): Promise<void>;
  /** Merges what nobody needs apart any more; in the background. */
  tidy(): void;
  /** The machine is in all of its overlays. */
  finished(vmi: Stored): Promise<void>;
  /** Whether a claim's data still is exactly what the snapshot kept: nothing was written since it was made from it. */
  isPristine(namespace: string, claim: string, snapshot: Stored): Promise<boolean>;
  /** Bytes on disk of the layer that a snapshot keeps. */
  size(snapshot: Stored): Promise<number>;
  /** Who does what has to be done inside running machines. */
  use(running: RunningDisks): void;
}

/** Data as it is at the moment of asking: of a claim that no machine writes to, or what a VolumeSnapshot kept. */
export type DiskSource = { namespace: string; claim: string } | { snapshot: Stored };

/** `qcow2` is packed; `qcow2-plain` is not, and the same bytes for the same disk. */
export type CopyFormat = 'raw' | 'qcow2' | 'qcow2-plain';
/** Copies of disks as files that stand alone. */
export interface DiskCopies {
  /** Writes one; `to` must not be there yet, and is removed by the caller on failure. `progress`: 0..1. Throws Refusal, AbortError. */
  write(
    source: DiskSource,
    format: CopyFormat,
    to: string,
    options: { signal: AbortSignal; progress?: (done: number) => void },
  ): Promise<void>;
}

/** The seam between disks and machines. */
export interface Disks {
  /** Makes the volume ready for this VMI and tells QEMU what to open. Throws VolumeNotReady. Idempotent for a running VMI. */
  open(vmi: Stored, volumeName: string): Promise<BlockNode>;
  /** One claim of a running VMI was detached: others may have it from here on. */
  release(vmi: Stored, claim: string): Promise<void>;
  /**
   * Who makes an open file bigger under a running guest (the machine half). It throws when QEMU refuses.
   */
  growWith(grow: GrowOpenFiles): void;
  /** Its machine runs from here on: a claim of it that could not grow may be able to. */
  runs(vmi: Stored): void;
  /** The VMI is over: frees its claims, removes its ephemeral, empty and seed disks. */
  close(vmiUid: string): Promise<void>;
  /** Bytes of a claim's file on disk and as the guest sees it. */
  sizes(namespace: string, claim: string): Promise<{ real: number; virtual: number } | undefined>;
}
