import type { PlaceObservation } from '../../../../provisioning/ladder/observations.ts';
import type { Manifest, RungId } from '../../../../provisioning/plan.ts';
import type { Log } from '../../log.ts';
import { createKubeClient } from '../../target/client.ts';
import type { KubeClient } from '../../target/client.ts';
import { readCredentials } from '../../target/credentials.ts';
import { applyAll, managers } from './apply.ts';
import type { ApplyOptions } from './apply.ts';
import { climb } from './climb.ts';
import type { ClimbOptions } from './climb.ts';
import { createDiscovery } from './discovery.ts';
import { objectsOf } from './documents.ts';
import { exportObjects, listForUninstall } from './inventory.ts';
import type { Inventory } from './inventory.ts';
import { look } from './look.ts';
import type { ClusterLook } from './look.ts';
import { usualPace } from './patience.ts';
import type { Pace } from './patience.ts';
import { removeCluster } from './remove.ts';
import type { RemoveOptions } from './remove.ts';
import { upgradeOperator } from './upgrade.ts';
import type { UpgradeOptions } from './upgrade.ts';

/** A cluster that is being set up, looked after or taken down. Everything throws ProblemErrors, or an AbortError when cancelled. */
export interface Cluster {
  readonly client: KubeClient;
  /** Server-side apply, in order; see `applyAll`. */
  apply(objects: readonly Manifest[], options: ApplyOptions): Promise<void>;
  /** The same of a file with many documents. */
  applyManifestText(yaml: string, options: ApplyOptions): Promise<void>;
  climb(rungs: readonly RungId[], options: ClimbOptions): Promise<void>;
  look(options: { signal: AbortSignal }): Promise<ClusterLook>;
  upgradeKubevirt(options: UpgradeOptions): Promise<void>;
  upgradeCdi(options: UpgradeOptions): Promise<void>;
  listForUninstall(signal: AbortSignal): Promise<Inventory>;
  /** YAML of machines and disks, to keep beside a backup. */
  exportObjects(signal: AbortSignal): Promise<string>;
  removeCluster(options: RemoveOptions): Promise<void>;
  close(): void;
}

export interface ClusterOptions {
  /** Path of a kubeconfig; read once. */
  kubeconfig: string;
  log: Log;
  accelerator: 'kvm' | 'tcg';
  /** What is seen of k3s at its place; the rung `unit` and the causes of failures come from it. */
  place?: () => Promise<PlaceObservation | undefined>;
  pace?: Pace;
}

/** Opens a cluster by its kubeconfig; nothing is asked of it yet. Throws `kubeconfig-unreadable`. */
export async function openCluster(options: ClusterOptions): Promise<Cluster> {
  const client = createKubeClient(await readCredentials(options.kubeconfig));
  const discovery = createDiscovery(client);
  const pace = options.pace ?? usualPace;
  const lookout = { client, accelerator: options.accelerator, place: options.place ?? (async () => undefined) };
  const noted = (apply: ApplyOptions): ApplyOptions => ({
    ...apply,
    onObject: (object, number, total) => {
      options.log.debug({ object, number, total }, 'apply');
      apply.onObject?.(object, number, total);
    },
  });
  return {
    client,
    apply: (objects, apply) => applyAll(client, discovery, objects, pace, noted(apply)),
    applyManifestText: async (yaml, apply) =>
      applyAll(client, discovery, objectsOf(yaml), pace, noted({ ...apply, manager: managers.manifests })),
    climb: (rungs, climbing) => climb(lookout, rungs, pace, climbing),
    look: ({ signal }) => look(lookout, signal),
    upgradeKubevirt: (upgrade) => upgradeOperator(client, discovery, 'KubeVirt', pace, upgrade),
    upgradeCdi: (upgrade) => upgradeOperator(client, discovery, 'CDI', pace, upgrade),
    listForUninstall: (signal) => listForUninstall(client, signal),
    exportObjects: (signal) => exportObjects(client, signal),
    removeCluster: (removal) => removeCluster(client, pace, removal),
    close: () => client.close(),
  };
}
