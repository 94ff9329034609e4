import type { Accelerator } from '../../contract/host.ts';
import type { Abort } from '../../contract/procedure.ts';
import type { Log } from '../log.ts';
import type { DataPaths } from '../paths.ts';
import type { SettingsStore } from '../settings.ts';
import type { Tasks } from '../tasks/tasks.ts';
import type { Undos } from '../undo/undo.ts';
import type { OpenTarget } from './target.ts';

/** What the handlers of one domain get: the target that pages see now, and what all domains share. */
export interface Scope {
  /** The target that is current at this moment. */
  target(): OpenTarget;
  /** The others that are open now: what was done there can be undone there. */
  others(): OpenTarget[];
  /** The stream of the current target, which goes on with the next one when another becomes current (`reset` is told between). */
  follow<T>(
    signal: Abort,
    run: (target: OpenTarget, signal: AbortSignal) => AsyncIterable<T>,
    reset?: T,
  ): AsyncGenerator<T>;
  readonly tasks: Tasks;
  /** What was taken away and can be had back. */
  readonly undos: Undos;
  readonly settings: SettingsStore;
  readonly paths: DataPaths;
  readonly log: Log;
  /** Aborted when the backend ends: work that nobody asked for ends with it. */
  readonly ending: AbortSignal;
  /** Machines of this computer start with it from now on; those that run go on. */
  useAccelerator?(accelerator: Accelerator | 'auto'): Promise<void>;
}
