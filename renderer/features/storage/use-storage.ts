import { useMemo } from 'react';
import type { BinEntry, BinView } from '../../../main/contract/bin.ts';
import type { DeletedLab } from '../../../main/contract/labs/labs.ts';
import type { Problem } from '../../../main/contract/problem.ts';
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
const deletedLabs: Resource<DeletedLab[], DeletedLab[]> = {
  key: 'deleted-labs',
  source: (api, signal) => api.labs.deleted({}, { signal }),
  fold: replace,
};

/** What lies in the bin: of the target, and own labs, which are of this Hearth. */
export type Binned = Omit<BinEntry, 'kind'> & { kind: BinEntry['kind'] | 'lab' };
/** One list of both, newest first. `problem`: why a part of it is missing. */
export function useBin(): { entries: Binned[]; held: number; loading: boolean; known: boolean; problem: Problem | undefined } {
  const target = useLive(bin);
  const labs = useLive(deletedLabs);
  const entries = useMemo(
    () =>
      [...(target.value?.entries ?? []), ...(labs.value ?? []).map(labEntry)].sort((a, b) => b.deletedAt.localeCompare(a.deletedAt)),
    [target.value, labs.value],
  );
  return {
    entries,
    held: entries.reduce((sum, entry) => sum + entry.held, 0),
    loading: target.state === 'loading',
    known: target.value !== undefined,
    problem: target.value?.problem ?? target.problem ?? labs.problem,
  };
} // prettier-ignore

/** Pure. */
export const labEntry = ({ name: _name, title, ...lab }: DeletedLab): Binned => ({ ...lab, kind: 'lab', name: title, namespace: '', state: 'kept', disks: [] }); // prettier-ignore

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
