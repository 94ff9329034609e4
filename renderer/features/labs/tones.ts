import type { LabRun } from '../../../main/contract/labs/run.ts';
import type { Tone } from '../../ui/tone.ts';

export const runTone: Record<LabRun['state'], Tone> = {
  starting: 'busy',
  running: 'running',
  rewinding: 'busy',
  finished: 'ok',
  ending: 'busy',
  failed: 'error',
};
