import type { RungId } from '../plan.ts';
import { judgeCa, judgePort, judgeReadyz, judgeUnit } from './judge-server.ts';
import { judgeCore, judgeNode, judgePaths, judgeStorage } from './judge-cluster.ts';
import { judgeDevices, judgeOperator, judgeSmoke } from './judge-lab.ts';
import type { Observations, Verdict } from './observations.ts';

const judges: { readonly [R in RungId]: (observation: Observations[R]) => Verdict } = {
  unit: judgeUnit,
  port: judgePort,
  ca: judgeCa,
  readyz: judgeReadyz,
  node: judgeNode,
  core: judgeCore,
  paths: judgePaths,
  storage: judgeStorage,
  kubevirt: (observation) => judgeOperator('KubeVirt', observation),
  cdi: (observation) => judgeOperator('CDI', observation),
  devices: judgeDevices,
  smoke: judgeSmoke,
};

/** What was seen of a rung -> whether it holds. Pure. */
export const judge = <R extends RungId>(rung: R, observation: Observations[R]): Verdict => judges[rung](observation);
