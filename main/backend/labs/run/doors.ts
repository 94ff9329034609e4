import type { LabCheck, Probe } from '../../../contract/labs/checks.ts';
import type { FaultState, FaultWish } from '../../../contract/faults.ts';
import type { SerialMark } from '../../consoles/serial.ts';
import type { Workspace } from '../../targets/workspace.ts';
import type { GuestSsh } from '../checks/guest-ssh.ts';
import type { Look } from '../checks/look-types.ts';
import type { CheckWatch } from '../checks/watch.ts';
import type { Checkpoints } from '../rewind/checkpoints.ts';

// What a lab's run needs of its neighbours (checks, rewind, faults), put together in `doors.ts` beside `labs.ts`.

/** How one lab is looked at, and how its guests are reached. */
export interface LabEyes {
  readonly ssh: GuestSsh;
  /** One look; rejects only when it was called off. */
  look(probe: Probe, options: { timeout: string; signal: AbortSignal }): Promise<Look>;
  watch(
    checks: readonly LabCheck[],
    options: {
      look: (check: LabCheck, signal: AbortSignal) => Promise<Look>;
      tell: (states: CheckWatch['states']) => void;
      signal: AbortSignal;
    },
  ): CheckWatch;
  mark(machine: string): Promise<SerialMark>;
  /** Keeps what the serial console says, without a viewer. */
  listen(machine: string, signal: AbortSignal): Promise<void>;
}
/** Faults of the machines of one lab. */
export interface LabFaults {
  /** `hidden`: the machine's page does not tell what it is by itself. */
  begin(machine: string, wish: FaultWish, hidden: boolean, signal: AbortSignal): Promise<void>;
  /** Every fault of it back to nothing. */
  cure(machine: string, signal: AbortSignal): Promise<void>;
  watch(machine: string, signal: AbortSignal): AsyncIterable<readonly FaultState[]>;
}
export interface LabPlace {
  workspace: Workspace;
  namespace: string;
  /** Keeps the key pair and host keys, 0600. */
  folder: string;
  userOf: (machine: string) => string;
  /** Where a machine's serial console was when the open step began. */
  markOf: (machine: string) => SerialMark | undefined;
}

export interface Doors {
  eyes(of: LabPlace): LabEyes;
  faults(of: LabPlace): LabFaults;
  checkpoints: Checkpoints;
}
