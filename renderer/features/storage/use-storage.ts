import type { BinView } from '../../../main/contract/bin.ts';
import { rowKeys } from '../../../main/contract/row-keys.ts';
import type { StorageDisk, StorageSpace } from '../../../main/contract/storage.ts';
import { foldList, replace } from '../../lib/live-store.ts';
import { useList, useLive } from '../../lib/resources.ts';
import type { ListResource, Resource } from '../../lib/resources.ts';

const disks: ListResource<StorageDisk> = {
  key: 'storage-disks',
  source: (api, signal) => api.storage.disks({}, { signal }),
  fold: foldList<StorageDisk>(rowKeys.disk),
};
const space: Resource<StorageSpace, StorageSpace> = {
  key: 'storage-space',
  source: (api, signal) => api.storage.space({}, { signal }),
  fold: replace,
};
const bin: Resource<BinView, BinView> = {
  key: 'bin',
  source: (api, signal) => api.bin.watch({}, { signal }),
  fold: replace,
};
export const useDisks = () => useList(disks);
export const useSpace = () => useLive(space);
export const useBin = () => useLive(bin);

/** Disks that nobody has, the largest first. Pure. */
export const orphans = (rows: readonly StorageDisk[]): StorageDisk[] =>
  rows.filter((row) => row.orphaned !== undefined).sort((a, b) => held(b) - held(a) || a.name.localeCompare(b.name));
/** Bytes that go when it goes. Pure. */
export const held = (row: StorageDisk): number => row.used ?? row.size;

/** Every word is somewhere in the disk's or its machines' names. Pure. */
export function matching(rows: readonly StorageDisk[], search: string): StorageDisk[] {
  const words = search.trim().toLowerCase().split(/\s+/).filter(Boolean);
  return rows.filter((row) => {
    const text = [row.name, row.displayName, row.namespace, ...row.usedBy.map(({ name }) => name)].join(' ').toLowerCase(); // prettier-ignore
    return words.every((word) => text.includes(word));
  });
}
