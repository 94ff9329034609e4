import type { Draft } from './draft.ts';

/** What every step of the first run gets. */
export interface StepProps {
  draft: Draft;
  /** Changes the draft; a `step` in it goes there. */
  change: (part: Partial<Draft>) => void;
  finish: (to: string) => void;
}
