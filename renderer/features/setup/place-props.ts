import type { PlaceDraft, Secrets } from '../install/draft.ts';
import type { StepProps } from './step-props.ts';

/** What every part of the way to a place gets. */
export interface PlaceProps {
  draft: PlaceDraft;
  set: (part: Partial<PlaceDraft>) => void;
  secrets: Secrets;
  setSecrets: (part: Partial<Secrets>) => void;
  /** On with the first run: machines will run on what is shown now. */
  goOn: () => void;
  /** Back to the step before. */
  leave: () => void;
  finish: StepProps['finish'];
}
