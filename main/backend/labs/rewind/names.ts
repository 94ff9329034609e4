import { labLabel } from '../../../contract/labs/words.ts';
import { checkpointLabel, managedBy } from '../../snapshots/names.ts';

/** Labels of what a checkpoint makes in the lab's namespace. Pure. */
export const checkpointLabels = (lab: string, id: string): Record<string, string> => ({
  ...managedBy,
  [labLabel]: lab,
  [checkpointLabel]: id,
});
