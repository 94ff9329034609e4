import { stringify } from 'yaml';
import type { UninstallPreview } from '../../../contract/appliance.ts';
import type { KubeObject } from '../../../contract/kube.ts';
import type { KubeClient } from '../../target/client.ts';
import { kinds } from '../../target/kinds.ts';
import { pick, pickList, pickText } from '../../target/pick.ts';
import { quantity } from '../../target/quantity.ts';
import { clusterKinds } from './cluster-kinds.ts';
import { allOf } from './observe-cluster.ts';

export type Inventory = Pick<UninstallPreview, 'machines' | 'disks'>;

/** What an uninstall would destroy: machines with the size of their disks, and every disk with its folder on the machine. */
export async function listForUninstall(client: KubeClient, signal: AbortSignal): Promise<Inventory> {
  const [machines, claims, volumes] = await Promise.all([
    allOf(client, kinds.virtualMachines, signal),
    allOf(client, kinds.persistentVolumeClaims, signal),
    allOf(client, clusterKinds.persistentVolumes, signal),
  ]);
  return inventory(machines, claims, volumes);
}

/** Pure. Claims without a volume yet have the size they ask for and no path. */
export function inventory(
  machines: readonly KubeObject[],
  claims: readonly KubeObject[],
  volumes: readonly KubeObject[],
): Inventory {
  const volumeOf = new Map(volumes.map((volume) => [volume.metadata.name, volume]));
  const disks = claims.map((claim) => {
    const volume = volumeOf.get(pickText(claim, 'spec', 'volumeName') ?? '');
    const path = pickText(volume, 'spec', 'hostPath', 'path') ?? pickText(volume, 'spec', 'local', 'path');
    return {
      namespace: claim.metadata.namespace ?? '',
      name: claim.metadata.name ?? '',
      size:
        quantity(pick(claim, 'status', 'capacity', 'storage')) ??
        quantity(pick(claim, 'spec', 'resources', 'requests', 'storage')) ??
        0,
      ...(path && { path }),
    };
  });
  const sizeOf = new Map(disks.map((disk) => [`${disk.namespace}/${disk.name}`, disk.size]));
  return {
    disks,
    machines: machines.map((machine) => {
      const namespace = machine.metadata.namespace ?? '';
      // A DataVolume's claim has its name.
      const used = pickList(machine, 'spec', 'template', 'spec', 'volumes').map(
        (volume) => pickText(volume, 'dataVolume', 'name') ?? pickText(volume, 'persistentVolumeClaim', 'claimName'),
      );
      return {
        namespace,
        name: machine.metadata.name ?? '',
        status: pickText(machine, 'status', 'printableStatus') ?? 'Unknown',
        disk: used.reduce((sum, claim) => sum + (sizeOf.get(`${namespace}/${claim ?? ''}`) ?? 0), 0),
      };
    }),
  };
}

/** Machines, disks and what belongs to them as YAML to apply elsewhere: without what only this cluster knows. */
export async function exportObjects(client: KubeClient, signal: AbortSignal): Promise<string> {
  const lists = await Promise.all([
    allOf(client, kinds.dataVolumes, signal),
    allOf(client, kinds.virtualMachines, signal),
  ]);
  return lists
    .flat()
    .map((object) => stringify(bare(object)))
    .join('---\n');
}

const bare = ({ apiVersion, kind, metadata, spec }: KubeObject): Record<string, unknown> => ({
  apiVersion,
  kind,
  metadata: {
    name: metadata.name,
    ...(metadata.namespace && { namespace: metadata.namespace }),
    ...(metadata.labels && { labels: metadata.labels }),
    ...(metadata.annotations && { annotations: metadata.annotations }),
  },
  spec,
});
