import type { KubeObject } from '../../../main/contract/kube.ts';
import { servedKinds } from './kinds.ts';
import type { Served } from './kinds.ts';
import type { ClusterStore } from './store.ts';

export interface ExportServer {
  /** Without a slash at its end. */
  address: string;
  cert: string;
}

/** What the controllers and subresources of the double share. */
export interface Inner {
  readonly store: ClusterStore;
  /** Claims of a class that binds late wait for their first consumer. */
  readonly lateBinding: boolean;
  /** Imports from these addresses fail with these words; they are tried for ever, as CDI does. */
  readonly failingImports: Map<string, string>;
  /** Snapshots of these names fail with these words, as at the end of their deadline. */
  readonly failingSnapshots: Map<string, string>;
  /** Moves of these machines fail with these words. */
  readonly failingMigrations: Map<string, string>;
  /** Guests that ignore a polite stop. */
  readonly deaf: Set<string>;
  /** Where exports are fetched from outside, by an Ingress; absent: only inside the cluster. */
  readonly exportServer?: ExportServer;
  /** CA of the export servers inside the cluster. */
  readonly exportCa: string;
  /** The guest agent answers in every machine. */
  agent: boolean;
  /** A controller's next step: a moment later, unless the cluster is closed by then. */
  after(work: () => void, steps?: number): void;
  event(about: KubeObject, type: 'Normal' | 'Warning', reason: string, message: string): void;
}

const byName = new Map(servedKinds.map((served) => [`${served.group}/${served.plural}`, served]));
export const servedAs = (group: string, plural: string): Served => {
  const found = byName.get(`${group}/${plural}`);
  if (!found) throw new Error(`not served: ${group}/${plural}`);
  return found;
};
const cdi = 'cdi.kubevirt.io';
const kubevirt = 'kubevirt.io';
export const on = {
  nodes: servedAs('', 'nodes'),
  events: servedAs('', 'events'),
  pods: servedAs('', 'pods'),
  deployments: servedAs('apps', 'deployments'),
  statefulSets: servedAs('apps', 'statefulsets'),
  secrets: servedAs('', 'secrets'),
  claims: servedAs('', 'persistentvolumeclaims'),
  classes: servedAs('storage.k8s.io', 'storageclasses'),
  profiles: servedAs(cdi, 'storageprofiles'),
  dataVolumes: servedAs(cdi, 'datavolumes'),
  dataSources: servedAs(cdi, 'datasources'),
  machines: servedAs(kubevirt, 'virtualmachines'),
  kubevirts: servedAs(kubevirt, 'kubevirts'),
  instances: servedAs(kubevirt, 'virtualmachineinstances'),
  migrations: servedAs(kubevirt, 'virtualmachineinstancemigrations'),
  snapshots: servedAs('snapshot.kubevirt.io', 'virtualmachinesnapshots'),
  contents: servedAs('snapshot.kubevirt.io', 'virtualmachinesnapshotcontents'),
  restores: servedAs('snapshot.kubevirt.io', 'virtualmachinerestores'),
  clones: servedAs('clone.kubevirt.io', 'virtualmachineclones'),
  exports: servedAs('export.kubevirt.io', 'virtualmachineexports'),
  snapshotClasses: servedAs('snapshot.storage.k8s.io', 'volumesnapshotclasses'),
} as const;

export const now = (): string => new Date().toISOString().replace(/\.\d+Z$/, 'Z');
export const ownerOf = ({ apiVersion, kind, metadata }: KubeObject) => ({
  apiVersion,
  kind,
  name: metadata.name ?? '',
  uid: metadata.uid ?? '',
  controller: true,
  blockOwnerDeletion: true,
});
/** Sets a condition, as Kubernetes lists them. */
export function condition(object: KubeObject, type: string, status: boolean, reason = '', message = ''): void {
  const held = (object.status ??= {}) as { conditions?: Record<string, unknown>[] };
  const value = { type, status: status ? 'True' : 'False', ...(reason && { reason }), ...(message && { message }) };
  const others = (held.conditions ?? []).filter((each) => each['type'] !== type);
  // CDI's conditions have another field there than KubeVirt's.
  const seen = object.kind === 'DataVolume' ? { lastHeartbeatTime: now() } : { lastProbeTime: null };
  held.conditions = [...others, { ...value, ...seen, lastTransitionTime: now() }];
}
export const statusOf = (object: KubeObject): Record<string, unknown> => (object.status ??= {});
