import type { KubeObject } from '../../contract/kube.ts';
import type { ListUpdate } from '../../contract/machine.ts';
import { rowKeys } from '../../contract/row-keys.ts';
import type { StorageDisk, StorageSpace } from '../../contract/storage.ts';
import type { Collection } from '../target/collection.ts';
import { kinds } from '../target/kinds.ts';
import { createLiveList } from '../target/live-list.ts';
import { pick, pickText } from '../target/pick.ts';
import { createPaced } from '../target/paced.ts';
import { quantity } from '../target/quantity.ts';
import { redraw } from '../target/redraw.ts';
import type { OpenTarget } from '../target/target.ts';
import { storageDisks } from './rows.ts';

const paceMs = 300;

/** The disks of a target: one look over all of them at most three times a second, and only what changed is told. */
export async function* watchDisks(target: OpenTarget, signal: AbortSignal): AsyncGenerator<ListUpdate<StorageDisk>> {
  const list = createLiveList<StorageDisk>();
  const look = (): void => {
    if (claims.lost) list.stale(claims.lost.problem);
    else list.live();
    if (!claims.synced || !machines.synced) return;
    const rows = storageDisks({
      claims: claims.values(),
      dataVolumes: dataVolumes.values(),
      vms: machines.values(),
      vmis: instances.values(),
      contents: contents.values(),
    });
    const keys = new Set(rows.map(rowKeys.disk));
    for (const row of list.values()) if (!keys.has(rowKeys.disk(row))) list.delete(rowKeys.disk(row));
    for (const row of rows) list.set(rowKeys.disk(row), row);
    first = rows.length === 0;
    list.ready();
  };
  let first = true;
  const { touch, stop } = createPaced(look, () => (first ? 20 : paceMs));
  const near = { changed: touch, state: touch };
  const claims = target.cache.use(kinds.persistentVolumeClaims, undefined, near);
  const machines = target.cache.use(kinds.virtualMachines, undefined, near);
  const instances = target.cache.use(kinds.virtualMachineInstances, undefined, near);
  const dataVolumes = target.cache.use(kinds.dataVolumes, undefined, near);
  const contents = target.cache.use(kinds.virtualMachineSnapshotContents, undefined, near);
  touch();
  try {
    yield* list.watch(signal);
  } finally {
    stop();
    for (const each of [claims, machines, instances, dataVolumes, contents]) each.release();
  }
}

/** Free bytes by storage class. A driver that counts by node or zone is summed up. Pure. */
export function spaceOf(classes: readonly KubeObject[], capacities: readonly KubeObject[]): StorageSpace {
  const free = new Map<string, number>();
  for (const each of capacities) {
    const name = pickText(each, 'storageClassName');
    const left = quantity(pick(each, 'capacity'));
    if (name && left !== undefined) free.set(name, (free.get(name) ?? 0) + left);
  }
  return {
    classes: classes.map(({ metadata }) => {
      const name = metadata.name ?? '';
      const left = free.get(name);
      const isDefault = metadata.annotations?.['storageclass.kubernetes.io/is-default-class'] === 'true';
      return { name, isDefault, ...(left !== undefined && { free: left }) };
    }),
    ...(free.size === 0 && {
      note: 'The storage of this target does not say how much is left (its driver publishes no CSIStorageCapacity, or this user may not read it).',
    }),
  };
}

/** Told anew when it changed. Targets that refuse to tell say so in `note`. */
export const watchSpace = (target: OpenTarget, signal: AbortSignal): AsyncGenerator<StorageSpace> =>
  redraw(
    target.cache,
    signal,
    ({ use }) => {
      const classes = use(kinds.storageClasses);
      const capacities = use(kinds.storageCapacities);
      const settled = ({ synced, lost }: Collection): boolean => synced || lost !== undefined;
      return {
        draw: () =>
          settled(classes) && settled(capacities)
            ? spaceOf([...classes.values()], [...capacities.values()])
            : undefined,
      };
    },
    { paceMs },
  );
