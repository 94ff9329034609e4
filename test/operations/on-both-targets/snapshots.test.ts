import { expect, test } from 'vitest';
import { pick, pickList, pickText } from '../../../main/backend/target/pick.ts';
import type { SnapshotTree } from '../../../main/contract/snapshots.ts';
import { trouble } from '../../support/scripted-cluster/trouble.ts';
import { blank, describeTargets, problemOf, until } from '../../support/operations/lab.ts';
import type { OperationsLab } from '../../support/operations/lab.ts';

const ref = (name: string) => ({ namespace: 'default', name });
const treeOf = (lab: OperationsLab, name: string, shows: (tree: SnapshotTree) => boolean) =>
  until(lab.api.snapshots.watch(ref(name)), shows);
const take = async (lab: OperationsLab, name: string, snapshot: string, description = '') =>
  lab.done((await lab.api.snapshots.take({ ...ref(name), snapshot, description })).taskId);
const diskOf = async (lab: OperationsLab, name: string): Promise<string | undefined> =>
  pickText(pickList(await lab.get('kubevirt.io/v1', 'virtualmachines', name), 'spec', 'template', 'spec', 'volumes')[0], 'dataVolume', 'name'); // prettier-ignore

describeTargets('snapshots', (lab) => {
  test('taken one after another, they are a tree with a place in it; a restore goes back and the next one branches off', async () => {
    expect(lab.can('snapshots')).toBe(true);
    await lab.create(
      blank('kept', { start: true, cloudInit: { type: 'yaml', userData: '#cloud-config\nhostname: kept\n' } }),
    );
    await lab.machine('kept', ({ row }) => row.status === 'Running');
    const before = await treeOf(lab, 'kept', ({ included }) => included.includes('root'));
    // The disc of cloud-init is made of the manifest; no snapshot has it, and nothing is lost without it.
    expect(before.excluded.map(({ name }) => name).filter((name) => name === 'root')).toEqual([]);
    await take(lab, 'kept', 'first', 'before the update');
    await take(lab, 'kept', 'second');
    const tree = await treeOf(lab, 'kept', ({ rows }) => rows.length === 2);
    expect(tree.rows.map(({ name, parent, state, description }) => [name, parent, state, description])).toEqual([
      ['first', undefined, 'ready', 'before the update'],
      ['second', 'first', 'ready', undefined],
    ]);
    expect([tree.here, tree.rows[0]?.included]).toEqual(['second', ['root']]);

    const runs = await lab.api.snapshots.restore({ ...ref('kept'), snapshot: 'first' });
    expect((await lab.task(runs.taskId)).problem?.code).toBe('machine-runs');
    const old = await diskOf(lab, 'kept');
    await lab.done((await lab.api.snapshots.restore({ ...ref('kept'), snapshot: 'first', stop: true, start: true })).taskId); // prettier-ignore
    await lab.machine('kept', ({ row }) => row.status === 'Running');
    expect((await treeOf(lab, 'kept', ({ here }) => here === 'first')).here).toBe('first');
    expect(await diskOf(lab, 'kept')).not.toBe(old);
    await take(lab, 'kept', 'third');
    const branched = await treeOf(lab, 'kept', ({ rows }) => rows.length === 3);
    expect(branched.rows.find(({ name }) => name === 'third')?.parent).toBe('first');
  });

  test('a new machine of one has disks and an identity of its own', async () => {
    await lab.done((await lab.api.snapshots.restore({ ...ref('kept'), snapshot: 'first', newName: 'twin' })).taskId);
    const [one, other] = [await lab.get('kubevirt.io/v1', 'virtualmachines', 'kept'), await lab.get('kubevirt.io/v1', 'virtualmachines', 'twin')]; // prettier-ignore
    expect(await diskOf(lab, 'twin')).not.toBe(await diskOf(lab, 'kept'));
    const identity = (vm: typeof one): unknown[] => [
      pick(vm, 'spec', 'template', 'spec', 'domain', 'firmware', 'uuid'),
      pickList(vm, 'spec', 'template', 'spec', 'domain', 'devices', 'interfaces')[0]?.['macAddress'],
    ];
    for (const [index, value] of identity(other).entries())
      if (value !== undefined) expect(value).not.toBe(identity(one)[index]);
    await lab.machine('twin', ({ row }) => row.status === 'Stopped');
    const taken = await lab.api.snapshots.restore({ ...ref('kept'), snapshot: 'first', newName: 'twin' });
    expect((await lab.task(taken.taskId)).problem?.code).toBe('already-exists');
    await lab.remove('twin');
  });

  test('names that are taken and snapshots that are gone are told; deleting takes one out of the middle', async () => {
    const twice = await lab.task((await lab.api.snapshots.take({ ...ref('kept'), snapshot: 'first' })).taskId);
    expect([twice.state, twice.problem?.code]).toEqual(['failed', 'already-exists']);
    const gone = await lab.task((await lab.api.snapshots.restore({ ...ref('kept'), snapshot: 'nothing', stop: true })).taskId); // prettier-ignore
    expect([gone.state, gone.problem?.code]).toEqual(['failed', 'not-found']);
    // It was not switched off for it.
    await lab.machine('kept', ({ row }) => row.status === 'Running');
    await lab.done((await lab.api.snapshots.remove({ ...ref('kept'), snapshot: 'first' })).taskId);
    const tree = await treeOf(lab, 'kept', ({ rows }) => rows.length === 2);
    expect(tree.rows.map(({ name }) => name).sort()).toEqual(['second', 'third']);
    await lab.api.machines.act({ ...ref('kept'), action: 'forceStop' });
    await lab.machine('kept', ({ row }) => row.status === 'Stopped');
    await lab.remove('kept');
  });
});

describeTargets(
  'snapshots in trouble',
  (lab) => {
    const create = /^POST .*\/virtualmachinesnapshots$/;
    test('a volume whose storage class takes none is named before the click, and left out', async () => {
      lab.cluster.put('', 'persistentvolumeclaims', { apiVersion: 'v1', kind: 'PersistentVolumeClaim', metadata: { name: 'slow', namespace: 'default' }, spec: { accessModes: ['ReadWriteOnce'], storageClassName: 'local-path', resources: { requests: { storage: '64Mi' } } }, status: { phase: 'Bound', capacity: { storage: '64Mi' } } }); // prettier-ignore
      await lab.create(blank('shaky'));
      await lab.machine('shaky', ({ row }) => row.status === 'Stopped');
      await lab.api.hardware.attach({ ...ref('shaky'), disk: 'slow', source: { type: 'existing', claim: 'slow' } });
      const tree = await treeOf(lab, 'shaky', ({ excluded }) =>
        excluded.some(({ reason }) => !/not said yet/.test(reason)),
      );
      expect(tree.excluded).toEqual([{ name: 'slow', reason: expect.stringMatching(/not configured for this StorageClass \[local-path\]/) }]); // prettier-ignore
      await take(lab, 'shaky', 'half');
      const [row] = (await treeOf(lab, 'shaky', ({ rows }) => rows.length === 1)).rows;
      expect([row?.included, row?.excluded, row?.state]).toEqual([['root'], ['slow'], 'ready']);
    });
    test('what the target could not take is told in its words and taken away again', async () => {
      lab.cluster.failingSnapshots.set('late', 'snapshot content failed: context deadline exceeded waiting for freeze');
      const task = await lab.task((await lab.api.snapshots.take({ ...ref('shaky'), snapshot: 'late' })).taskId);
      expect([task.state, task.problem?.code, task.problem?.detail]).toEqual(['failed', 'snapshot-failed', expect.stringMatching(/waiting for freeze/)]); // prettier-ignore
      expect(lab.cluster.object('snapshot.kubevirt.io', 'virtualmachinesnapshots', 'default', 'late')).toBeUndefined();
    });
    test('a webhook that is away is waited for, one that is late is told, a plain-text 500 keeps its words: nothing is left behind', async () => {
      lab.cluster.troubles.next(create, trouble.webhookDown);
      await take(lab, 'shaky', 'patient');
      lab.cluster.troubles.next(create, trouble.webhookTimeout);
      const late = await lab.task((await lab.api.snapshots.take({ ...ref('shaky'), snapshot: 'never' })).taskId);
      expect([late.problem?.code, late.problem?.detail]).toEqual(['target-checks-away', expect.stringMatching(/context deadline exceeded/)]); // prettier-ignore
      lab.cluster.troubles.next(create, trouble.plain500('etcdserver: request timed out'));
      const plain = await lab.task((await lab.api.snapshots.take({ ...ref('shaky'), snapshot: 'never' })).taskId);
      expect([plain.state, plain.problem?.detail]).toEqual(['failed', 'etcdserver: request timed out']);
      const names = lab.cluster.objects('snapshot.kubevirt.io', 'virtualmachinesnapshots').map(({ metadata }) => metadata.name); // prettier-ignore
      expect(new Set(names)).toEqual(new Set(['half', 'patient']));
    });
    test('watches that break off while one is taken, with their history gone: its end is seen all the same', async () => {
      const { taskId } = await lab.api.snapshots.take({ ...ref('shaky'), snapshot: 'torn' });
      lab.cluster.dropWatches(true);
      expect((await lab.task(taskId)).state).toBe('done');
    });
    test('a restore while the cluster is away for a moment ends on the right disks', async () => {
      lab.cluster.troubles.next(/^POST .*\/virtualmachinerestores$/, trouble.noEndpoints);
      await lab.done((await lab.api.snapshots.restore({ ...ref('shaky'), snapshot: 'half' })).taskId);
      expect(await diskOf(lab, 'shaky')).toMatch(/^restore-.*-root$/);
      await lab.machine('shaky', ({ row }) => row.status === 'Stopped');
    });
    test('changes while a snapshot is on are refused in the target’s words', async () => {
      lab.cluster.mutate('kubevirt.io', 'virtualmachines', 'default', 'shaky', (vm) => Object.assign(vm.status ?? {}, { snapshotInProgress: 'other' })); // prettier-ignore
      const problem = await problemOf(lab.api.hardware.addDrive({ ...ref('shaky'), disk: 'cd' }));
      expect(problem.detail).toMatch(/until snapshot "other" completes/);
      lab.cluster.mutate('kubevirt.io', 'virtualmachines', 'default', 'shaky', (vm) => delete vm.status?.['snapshotInProgress']); // prettier-ignore
      await lab.remove('shaky');
    });
  },
  { kinds: ['cluster'] },
);
