import { ProblemError } from '../../../../contract/problem.ts';
import type { Slot } from './bootenv.ts';

/** The system that runs. */
export interface RunningSystem {
  version: string;
  /** ISO 8601, when it was built; absent when it is not known. */
  builtAt?: string;
  medium: 'stick' | 'disk';
  slot?: Slot;
}

/** The slot it runs from. Throws the Problem `box-not-installed` on a stick: there is nothing to keep up then. */
export function runningSlot({ medium, slot }: RunningSystem): Slot {
  if (medium === 'disk' && slot) return slot;
  throw new ProblemError({
    code: 'box-not-installed',
    title: 'This box is not installed',
    detail: 'It runs from a stick, in memory: there is no system on a disk that could be changed.',
    fix: 'Install it first; a stick is brought up to date by writing it anew.',
  });
}
