import type { LabAction } from '../../../contract/labs/actions.ts';
import type { Probe } from '../../../contract/labs/checks.ts';
import type { LabFile } from '../../../contract/labs/file.ts';
import type { Log } from '../../log.ts';
import type { Workspace } from '../../targets/workspace.ts';
import type { GuestSsh } from '../checks/guest-ssh.ts';
import type { Look } from '../checks/look-types.ts';
import type { Values } from '../file/fill.ts';
import type { LabFaults } from '../run/doors.ts';

/** How actions are done where people look on. */
export interface Show {
  /** Asked before each action. */
  readonly before: (action: LabAction) => Promise<void>;
  /** Milliseconds that a key takes. */
  readonly keyMs: () => number;
  /** Resolves at once, or when it is no longer paused; asked before each key. Throws when it is over. */
  readonly hold: () => Promise<void>;
}

/** What actions work on: one lab, and nothing beside it. */
export interface ActionContext {
  readonly lab: LabFile;
  readonly namespace: string;
  readonly workspace: Workspace;
  readonly ssh: GuestSsh;
  readonly faults: LabFaults;
  /** Of the run: what it keeps goes with the lab. */
  readonly folder: string;
  readonly log: Log;
  look(probe: Probe, options: { timeout: string; signal: AbortSignal }): Promise<Look>;
  /** Of a demonstration. */
  readonly show?: Show;
  /** The variables as they are at this moment: an address may have come meanwhile. */
  values(): Values;
}
