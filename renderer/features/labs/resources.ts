import type { LabDemo } from '../../../main/contract/labs/demo.ts';
import type { LabRun } from '../../../main/contract/labs/run.ts';
import { replace } from '../../lib/live-store.ts';
import type { Resource } from '../../lib/resources.ts';

export interface RunNow {
  /** Absent: the lab does not run on this target. */
  run?: LabRun;
}
/** A lab's run, wrapped: that there is none is a value too. */
export const labRun = (lab: string): Resource<RunNow, RunNow> => ({
  key: `lab-run:${lab}`,
  source: async function* (api, signal) {
    for await (const run of api.labs.run({ lab }, { signal })) yield run ? { run } : {};
  },
  fold: replace,
});
/** The demonstration of a running lab, wrapped in the same way. */
export const labDemo = (lab: string): Resource<{ demo?: LabDemo }, { demo?: LabDemo }> => ({
  key: `lab-demo:${lab}`,
  source: async function* (api, signal) {
    for await (const demo of api.labs.demo({ lab }, { signal })) yield demo ? { demo } : {};
  },
  fold: replace,
});
