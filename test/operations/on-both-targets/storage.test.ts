import { expect, test } from 'vitest';
import type { StorageDisk } from '../../../main/contract/storage.ts';
import { blank, describeTargets, problemOf, until } from '../../support/operations/lab.ts';

const ref = (name: string) => ({ namespace: 'default', name });

describeTargets('storage and order', (lab) => {
  /** The disks, once they are as asked. */
  async function disks(shows: (rows: Map<string, StorageDisk>) => boolean): Promise<Map<string, StorageDisk>> {
    const rows = new Map<string, StorageDisk>();
    await until(lab.api.storage.disks({}), (update) => {
      if (update.type === 'snapshot') rows.clear();
      for (const row of update.type === 'snapshot' ? update.items : update.type === 'delta' ? update.upserted : []) rows.set(row.uid, row); // prettier-ignore
      if (update.type === 'delta') for (const uid of update.removed) rows.delete(uid);
      return shows(new Map([...rows.values()].map((row) => [row.name, row])));
    });
    return new Map([...rows.values()].map((row) => [row.name, row]));
  }

  test('who has a disk, since when nobody has; to the bin, back, into the library, gone for good', async () => {
    // Storage that waits for a first consumer makes the disk when the machine starts.
    await lab.create(blank('owner', { start: true }));
    await lab.machine('owner', ({ row }) => row.status === 'Running');
    await lab.api.machines.act({ ...ref('owner'), action: 'forceStop' });
    await lab.machine('owner', ({ row, vmi }) => row.status === 'Stopped' && !vmi);
    const mine = (await disks((rows) => rows.get('owner-root')?.phase === 'Bound')).get('owner-root');
    expect(mine).toMatchObject({ kind: 'disk', size: 64 * 2 ** 20, usedBy: [{ name: 'owner', running: false }] });
    expect((await problemOf(lab.api.storage.remove({ ...ref('owner-root') }))).code).toBe('disk-in-use');
    const before = Date.now() - 1000;
    await lab.api.machines.act({ ...ref('owner'), action: 'delete', deleteDisks: false });
    const free = (await disks((rows) => rows.get('owner-root')?.orphaned?.since !== undefined)).get('owner-root');
    expect(Date.parse(free?.orphaned?.since ?? '')).toBeGreaterThan(before);

    await lab.api.storage.remove(ref('owner-root'));
    const id = (await disks((rows) => rows.get('owner-root')?.bin !== undefined)).get('owner-root')?.bin ?? '';
    const view = await until(lab.api.bin.watch({}), ({ entries }) => entries.length === 1);
    expect(view.entries[0]).toMatchObject({ id, kind: 'disk', name: 'owner-root', state: 'kept' });
    await lab.api.bin.restore({ id, namespace: 'default' });
    await disks((rows) => rows.get('owner-root')?.bin === undefined);

    const { taskId } = await lab.api.storage.makeImage({ ...ref('owner-root'), image: 'of-a-disk', displayName: 'Of a disk' }); // prettier-ignore
    await lab.done(taskId);
    const rows = await disks((all) => all.get('of-a-disk')?.phase === 'Bound' && (all.get('owner-root')?.clones.length ?? 0) > 0); // prettier-ignore
    expect(rows.get('of-a-disk')).toMatchObject({ kind: 'image', displayName: 'Of a disk' });
    expect(rows.get('owner-root')?.clones).toEqual([{ namespace: 'hearth-images', name: 'of-a-disk' }]);
    await lab.api.storage.remove({ ...ref('owner-root'), mode: 'now' });
    await disks((all) => !all.has('owner-root'));
  });

  test('free space is told where the target counts it, else why not', async () => {
    const space = await until(lab.api.storage.space({}), ({ classes }) => classes.length > 0);
    if (lab.kind === 'engine') expect(space.classes.find(({ isDefault }) => isDefault)?.free).toBeGreaterThan(0);
    else expect(space.note).toMatch(/CSIStorageCapacity/);
  });

  test('folder, labels, notes and start order are written to the machine; what is none is refused with its field', async () => {
    await lab.create(blank('tidy'));
    const refused = await problemOf(lab.api.organise.change({ ...ref('tidy'), labels: { 'kubevirt.io/x': 'y' }, folder: 'a/../b' })); // prettier-ignore
    expect(Object.keys(refused.fields ?? {}).sort()).toEqual(['folder', 'labels.kubevirt.io/x']);
    await lab.api.organise.change({ ...ref('tidy'), folder: ' /home// lab/ ', labels: { env: 'prod' }, notes: 'Runs **DNS**.\n<b>', startOrder: 10, startDelay: 5 }); // prettier-ignore
    const { row, vm } = await lab.machine('tidy', (detail) => detail.row.folder !== undefined);
    expect([row.folder, row.labels]).toEqual(['home/lab', { env: 'prod' }]);
    expect(vm.metadata.annotations).toMatchObject({ 'hearth.dev/start-order': '10', 'hearth.dev/start-delay': '5s', 'hearth.dev/notes': 'Runs **DNS**.\n<b>' }); // prettier-ignore
    await lab.api.organise.change({ ...ref('tidy'), folder: '', labels: { env: null }, startOrder: null, startDelay: null }); // prettier-ignore
    const bare = await lab.machine('tidy', (detail) => detail.row.folder === undefined);
    expect(bare.row.labels).toBeUndefined();
    expect(Object.keys(bare.vm.metadata.annotations ?? {}).filter((key) => key.startsWith('hearth.dev/start'))).toEqual([]); // prettier-ignore
    expect(lab.can('startOrder')).toBe(lab.kind === 'engine');
    await lab.remove('tidy');
  });

  test('key combinations are kept at their machine, each for itself, and what is none is left out', async () => {
    await lab.create(blank('typed'));
    await lab.create(blank('other'));
    await lab.api.organise.change({ ...ref('typed'), keyCombinations: ['Ctrl+Shift+Esc', 'Ctrl+Alt+F7', 'Ctrl+Alt+F7'] }); // prettier-ignore
    await lab.api.organise.change({ ...ref('other'), keyCombinations: ['Win+L'] });
    const { row } = await lab.machine('typed', (detail) => detail.row.keyCombinations !== undefined);
    expect(row.keyCombinations).toEqual(['Ctrl+Shift+Esc', 'Ctrl+Alt+F7']);
    expect((await lab.machine('other', (detail) => detail.row.keyCombinations !== undefined)).row.keyCombinations).toEqual(['Win+L']); // prettier-ignore
    expect((await problemOf(lab.api.organise.change({ ...ref('typed'), keyCombinations: ['x'.repeat(61)] }))).code).toBe('invalid-input'); // prettier-ignore
    await lab.api.organise.change({ ...ref('typed'), keyCombinations: [] });
    const bare = await lab.machine('typed', (detail) => detail.row.keyCombinations === undefined);
    expect(bare.vm.metadata.annotations?.['hearth.dev/key-combinations']).toBeUndefined();
    await lab.remove('typed');
    await lab.remove('other');
  });
});
