import type { ClusterStep, RungId } from '../plan.ts';

const titles: Record<RungId, string> = {
  unit: 'Wait for the service',
  port: 'Wait for the port of the API server',
  ca: 'Check the certificate of the API server',
  readyz: 'Wait until the API server is ready',
  node: 'Wait for the node',
  core: 'Wait for the core services',
  paths: 'Check the ways between pods and services',
  storage: 'Check the storage class',
  kubevirt: 'Wait for KubeVirt',
  cdi: 'Wait for CDI',
  devices: 'Check the devices for virtual machines',
  smoke: 'Start a first virtual machine',
};
/** Steps that wait for rungs of the ladder, in that order. */
export const rungs = (...ids: readonly RungId[]): ClusterStep[] =>
  ids.map((rung) => ({ id: `rung-${rung}`, title: titles[rung], action: { kind: 'rung', rung } }));
