import type { Api } from '../../../main/contract/contract.ts';
import type { MachineRow } from '../../../main/contract/machine.ts';
import { rowKeys } from '../../../main/contract/row-keys.ts';
import type { StorageDisk } from '../../../main/contract/storage.ts';
import { FakeList } from './live.ts';
import { machineRow } from './machines.ts';
import { binEntry } from './undo.ts';
import type { FakeBin } from './undo.ts';

const GiB = 1024 ** 3;
const day = 86_400_000;
const ago = (days: number): string => new Date(Date.now() - days * day).toISOString();

const diskOf = (row: MachineRow, n: number): StorageDisk => ({
  uid: `disk-${row.uid}`, namespace: row.namespace, name: `${row.name}-root`, displayName: `${row.name}-root`, kind: 'disk',
  size: (10 + (n % 4) * 10) * GiB, used: (1.2 + (n % 5)) * GiB, storageClass: 'hearth', phase: 'Bound', createdAt: row.createdAt,
  usedBy: [{ name: row.name, running: row.tone === 'running' }], snapshots: n % 4 === 0 ? ['before-upgrade', 'nightly'] : [], clones: [],
}); // prettier-ignore

const without = ({ bin: _bin, ...row }: StorageDisk): StorageDisk => row;

/** Disks, the bin and folders of the preview. */
export function fakeStorage(options: {
  fresh: boolean;
  machines: FakeList<MachineRow>;
  bin: FakeBin;
  answer: <T>(what: string, value: T) => Promise<T>;
  live: <T>(source: AsyncIterable<T>) => AsyncIterable<T>;
}): Pick<Api, 'bin' | 'organise' | 'storage'> {
  const { fresh, machines, bin, answer, live } = options;
  const lone = (name: string, size: number, more: Partial<StorageDisk> = {}): StorageDisk => ({
    uid: `lone-${name}`, namespace: 'default', name, displayName: name, kind: 'disk', size: size * GiB, used: size * 0.3 * GiB,
    storageClass: 'hearth', phase: 'Bound', createdAt: ago(40), usedBy: [], snapshots: [], clones: [], ...more,
  }); // prettier-ignore
  const disks = new FakeList<StorageDisk>(rowKeys.disk, fresh ? [] : [
    ...[...machines.rows.values()].slice(0, 200).map(diskOf),
    lone('media-archive', 120, { orphaned: { since: ago(12) } }),
    lone('old-experiments-with-a-very-long-name-that-somebody-once-gave-to-a-disk', 20, { orphaned: {} }),
    lone('debian-12', 3, { kind: 'image', namespace: 'hearth-images', displayName: 'Debian 12', clones: [{ namespace: 'default', name: 'web-root' }] }),
    lone('scratch', 8, { bin: 'lone-scratch' }),
  ]); // prettier-ignore
  return {
    bin: {
      watch: (_input, o) => live(bin.value.watch(o?.signal)),
      restore: async ({ id, namespace, newName }) => {
        const found = bin.entries.find((each) => each.id === id);
        const name = newName ?? found?.name ?? id;
        await answer('Restoring', undefined);
        bin.restore(id);
        if (found?.kind === 'machine') machines.put({ ...machineRow(2), uid: id, namespace, name });
        if (found?.kind === 'disk')
          for (const disk of disks.rows.values()) if (disk.bin === id) disks.put(without(disk));
        return { namespace, name };
      },
      purge: async ({ id }) => {
        await answer('Purging', undefined);
        bin.drop(id);
      },
      empty: async () => {
        const purged = bin.entries.length;
        bin.empty();
        return answer('Emptying', { purged, failed: [] });
      },
    },
    organise: {
      change: async ({ namespace, name, folder, labels }) => {
        await answer('The change', undefined);
        const row = machines.rows.get(rowKeys.machine({ namespace, name }));
        if (!row) return;
        const { folder: before, labels: had = {}, ...rest } = row;
        const next = Object.entries({ ...had, ...labels }).filter((each): each is [string, string] => each[1] !== null);
        const place = folder === undefined ? before : folder;
        machines.put({
          ...rest,
          ...(place && { folder: place }),
          ...(next.length > 0 && { labels: Object.fromEntries(next) }),
        });
      },
    },
    storage: {
      disks: (_input, o) => live(disks.watch(o?.signal)),
      space: async function* (_input, o) {
        yield { classes: [{ name: 'hearth', isDefault: true, free: 182 * GiB }] };
        await new Promise((resolve) => o?.signal?.addEventListener('abort', resolve));
      },
      remove: async ({ namespace, name, mode }) => {
        await answer('Deleting', undefined);
        const row = [...disks.rows.values()].find((each) => each.namespace === namespace && each.name === name);
        if (!row) return;
        if (mode === 'now') return disks.remove(rowKeys.disk(row));
        const { orphaned: _orphaned, ...rest } = row;
        disks.put({ ...rest, bin: row.uid });
        bin.put(binEntry(row.uid, 'disk', name, 0, row.size / GiB));
      },
      makeImage: () => answer('The image', { taskId: 't1' }),
    },
  };
}
