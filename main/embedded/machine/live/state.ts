import { monotonic } from '../../kube/monotonic.ts';
/** Sockets that have all their CPUs, and how many there could be. */
export interface Sockets {
  filled: number;
  most: number;
}

/** Guest memory in bytes. */
export interface GuestMemory {
  atBoot: number;
  /** What the guest has now. */
  current: number;
  /** What it was asked to have. */
  asked: number;
  /** What it can have without a restart. */
  most: number;
}

/** One volume that comes and goes while the machine runs. */
export interface VolumeState {
  phase: 'Pending' | 'AttachedToNode' | 'Ready' | 'Detaching';
  reason: string;
  message: string;
}

/** What a running machine has now, where that may differ from what it started with. Filled by LiveUpdates. */
export class LiveState {
  sockets: Sockets | undefined;
  memory: GuestMemory | undefined;
  /** By the name of the volume; only those that may come and go. */
  readonly volumes = new Map<string, VolumeState>();
  /** Why the CPUs, or the memory, are not as asked. */
  cpuProblem: { reason: string; message: string } | undefined;
  memoryProblem: { reason: string; message: string } | undefined;
  /** Since when (ms) the guest has been asked to take memory, or to give it back. */
  memoryAskedAt: number | undefined;
  /** Until then (ms) the guest's agent is asked to switch on what is new. */
  wakeUntil = 0;

  /** Something came, or the agent did. */
  wake(): void {
    this.wakeUntil = monotonic() + 5000;
  }
}
