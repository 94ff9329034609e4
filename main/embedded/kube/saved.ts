import type { Stored } from './object.ts';

/** What a start brings along, so that a saved state can be held against it. */
export interface StartShape {
  argv: readonly string[];
  /** Bytes of its disks. */
  sizes: readonly number[];
  /** Folder of the instance's files. */
  folder: string;
}

/** The seam by which a machine starts from the memory of a snapshot. */
export interface SavedStates {
  /** The file with the memory that this start is to go on from; undefined for an ordinary start (an Event says why, where one was asked for). */
  find(vmi: Stored, shape: StartShape): Promise<string | undefined>;
  /** QEMU runs with that file as its input: waits until it is in, then lets the guest go on. Throws where it does not fit. */
  load(
    vmi: Stored,
    machine: { qmp: { execute<T>(command: string): Promise<T> }; resume(): Promise<void> },
  ): Promise<void>;
  /** It did not work: the machine starts as usual. */
  failed(vmi: Stored, why: string): void;
}
