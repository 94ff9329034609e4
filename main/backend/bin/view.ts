import type { BinEntry } from '../../contract/bin.ts';
import type { KubeObject } from '../../contract/kube.ts';
import { ProblemError } from '../../contract/problem.ts';
import { pick, pickText } from '../target/pick.ts';
import { quantity } from '../target/quantity.ts';
import { atAnnotation, binLabel, byAnnotation, keptIn, restoredAnnotation, untilAnnotation } from './kept.ts';
import type { Kept } from './kept.ts';
import { networkIn } from './network.ts';

export interface BinSources {
  secrets: readonly KubeObject[];
  vms: Iterable<KubeObject>;
  claims: Iterable<KubeObject>;
  dataVolumes: Iterable<KubeObject>;
  networks: Iterable<KubeObject>;
}

/** Bytes that a guest sees and, where the target tells, bytes in the storage. Pure. */
export function diskSizes(
  claim: KubeObject | undefined,
  volume: KubeObject | undefined,
): { size: number; used?: number } {
  const annotation = (key: string): number | undefined =>
    quantity(pickText(claim, 'metadata', 'annotations', key)) ??
    quantity(pickText(volume, 'metadata', 'annotations', key));
  const size =
    quantity(pick(claim, 'status', 'capacity', 'storage')) ??
    quantity(pick(claim, 'spec', 'resources', 'requests', 'storage')) ??
    quantity(pick(volume, 'spec', 'storage', 'resources', 'requests', 'storage')) ??
    quantity(pick(volume, 'spec', 'pvc', 'resources', 'requests', 'storage')) ??
    0;
  const used = annotation('hearth.dev/real-size');
  return { size, ...(used !== undefined && { used }) };
}

/** All entries, newest first. Pure. */
export function binEntries({ secrets, vms, claims, dataVolumes, networks }: BinSources): BinEntry[] {
  const disks = new Map<string, { claim?: KubeObject; volume?: KubeObject }>();
  const keyOf = ({ metadata }: KubeObject): string => `${metadata.namespace}/${metadata.name}`;
  for (const claim of claims) disks.set(keyOf(claim), { claim });
  for (const volume of dataVolumes) disks.set(keyOf(volume), { ...disks.get(keyOf(volume)), volume });
  const alive = new Map<string, KubeObject>();
  const restoring = new Set<string>();
  for (const vm of vms) {
    alive.set(vm.metadata.uid ?? '', vm);
    const from = vm.metadata.annotations?.[restoredAnnotation];
    if (from) restoring.add(from);
  }
  const diskOf = (namespace: string, name: string): BinEntry['disks'][number] => {
    const found = disks.get(`${namespace}/${name}`);
    return found ? { name, ...diskSizes(found.claim, found.volume) } : { name, gone: true };
  };
  const entry = (of: KubeObject, rest: Pick<BinEntry, 'id' | 'kind' | 'name' | 'state' | 'disks'>): BinEntry => ({
    ...rest,
    namespace: of.metadata.namespace ?? '',
    deletedAt: of.metadata.annotations?.[atAnnotation] ?? of.metadata.creationTimestamp ?? '',
    until: of.metadata.annotations?.[untilAnnotation] ?? '',
    ...(of.metadata.annotations?.[byAnnotation] !== undefined && { by: of.metadata.annotations[byAnnotation] }),
    held: rest.disks.reduce((sum, disk) => sum + (disk.used ?? disk.size ?? 0), 0),
  });
  const uids = new Set(Array.from(networks, ({ metadata }) => metadata.uid));
  const machines = secrets.flatMap((secret): BinEntry[] => {
    const id = secret.metadata.labels?.[binLabel];
    const network = networkIn(secret);
    if (id && network) return [entry(secret, { id, kind: 'network', name: network.metadata.name ?? '', state: uids.has(id) ? 'deleting' : 'kept', disks: [] })]; // prettier-ignore
    const kept = id && readable(secret);
    if (!id || !kept) return [];
    const { namespace = '', name = '' } = kept.vm.metadata;
    const state = alive.has(id) ? 'deleting' : restoring.has(id) ? 'restoring' : 'kept';
    return [entry(secret, { id, kind: 'machine', name, state, disks: kept.disks.map((disk) => diskOf(namespace, disk.name)) })]; // prettier-ignore
  });
  const ids = new Set(machines.map(({ id }) => id));
  const alone = [...disks.values()].flatMap(({ claim, volume }): BinEntry[] => {
    const of = claim ?? volume;
    const id = of?.metadata.labels?.[binLabel];
    if (!of || !id || ids.has(id) || of.metadata.deletionTimestamp) return [];
    const { namespace = '', name = '' } = of.metadata;
    return [entry(of, { id, kind: 'disk', name, state: 'kept', disks: [diskOf(namespace, name)] })];
  });
  return [...machines, ...alone].sort((a, b) => b.deletedAt.localeCompare(a.deletedAt) || a.name.localeCompare(b.name));
}

function readable(secret: KubeObject): Kept | undefined {
  try {
    return keptIn(secret);
  } catch (error) {
    if (error instanceof ProblemError) return undefined; // its disks are listed by themselves
    throw error;
  }
}
