import type { RungId } from '../../../../provisioning/plan.ts';
import { judge } from '../../../../provisioning/ladder/judge.ts';
import type { PlaceObservation, Verdict } from '../../../../provisioning/ladder/observations.ts';
import type { KubeClient } from '../../target/client.ts';
import { KubeError } from '../../target/kube-error.ts';
import { observeCore, observeNode, observePaths, observeStorage } from './observe-cluster.ts';
import { observeCdi, observeDevices, observeKubevirt } from './observe-lab.ts';
import { observeCa, observePort, observeReadyz } from './observe-server.ts';

export interface Lookout {
  readonly client: KubeClient;
  readonly accelerator: 'kvm' | 'tcg';
  /** What is known of the service; undefined where nobody can tell. */
  readonly place: () => Promise<PlaceObservation | undefined>;
}

/** Looks once at a rung and judges it. An API that does not answer is something to wait for. The smoke test is not a look. */
export async function lookAt(
  rung: Exclude<RungId, 'smoke'>,
  { client, accelerator, place }: Lookout,
  restartsBefore: number,
  signal: AbortSignal,
): Promise<Verdict> {
  const { credentials } = client;
  const looks: { [R in typeof rung]: () => Promise<Verdict> } = {
    unit: async () => judge('unit', { place: await place(), restartsBefore }),
    port: async () => judge('port', await observePort(credentials, signal)),
    ca: async () => judge('ca', await observeCa(credentials, signal)),
    readyz: async () => judge('readyz', await observeReadyz(credentials, signal)),
    node: async () => judge('node', await observeNode(client, signal)),
    core: async () => judge('core', await observeCore(client, signal)),
    paths: async () => judge('paths', await observePaths(client, signal)),
    storage: async () => judge('storage', await observeStorage(client, signal)),
    kubevirt: async () => judge('kubevirt', await observeKubevirt(client, signal)),
    cdi: async () => judge('cdi', await observeCdi(client, signal)),
    devices: async () => judge('devices', await observeDevices(client, accelerator, signal)),
  };
  try {
    return await looks[rung]();
  } catch (error) {
    signal.throwIfAborted();
    if (!(error instanceof KubeError)) throw error;
    return { state: 'wait', detail: error.problem.detail, ...(error.problem.cause && { cause: error.problem.cause }) };
  }
}
