import type { Stored } from '../../kube/object.ts';
import type { MachinePlan } from '../argv/plan.ts';
import type { Machine } from './machine.ts';

/** A state to go on from, and the QEMU that it needs. */
export interface SavedState {
  /** The file with the memory. */
  file: string;
  /** The command line: the files of this start, the devices of the moment that was kept. */
  argv: string[];
  /** Volume names of the devices disk0, disk1, … in it. */
  disks: string[];
}

/** The seam by which a machine starts from the memory of a snapshot. */
export interface SavedStates {
  /** The state that this start is to go on from; undefined for an ordinary start (an Event says why, where one was asked for). */
  find(vmi: Stored, plan: MachinePlan): Promise<SavedState | undefined>;
  /** QEMU runs with that file as its input: waits until it is in, then lets the guest go on. Throws where it does not fit. */
  load(vmi: Stored, machine: Machine): Promise<void>;
  /** It did not work: the machine starts as usual. */
  failed(vmi: Stored, why: string): void;
}
