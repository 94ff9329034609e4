import type { FaultState } from '../../../contract/faults.ts';
import { asProblem } from '../../../contract/problem.ts';
import type { Log } from '../../log.ts';
import type { LabFaults } from './doors.ts';

/** Faults of a lab's machines as they are now. */
export interface FaultSight {
  all(): FaultState[];
  /** Follows those that are not followed yet. */
  follow(machines: readonly string[]): void;
}

/** Follows faults until `signal`; `changed` is told after each change. */
export function watchLabFaults(faults: LabFaults, options: { signal: AbortSignal; changed: () => void; log: Log }): FaultSight {
  const { signal, changed, log } = options;
  const found = new Map<string, readonly FaultState[]>();
  const followed = new Set<string>();
  const one = async (machine: string): Promise<void> => {
    for await (const states of faults.watch(machine, signal)) {
      found.set(machine, states);
      changed();
    }
  };
  return {
    all: () => [...found.values()].flat(),
    follow(machines) {
      for (const machine of machines) {
        if (followed.has(machine) || signal.aborted) continue;
        followed.add(machine);
        one(machine).catch((error: unknown) => {
          // A machine that is not there (yet) has none; it is followed again when something changes.
          followed.delete(machine);
          found.delete(machine);
          if (!signal.aborted) log.debug({ machine, why: asProblem(error).detail }, 'faults not followed');
        });
      }
    },
  };
} // prettier-ignore
