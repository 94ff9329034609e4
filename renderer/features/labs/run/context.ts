import { createContext, useContext } from 'react';
import type { LabRun } from '../../../../main/contract/labs/run.ts';
import type { OwnPorts } from '../../../ui/markdown/links.ts';
import type { Wanted } from './consoles.tsx';

export interface RunnerState {
  run: LabRun;
  ports: OwnPorts;
  stale: boolean;
  /** Shows a machine's console. */
  want: (wanted: Wanted) => void;
  rewindTo: (index: number) => void;
  end: () => void;
}
export const RunnerContext = createContext<RunnerState | undefined>(undefined);

export function useRunner(): RunnerState {
  const state = useContext(RunnerContext);
  if (!state) throw new Error('RunnerContext is missing around this component.');
  return state;
}
