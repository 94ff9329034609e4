import type { Api } from '../../../main/contract/contract.ts';
import type { MachineRow } from '../../../main/contract/machine.ts';
import type { SnapshotRow, SnapshotTree } from '../../../main/contract/snapshots.ts';
import type { Task } from '../../../main/contract/task.ts';
import type { FakeList } from './live.ts';
import { FakeValue } from './live.ts';
import { work } from './work.ts';
import { undoable } from './undo.ts';

const MiB = 2 ** 20;
const hours = (n: number): string => new Date(Date.now() - n * 3.6e6).toISOString();
const row = (name: string, more: Partial<SnapshotRow>): SnapshotRow => ({
  uid: `snapshot-${name}`, name, at: hours(1), state: 'ready', included: ['root'], excluded: ['cloudinit'], guest: 'off', ...more,
}); // prettier-ignore

/** Snapshots of the preview: a tree with a branch on every machine but the last ones, which have none. */
export function fakeSnapshots(
  answer: <T>(what: string, value: T) => Promise<T>,
  live: <T>(source: AsyncIterable<T>) => AsyncIterable<T>,
  machines: readonly MachineRow[],
  tasks: FakeList<Task>,
): Api['snapshots'] {
  const trees = new Map<string, FakeValue<SnapshotTree>>();
  const treeOf = (name: string): FakeValue<SnapshotTree> => {
    const index = machines.findIndex((each) => each.name === name);
    const running = machines[index]?.tone === 'running';
    const rows = [
      row('fresh', { at: hours(240), size: 412 * MiB, description: 'Right after the installation' }),
      row('with-database', { at: hours(120), parent: 'fresh', size: 96 * MiB, guest: 'frozen' }),
      row('upgrade-went-wrong', { at: hours(50), parent: 'with-database', size: 730 * MiB, guest: 'crash', description: 'Kept to look at the logs' }),
      row('before-the-long-night-of-changing-everything-at-once', { at: hours(3), parent: 'with-database', size: 12 * MiB, memory: 486 * MiB, guest: 'crash' }),
    ]; // prettier-ignore
    const value: SnapshotTree = {
      rows: index > 5 ? [] : rows,
      ...(index > 5 ? {} : { here: rows.at(-1)?.name ?? '' }),
      running,
      ...(index > 0 && index < 3 && { schedule: { schedule: { rhythm: { every: 'day', at: '03:30' } as const, keep: 7 }, next: hours(-9), last: hours(15), ...(index === 1 && { failed: { at: hours(15), title: 'The snapshot web-20261122-0330 could not be taken', detail: 'No space is left.' }, missed: { count: 3, at: hours(15) } }) } }), // prettier-ignore
      included: ['root'],
      excluded: [{ name: 'cloudinit', reason: 'Snapshot is not supported for this volumeSource type [cloudinit]' }],
      ...(running ? {} : { noMemory: 'The machine is off: it has no memory to keep.' }),
    };
    const found = trees.get(name) ?? new FakeValue(value);
    trees.set(name, found);
    return found;
  };
  const begin = (title: string, name: string, onEnd: () => void): Promise<{ taskId: string }> => {
    const object = { kind: 'VirtualMachine', namespace: 'default', name };
    return answer('The snapshot', { taskId: work(tasks, { type: 'snapshot', title, object }, [{ title: 'Work', seconds: 1 }], { onEnd }) }); // prettier-ignore
  };
  const change = (name: string, edit: (tree: SnapshotTree) => SnapshotTree): void =>
    treeOf(name).set(edit(treeOf(name).value));
  return {
    async *watch({ name }, options) {
      yield* live(treeOf(name).watch(options?.signal));
    },
    schedule: ({ name, schedule }) => {
      const before = treeOf(name).value;
      change(name, ({ schedule: _old, ...tree }) => ({ ...tree, ...(schedule && { schedule: { schedule, next: new Date(Date.now() + 3.6e6).toISOString() } }) })); // prettier-ignore
      return answer('The schedule', schedule || !before.schedule ? {} : undoable(() => treeOf(name).set(before)));
    },
    take: ({ name, snapshot, description = '', memory }) =>
      begin(`Snapshot ${snapshot}`, name, () =>
        change(name, (tree) => ({
          ...tree,
          rows: [...tree.rows, row(snapshot, { at: new Date().toISOString(), size: 3 * MiB, ...(tree.here ? { parent: tree.here } : {}), ...(description ? { description } : {}), ...(memory ? { memory: 200 * MiB } : {}) })],
          here: snapshot,
        })),
      ), // prettier-ignore
    restore: ({ name, snapshot, newName }) =>
      begin(`Restore ${snapshot}`, newName ?? name, () => {
        if (!newName) change(name, (tree) => ({ ...tree, here: snapshot }));
      }),
    remove: ({ name, snapshot }) =>
      begin(`Delete ${snapshot}`, name, () =>
        change(name, (tree) => {
          const gone = tree.rows.find((each) => each.name === snapshot);
          const up = <T extends { parent?: string }>({ parent, ...rest }: T): T =>
            ({ ...rest, ...(parent === snapshot ? (gone?.parent ? { parent: gone.parent } : {}) : parent ? { parent } : {}) }) as T; // prettier-ignore
          const { here, ...others } = tree;
          const next = here === snapshot ? gone?.parent : here;
          return {
            ...others,
            rows: tree.rows.filter((each) => each !== gone).map(up),
            ...(next ? { here: next } : {}),
          };
        }),
      ),
  };
}
