import type { KubeObject } from '../../contract/kube.ts';
import type { StorageDisk } from '../../contract/storage.ts';
import { binLabel, unusedAnnotation } from '../bin/kept.ts';
import { claimsOf } from '../bin/disks.ts';
import { diskSizes } from '../bin/view.ts';
import { pickList, pickText } from '../target/pick.ts';

export interface DiskSources {
  claims: Iterable<KubeObject>;
  dataVolumes: Iterable<KubeObject>;
  vms: Iterable<KubeObject>;
  vmis: Iterable<KubeObject>;
  /** VirtualMachineSnapshotContents; none where the target takes no snapshots. */
  contents: Iterable<KubeObject>;
}

const keyOf = ({ metadata }: KubeObject): string => `${metadata.namespace}/${metadata.name}`;
const add = <T>(map: Map<string, T[]>, key: string, value: T): void =>
  void map.set(key, [...(map.get(key) ?? []), value]);

/** Every claim of the target, with who has it and what hangs on it. Pure. */
export function storageDisks(sources: DiskSources): StorageDisk[] {
  const volumes = new Map<string, KubeObject>();
  const clones = new Map<string, StorageDisk['clones']>();
  for (const volume of sources.dataVolumes) {
    volumes.set(keyOf(volume), volume);
    const { namespace = '', name = '' } = volume.metadata;
    const from = pickText(volume, 'spec', 'source', 'pvc', 'name');
    if (from)
      add(clones, `${pickText(volume, 'spec', 'source', 'pvc', 'namespace') ?? namespace}/${from}`, {
        namespace,
        name,
      });
  }
  const running = new Set<string>();
  const held = new Map<string, Set<string>>();
  const hold = (machine: KubeObject, claims: readonly string[]): void => {
    for (const claim of claims) {
      const key = `${machine.metadata.namespace}/${claim}`;
      held.set(key, (held.get(key) ?? new Set()).add(machine.metadata.name ?? ''));
    }
  };
  for (const vm of sources.vms) hold(vm, claimsOf(vm));
  // What was detached in the template may still be open in the instance; instances without a machine count, too.
  for (const vmi of sources.vmis) {
    if (['Succeeded', 'Failed'].includes(pickText(vmi, 'status', 'phase') ?? '')) continue;
    running.add(keyOf(vmi));
    hold(vmi, claimsOf({ ...vmi, spec: { template: { spec: vmi.spec } } }));
  }
  const snapshots = new Map<string, string[]>();
  for (const content of sources.contents) {
    const name = pickText(content, 'spec', 'virtualMachineSnapshotName');
    if (!name || content.metadata.deletionTimestamp) continue;
    for (const backup of pickList(content, 'spec', 'volumeBackups')) {
      const claim = pickText(backup, 'persistentVolumeClaim', 'metadata', 'name');
      if (claim) add(snapshots, `${content.metadata.namespace}/${claim}`, name);
    }
  }
  return [...sources.claims].map((claim) => {
    const key = keyOf(claim);
    const { uid = '', namespace = '', name = '', labels, annotations, creationTimestamp } = claim.metadata;
    const volume = volumes.get(key);
    const bin = labels?.[binLabel];
    const kind = [labels, volume?.metadata.labels].some((each) => each?.['hearth.dev/image'] === 'true')
      ? 'image'
      : labels?.['persistent-state-for']
        ? 'state'
        : 'disk';
    const usedBy = [...(held.get(key) ?? [])].sort().map((machine) => ({ name: machine, running: running.has(`${namespace}/${machine}`) })); // prettier-ignore
    const filling = pickText(volume, 'status', 'phase');
    const since = [annotations?.[unusedAnnotation], volume?.metadata.annotations?.[unusedAnnotation]].filter((text) => text !== undefined).sort().at(-1); // prettier-ignore
    const storageClass = pickText(claim, 'spec', 'storageClassName');
    return {
      uid,
      namespace,
      name,
      displayName:
        annotations?.['hearth.dev/display-name'] ?? volume?.metadata.annotations?.['hearth.dev/display-name'] ?? name,
      kind,
      ...diskSizes(claim, volume),
      ...(storageClass && { storageClass }),
      phase: filling && filling !== 'Succeeded' ? filling : (pickText(claim, 'status', 'phase') ?? 'Pending'),
      createdAt: creationTimestamp ?? '',
      usedBy,
      snapshots: snapshots.get(key) ?? [],
      clones: clones.get(key) ?? [],
      ...(usedBy.length === 0 && kind === 'disk' && bin === undefined && { orphaned: since ? { since } : {} }),
      ...(bin && { bin }),
    };
  });
}
