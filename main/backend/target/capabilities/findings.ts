import type { KubeObject } from '../../../contract/kube.ts';
import type { KubeClient } from '../client.ts';
import { KubeError } from '../kube-error.ts';
import { kinds } from '../kinds.ts';
import type { Kind } from '../kinds.ts';
import { pickList, pickText } from '../pick.ts';
import { askRights } from './access.ts';
import type { RightName } from './access.ts';

/** What was found out about a target; the matrix is made of it and of nothing else. */
export interface Findings {
  /** API group -> its versions. '' is the core group. */
  groups: ReadonlyMap<string, readonly string[]>;
  /** Of subresources.kubevirt.io, e.g. `virtualmachines/start`. */
  subresources: ReadonlySet<string>;
  /** Plurals of cdi.kubevirt.io. */
  cdiKinds: ReadonlySet<string>;
  /** KubeVirt's own object; absent where there is none, or this user may not read it. */
  kubevirt?: KubeObject;
  storageClasses: readonly KubeObject[];
  /** VolumeSnapshotClasses: which drivers can take snapshots. */
  snapshotClasses: readonly KubeObject[];
  /** What CDI knows of each storage class. */
  storageProfiles: readonly KubeObject[];
  /** NetworkAttachmentDefinitions. */
  networks: readonly KubeObject[];
  nodes: readonly KubeObject[];
  /** virt-handler Pods: they serve the metrics. */
  virtHandlers: number;
  rights: ReadonlyMap<RightName, boolean>;
}

/** What is not there, and what this user may not see, cannot be used; anything else is an error. */
async function orNone<T>(work: Promise<T>, none: T): Promise<T> {
  try {
    return await work;
  } catch (error) {
    if (error instanceof KubeError && (error.code === 404 || error.code === 403)) return none;
    throw error;
  }
}

/** Asks the target. Throws KubeError when it does not answer. */
export async function findOut(client: KubeClient, nodes: readonly KubeObject[]): Promise<Findings> {
  const groups = new Map<string, readonly string[]>([['', ['v1']]]);
  for (const group of pickList(await client.json('GET', '/apis'), 'groups'))
    groups.set(
      pickText(group, 'name') ?? '',
      pickList(group, 'versions').map((each) => pickText(each, 'version') ?? ''),
    );
  const list = async (kind: Kind, selector?: string): Promise<KubeObject[]> =>
    groups.has(kind.group) ? orNone(client.list(kind, undefined, selector), []) : [];
  const namesIn = async (version: string): Promise<ReadonlySet<string>> => {
    if (!groups.has(version.split('/')[0] ?? '')) return new Set();
    const answer = await orNone(client.json<unknown>('GET', `/apis/${version}`), {});
    return new Set(pickList(answer, 'resources').map((each) => pickText(each, 'name') ?? ''));
  };
  // Where this user has machines (the first page is enough to know), and where the kubeconfig puts them.
  const machines = groups.has(kinds.virtualMachines.group)
    ? await orNone(
        client.listPage(kinds.virtualMachines, undefined, { limit: 200 }).then(({ items }) => items),
        [],
      )
    : [];
  const home = client.credentials.namespace;
  const spaces = [
    ...new Set([...(home ? [home] : []), ...machines.map(({ metadata }) => metadata.namespace ?? 'default').sort()]),
  ];
  const [
    subresources,
    cdiKinds,
    kubevirts,
    storageClasses,
    snapshotClasses,
    storageProfiles,
    networks,
    handlers,
    rights,
  ] = await Promise.all([
    namesIn('subresources.kubevirt.io/v1'),
    namesIn('cdi.kubevirt.io/v1beta1'),
    list(kinds.kubevirts),
    list(kinds.storageClasses),
    list(kinds.volumeSnapshotClasses),
    list(kinds.storageProfiles),
    list(kinds.networkAttachmentDefinitions),
    list(kinds.pods, 'kubevirt.io=virt-handler'),
    askRights(client, spaces),
  ]);
  const [kubevirt] = kubevirts;
  return {
    groups,
    subresources,
    cdiKinds,
    ...(kubevirt && { kubevirt }),
    storageClasses,
    snapshotClasses,
    storageProfiles,
    networks,
    nodes,
    virtHandlers: handlers.length,
    rights,
  };
}
