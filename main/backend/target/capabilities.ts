import type { KubeObject } from '../../contract/kube.ts';
import type { Capability } from '../../contract/target.ts';
import type { KubeClient } from './client.ts';
import { isNotFound, KubeError } from './kube-error.ts';
import { kinds } from './kinds.ts';
import { pick, pickList, pickText } from './pick.ts';

/** What was found out about a target; `resources` as group/plural, subresources as `kind/name`. */
export interface Findings {
  groups: ReadonlySet<string>;
  subresources: ReadonlySet<string>;
  storageClasses: readonly KubeObject[];
  nodes: readonly KubeObject[];
  /** Some storage class gives disks that several nodes can have open at once (ReadWriteMany). */
  sharedStorage: boolean;
  virtHandlers: number;
}

type Id = Capability['id'];
const yes = (id: Id): Capability => ({ id, supported: true });
const no = (id: Id, reason: string, remedy: string): Capability => ({ id, supported: false, reason, remedy });
const whether = (id: Id, supported: boolean, reason: string, remedy: string): Capability =>
  supported ? yes(id) : no(id, reason, remedy);
const install = 'Install KubeVirt on it, or use another target.';

/** Findings -> the matrix that pages ask. Pure. */
export function capabilityMatrix(found: Findings): Capability[] {
  const { groups, subresources, nodes } = found;
  const has = (group: string): boolean => groups.has(group);
  const machines = has('kubevirt.io');
  const stream = (id: Id, name: string): Capability =>
    whether(
      id,
      machines && subresources.has(`virtualmachineinstances/${name}`),
      `The target has no ${name} of machines.`,
      install,
    );
  const annotated = nodes.some(
    (node) => pickText(node, 'metadata', 'annotations', 'hearth.dev/local-files') === 'true',
  );
  const later = (id: Id, group: string, what: string): Capability =>
    whether(
      id,
      has(group),
      `The target has no ${what} (${group} is not served).`,
      `Use a target with ${what}: KubeVirt on this computer or on a box.`,
    );
  const snapshotReady = has('snapshot.kubevirt.io') && has('snapshot.storage.k8s.io');
  return [
    whether('machines', machines, 'KubeVirt is not installed on the target.', install),
    stream('console', 'console'),
    stream('vnc', 'vnc'),
    whether(
      'upload',
      has('upload.cdi.kubevirt.io'),
      'The target takes no uploads (CDI is not installed).',
      'Install CDI on it.',
    ),
    whether(
      'localFiles',
      annotated,
      'The target does not see the files of this computer.',
      'The file is uploaded instead: pick it in the browser.',
    ),
    whether('serviceForwards', machines && has(''), 'The target has no Services.', install),
    has('snapshot.kubevirt.io') && !snapshotReady && has('storage.k8s.io') && !has('hearth.dev')
      ? no(
          'snapshots',
          'The storage class has no snapshot driver.',
          'Use a storage class whose CSI driver can snapshot.',
        )
      : later('snapshots', 'snapshot.kubevirt.io', 'snapshots'),
    later('clones', 'clone.kubevirt.io', 'machine clones'),
    later('networks', 'k8s.cni.cncf.io', 'extra networks'),
    migration(found, machines),
    whether(
      'metrics',
      found.virtHandlers > 0,
      'The target serves no metrics (no virt-handler Pod found).',
      'Live graphs come back when the machine half of the target runs.',
    ),
  ];
}

/** KubeVirt moves a running machine to another node only when its disks can be open on both. */
function migration({ nodes, sharedStorage }: Findings, machines: boolean): Capability {
  if (!machines) return no('migration', 'KubeVirt is not installed on the target.', install);
  if (nodes.length < 2)
    return no('migration', 'The target has one node.', 'Add a second box: machines can then move while they run.');
  return whether(
    'migration',
    sharedStorage,
    'No storage class shares a disk between the nodes (ReadWriteMany).',
    'Add storage that all nodes reach, for example NFS: machines with their disks there can move while they run.',
  );
}

/** Whether CDI knows a storage class that several nodes can write to at once. */
const shares = (profile: KubeObject): boolean =>
  pickList(profile, 'status', 'claimPropertySets').some((set) => {
    const modes = pick(set, 'accessModes');
    return Array.isArray(modes) && modes.includes('ReadWriteMany');
  });

/** Asks the target. Throws KubeError when it does not answer; what it merely lacks becomes `supported: false`. */
export async function findOut(client: KubeClient, nodes: readonly KubeObject[]): Promise<Findings> {
  const orNone = async <T>(work: Promise<T>, none: T): Promise<T> => {
    try {
      return await work;
    } catch (error) {
      // What is not there, and what this user may not see, cannot be used.
      if (isNotFound(error) || (error instanceof KubeError && error.code === 403)) return none;
      throw error;
    }
  };
  const [groups, subresources, storageClasses, profiles, handlers] = await Promise.all([
    client.json('GET', '/apis'),
    orNone(client.json<unknown>('GET', '/apis/subresources.kubevirt.io/v1'), {}),
    orNone(client.list(kinds.storageClasses), []),
    orNone(client.list(kinds.storageProfiles), []),
    orNone(client.list(kinds.pods, undefined, 'kubevirt.io=virt-handler'), []),
  ]);
  return {
    groups: new Set(['', ...pickList(groups, 'groups').map((group) => String(pick(group, 'name')))]),
    subresources: new Set(pickList(subresources, 'resources').map((resource) => String(pick(resource, 'name')))),
    storageClasses,
    nodes,
    sharedStorage: profiles.some(shares),
    virtHandlers: handlers.length,
  };
}
