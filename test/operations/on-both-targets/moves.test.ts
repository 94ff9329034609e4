import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pino from 'pino';
import { expect, test } from 'vitest';
import { createMigrations } from '../../../main/backend/migrations/migrations.ts';
import { pick, pickText } from '../../../main/backend/target/pick.ts';
import { openTarget } from '../../../main/backend/target/target.ts';
import { createTasks } from '../../../main/backend/tasks/tasks.ts';
import { trouble } from '../../support/scripted-cluster/trouble.ts';
import { blank, describeTargets, problemOf } from '../../support/operations/lab.ts';

const ref = (name: string) => ({ namespace: 'default', name });

describeTargets(
  'moving a running machine',
  (lab) => {
    const nodeOf = (name: string): string | undefined =>
      pickText(lab.cluster.object('kubevirt.io', 'virtualmachineinstances', 'default', name), 'status', 'nodeName');
    test('goes to the other node as a task with its steps and figures', async () => {
      expect(lab.can('migration')).toBe(true);
      await lab.create(blank('walker', { start: true }));
      await lab.machine('walker', ({ row }) => row.status === 'Running');
      expect([nodeOf('walker'), await lab.api.migrations.nodes(ref('walker'))]).toEqual(['one', [{ name: 'two' }]]);
      const about = '{namespace="default",name="walker",node="one"}';
      lab.cluster.metrics('one', `kubevirt_vmi_migration_data_processed_bytes${about} 3e6\nkubevirt_vmi_migration_data_remaining_bytes${about} 1e6\n`); // prettier-ignore
      const { taskId } = await lab.api.migrations.start({ ...ref('walker'), node: 'two' });
      const task = await lab.done(taskId);
      expect(task.steps.map(({ title, state }) => [title, state])).toEqual([['Find a node', 'done'], ['Prepare the node', 'done'], ['Copy the memory', 'done']]); // prettier-ignore
      expect(nodeOf('walker')).toBe('two');
      const [migration] = lab.cluster.objects('kubevirt.io', 'virtualmachineinstancemigrations');
      expect(migration?.spec).toEqual({ vmiName: 'walker', addedNodeSelector: { 'kubernetes.io/hostname': 'two' } });
    });
    test('called off, it stays where it is; nothing of the move is left', async () => {
      lab.cluster.mutate('', 'nodes', undefined, 'one', (node) => ((node.spec as Record<string, unknown>)['unschedulable'] = true)); // prettier-ignore
      expect(await lab.api.migrations.nodes(ref('walker'))).toMatchObject([{ name: 'one', why: expect.stringMatching(/cordoned/) }]); // prettier-ignore
      const { taskId } = await lab.api.migrations.start(ref('walker'));
      await lab.task(taskId, ({ steps }) => steps[0]?.state === 'running');
      await lab.api.tasks.cancel({ id: taskId });
      expect((await lab.task(taskId)).state).toBe('cancelled');
      const left = lab.cluster.objects('kubevirt.io', 'virtualmachineinstancemigrations');
      expect(left.filter((each) => pick(each, 'status', 'phase') !== 'Succeeded')).toEqual([]);
      expect(nodeOf('walker')).toBe('two');
    });
    test('that does not get on is called off after a while, with a reason; the machine stays', async () => {
      const folder = await mkdtemp(join(tmpdir(), 'hearth-moves-'));
      const log = pino({ level: 'silent' });
      const target = await openTarget({ id: 'it', name: 'Box', kubeconfig: lab.cluster.kubeconfig, log });
      const tasks = await createTasks({ file: join(folder, 'tasks.json'), log });
      // The other node is cordoned: the Pod over there is never placed.
      const moves = createMigrations({ target: () => target, tasks }, { stillMs: 300 });
      const { signal } = new AbortController();
      const { taskId } = await moves.start(ref('walker'), { signal });
      await expect
        .poll(() => tasks.get(taskId)?.problem, { timeout: 10_000 })
        .toMatchObject({
          code: 'move-stuck',
          detail: expect.stringMatching(/nothing moved \(it stood at Scheduling\)/),
          cause: 'It runs on where it was, on two.',
        });
      const left = lab.cluster.objects('kubevirt.io', 'virtualmachineinstancemigrations');
      expect(left.filter((each) => pick(each, 'status', 'phase') !== 'Succeeded')).toEqual([]);
      target.close();
      await tasks.close();
      await rm(folder, { recursive: true });
    });
    test('a machine that is off has nothing to move', async () => {
      await lab.create(blank('sleeper'));
      expect((await problemOf(lab.api.migrations.start(ref('sleeper')))).code).toBe('machine-off');
    });
    test('figures of every node’s virt-handler are read', async () => {
      const row = (node: string, name: string, cpu: number) => `kubevirt_vmi_cpu_usage_seconds_total{namespace="default",name="${name}",node="${node}"} ${cpu}\n`; // prettier-ignore
      let seconds = 1;
      const timer = setInterval(() => {
        seconds += 1;
        lab.cluster.metrics('two', row('two', 'walker', seconds));
        lab.cluster.metrics('one', row('one', 'elsewhere', seconds));
      }, 100);
      for await (const samples of lab.api.machines.samples(ref('walker')))
        if (samples.some(({ cpu }) => cpu > 0)) break;
      clearInterval(timer);
      const paths = new Set(lab.cluster.seen.filter(({ path }) => path.endsWith('/proxy/metrics')).map(({ path }) => path)); // prettier-ignore
      expect([...paths].filter((path) => /https:virt-handler-(one|two):8443/.test(path))).toHaveLength(2);
    });
  },
  { kinds: ['cluster'], cluster: 'two-nodes-rwx' },
);

describeTargets('the form of a machine', (lab) => {
  test('shows what is there, writes what was changed, and gives way to whoever wrote in between', async () => {
    await lab.create(blank('shaped', { description: 'first' }));
    const { form, version } = await lab.api.form.read(ref('shaped'));
    expect(form).toMatchObject({
      description: 'first',
      runStrategy: 'Manual',
      disks: [{ name: 'root', bus: 'virtio' }],
    });
    const before = await lab.get('kubevirt.io/v1', 'virtualmachines', 'shaped');
    const next = { ...form, description: 'second', size: { type: 'free' as const, cores: 2, memory: 128 * 2 ** 20 } };
    await lab.api.form.apply({ ...ref('shaped'), version, form: next });
    const after = await lab.get('kubevirt.io/v1', 'virtualmachines', 'shaped');
    expect(pick(after, 'spec', 'template', 'spec', 'domain', 'memory', 'guest')).toBe('128Mi');
    expect(pick(after, 'spec', 'dataVolumeTemplates')).toEqual(pick(before, 'spec', 'dataVolumeTemplates'));
    const stale = await problemOf(lab.api.form.apply({ ...ref('shaped'), version, form }));
    expect(stale.code).toBe('conflict');
    await lab.remove('shaped');
  });
});

describeTargets(
  'moves in trouble',
  (lab) => {
    const create = /^POST .*\/virtualmachineinstancemigrations$/;
    const state = () => pick(lab.cluster.object('kubevirt.io', 'virtualmachineinstances', 'default', 'mover'), 'status', 'phase'); // prettier-ignore
    test('a webhook that refuses, is late or away: told or waited out, and the machine runs on', async () => {
      await lab.create(blank('mover', { start: true }));
      await lab.machine('mover', ({ row }) => row.status === 'Running');
      lab.cluster.troubles.next(create, trouble.webhookTimeout);
      const late = await lab.task((await lab.api.migrations.start(ref('mover'))).taskId);
      expect([late.state, late.problem?.code]).toEqual(['failed', 'target-checks-away']);
      lab.cluster.troubles.next(create, trouble.plain500('in-flight migration detected'));
      const refused = await lab.task((await lab.api.migrations.start(ref('mover'))).taskId);
      expect([refused.state, refused.problem?.detail]).toEqual(['failed', 'in-flight migration detected']);
      expect(state()).toBe('Running');
      lab.cluster.troubles.next(create, trouble.webhookDown);
      await lab.done((await lab.api.migrations.start(ref('mover'))).taskId);
    });
    test('the API server restarts in the middle of it, its history gone: the end is seen', async () => {
      const { taskId } = await lab.api.migrations.start(ref('mover'));
      lab.cluster.dropWatches(true);
      expect((await lab.task(taskId)).state).toBe('done');
    });
    test('a move that fails says so, and the machine is where it was', async () => {
      lab.cluster.failingMigrations.set('mover', 'Live migration stuck for 150 seconds, aborting');
      const task = await lab.task((await lab.api.migrations.start(ref('mover'))).taskId);
      expect([task.state, task.problem?.detail]).toEqual(['failed', expect.stringMatching(/stuck for 150 seconds/)]);
      expect(state()).toBe('Running');
    });
  },
  { kinds: ['cluster'], cluster: 'two-nodes-rwx' },
);
