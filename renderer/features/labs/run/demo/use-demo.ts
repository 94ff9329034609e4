import { useEffect } from 'react';
import type { LabDemo } from '../../../../../main/contract/labs/demo.ts';
import { useLive } from '../../../../lib/resources.ts';
import { labDemo } from '../../resources.ts';
import type { Wanted } from '../consoles.tsx';

/** The demonstration of a lab, if one goes on; the console in which something happens is shown. */
export function useDemo(lab: string, want: (wanted: Wanted) => void): LabDemo | undefined {
  const demo = useLive(labDemo(lab)).value?.demo;
  const { machine, view } = demo?.shows ?? {};
  useEffect(() => {
    if (machine !== undefined && view !== undefined) want({ machine, view });
  }, [machine, view, want]);
  return demo;
}

export const isPlaying = (demo: LabDemo | undefined): boolean => demo?.state === 'playing' || demo?.state === 'paused';
