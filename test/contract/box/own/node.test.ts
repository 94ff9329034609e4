import { copyFile, mkdir, readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { applianceSettingsSchema } from '../../../../main/contract/appliance.ts';
import type { Appliance } from '../../../../main/contract/appliance.ts';
import type { KubeObject } from '../../../../main/contract/kube.ts';
import { ownKubeconfig } from '../../../../main/backend/own-box/runners.ts';
import { pick, pickText } from '../../../../main/backend/target/pick.ts';
import { recommended } from '../../../../provisioning/versions.ts';
import { startOwnBox, testApp, until } from '../../../support/boxes/own-box.ts';
import type { TestApp, TestBox } from '../../../support/boxes/own-box.ts';
import { scriptedCluster } from '../../../support/scripted-cluster/scripted-cluster.ts';
import type { ScriptedCluster } from '../../../support/scripted-cluster/scripted-cluster.ts';
import { trouble } from '../../../support/scripted-cluster/trouble.ts';

const pace = { patience: 2000, hurried: 300, move: 3000, cluster: 2000, look: 30 };
const settings = applianceSettingsSchema.parse({ nodeName: 'one', accelerator: 'tcg', versions: recommended });
const appliance = { id: 'this-computer', settings, nodes: [] } as unknown as Appliance;
const never = () => Promise.reject(new Error('not asked for here'));

describe('a box that is the node "one" of a cluster', () => {
  let box: TestBox;
  let app: TestApp;
  let cluster: ScriptedCluster;
  const vms = 'virtualmachines';
  const instances = 'virtualmachineinstances';

  async function start(named: 'two-nodes-rwx' | 'k3s-local-path'): Promise<void> {
    const handlers = { preflight: never, install: never, joinOffer: never };
    cluster = await scriptedCluster({ cluster: named });
    [box, app] = await Promise.all([
      startOwnBox({
        change: {
          pace,
          provision: async () => ({
            joinHere: never,
            followAddress: never,
            handlers: {
              ...handlers,
              async *watch() {
                yield { type: 'snapshot', items: [appliance] };
              },
            },
          }),
        },
      }),
      testApp(),
    ]);
    await mkdir(dirname(ownKubeconfig(box.paths)), { recursive: true });
    await copyFile(cluster.kubeconfig, ownKubeconfig(box.paths));
    await box.pair(app);
  }
  beforeEach(async ({ task }) => start(task.name.startsWith('alone') ? 'k3s-local-path' : 'two-nodes-rwx'));
  afterEach(async () => {
    const misfits = cluster.misfits();
    if (misfits.length > 0) throw new Error(`the cluster does not know: ${misfits.join(', ')}`);
    await Promise.all([box.close(), cluster.close()]);
  });

  const instance = (name: string): KubeObject | undefined => cluster.object('kubevirt.io', instances, 'default', name);
  const nodeOf = (name: string): string | undefined => pickText(instance(name), 'status', 'nodeName');
  const strategy = (name: string): unknown => pick(cluster.object('kubevirt.io', vms, 'default', name), 'spec', 'runStrategy'); // prettier-ignore
  const cordoned = (name = 'one'): unknown => pick(cluster.object('', 'nodes', undefined, name), 'spec', 'unschedulable'); // prettier-ignore
  async function machine(name: string, how: { runStrategy?: string; on?: string; movable?: boolean } = {}): Promise<void> {
    const domain = { devices: {}, memory: { guest: '64Mi' } };
    cluster.put('kubevirt.io', vms, { apiVersion: 'kubevirt.io/v1', kind: 'VirtualMachine', metadata: { name, namespace: 'default' }, spec: { runStrategy: how.runStrategy ?? 'Always', template: { spec: { domain } } } });
    await until(() => pickText(instance(name), 'status', 'phase'), (phase) => phase === 'Running');
    cluster.mutate('kubevirt.io', instances, 'default', name, (vmi) => {
      if (how.on) (vmi.status as Record<string, unknown>)['nodeName'] = how.on;
      const conditions = (pick(vmi, 'status', 'conditions') as { type: string; status: string }[]).map((each) => (each.type === 'LiveMigratable' && how.movable === false ? { ...each, status: 'False' } : each));
      (vmi.status as Record<string, unknown>)['conditions'] = conditions;
    });
  } // prettier-ignore
  const pod = (name: string, owner: string | undefined, more: Partial<KubeObject['metadata']> = {}): void =>
    cluster.put('', 'pods', {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name, namespace: 'kube-system', ...(owner && { ownerReferences: [{ apiVersion: 'apps/v1', kind: owner, name: 'x', uid: 'x' }] }), ...more },
      spec: { nodeName: 'one', containers: [{ name: 'c', image: 'c' }] },
      status: { phase: 'Running' },
    }); // prettier-ignore
  const pods = (): string[] => cluster.objects('', 'pods').filter((each) => pick(each, 'spec', 'nodeName') === 'one').map(({ metadata }) => metadata.name ?? '').toSorted(); // prettier-ignore
  const kept = async () => JSON.parse(await readFile(box.places.machinesOff, 'utf8')) as unknown;
  const taskOf = async (result: Promise<{ taskId?: string }>) => box.ended((await result).taskId ?? '');

  test('moves what can move while it runs, shuts down what cannot, leaves the other node alone, and comes back', async () => {
    await machine('walker');
    await machine('rooted', { movable: false, runStrategy: 'RerunOnFailure' });
    await machine('theirs', { on: 'two', movable: false });
    box.agent.script.reboot = () => {
      expect(cordoned()).toBe(true);
      expect(nodeOf('walker')).toBe('two');
      expect([strategy('walker'), strategy('theirs')]).toEqual(['Always', 'Always']);
      expect(strategy('rooted')).toBe('Halted');
      expect(instance('rooted')).toBeUndefined();
    };
    const task = await taskOf(box.act(app, { do: 'reboot' }));
    expect(task.problem).toBeUndefined();
    expect(box.agent.last('reboot')).toBeDefined();
    const [migration] = cluster.objects('kubevirt.io', 'virtualmachineinstancemigrations');
    expect(migration?.spec).toEqual({ vmiName: 'walker' });
    // It is written down before it is done: also a box that lost its power comes back.
    expect(await kept()).toMatchObject({ cordoned: { 'this-computer': 'one' } });
    await box.restart();
    await until(() => cordoned(), (now) => now !== true); // prettier-ignore
    await until(() => strategy('rooted'), (now) => now === 'RerunOnFailure'); // prettier-ignore
    expect(nodeOf('walker')).toBe('two');
    expect(cluster.object('', 'nodes', undefined, 'one')?.metadata.annotations ?? {}).not.toHaveProperty('hearth.dev/resting'); // prettier-ignore
    await expect.poll(kept).toEqual({ version: 1, machines: {}, cordoned: {} });
  });

  test('one whose move fails, or is refused, is shut down instead', async () => {
    await machine('walker');
    await machine('pinned');
    for (const name of ['walker', 'pinned'])
      cluster.failingMigrations.set(name, 'internal error: client socket is closed');
    cluster.troubles.next(({ method, path }) => method === 'POST' && path.endsWith('/virtualmachineinstancemigrations'), trouble.stale('virtualmachineinstancemigrations', 'x'), 1); // prettier-ignore
    const task = await taskOf(box.act(app, { do: 'power-off' }));
    expect(task.problem).toBeUndefined();
    expect([strategy('walker'), strategy('pinned')]).toEqual(['Halted', 'Halted']);
    expect(cluster.objects('kubevirt.io', 'virtualmachineinstancemigrations')).toHaveLength(0);
  });

  test('a move that takes too long is called off, and without time it is not waited for', async () => {
    await machine('walker');
    // Its target's Pod finds no room: it is Scheduling for ever.
    const full = () => cluster.mutate('', 'nodes', undefined, 'two', (node) => void ((node.spec as Record<string, unknown>)['unschedulable'] = true)); // prettier-ignore
    cluster.troubles.next(({ method, path }) => {
      if (method === 'POST' && path.endsWith('/virtualmachineinstancemigrations')) full();
      return false;
    }, trouble.unavailable);
    const began = Date.now();
    const task = await taskOf(box.act(app, { do: 'reboot', anyway: true }));
    expect(task.state).toBe('done');
    expect(Date.now() - began).toBeLessThan(pace.move);
    expect(strategy('walker')).toBe('Halted');
    expect(cluster.objects('kubevirt.io', 'virtualmachineinstancemigrations')).toHaveLength(0);
  });

  test('with no other node that takes machines, its own are shut down and the others are left alone', async () => {
    await machine('rooted');
    await machine('theirs', { on: 'two' });
    cluster.mutate('', 'nodes', undefined, 'two', (node) => void ((node.status as Record<string, unknown>)['conditions'] = [{ type: 'Ready', status: 'Unknown' }])); // prettier-ignore
    expect((await taskOf(box.act(app, { do: 'reboot' }))).problem).toBeUndefined();
    expect([strategy('rooted'), strategy('theirs')]).toEqual(['Halted', 'Always']);
  });

  test('one that ignores it is named; the box stays on, and its node takes machines again', async () => {
    await machine('deaf', { movable: false });
    cluster.deaf.add('deaf');
    const task = await taskOf(box.act(app, { do: 'power-off' }));
    expect(task.problem).toMatchObject({ code: 'machines-still-on', detail: expect.stringContaining('default/deaf') as string });
    expect(box.agent.last('power-off')).toBeUndefined();
    expect([cordoned(), strategy('deaf')]).toEqual([undefined, 'Always']);
  }); // prettier-ignore

  test('somebody else’s cordon stays', async () => {
    cluster.mutate('', 'nodes', undefined, 'one', (node) => void ((node.spec as Record<string, unknown>)['unschedulable'] = true)); // prettier-ignore
    expect((await taskOf(box.act(app, { do: 'reboot' }))).problem).toBeUndefined();
    await box.restart();
    await expect.poll(kept).toHaveProperty('cordoned', {});
    expect(cordoned()).toBe(true);
  });

  test('what can run elsewhere is sent there politely; what belongs here, or would be gone, stays', async () => {
    pod('coredns', 'ReplicaSet');
    pod('guarded', 'ReplicaSet');
    pod('virt-handler', 'DaemonSet');
    pod('by-hand', undefined);
    pod('mirror', 'Node');
    pod('launcher', 'VirtualMachineInstance', { labels: { 'kubevirt.io': 'virt-launcher' } });
    cluster.troubles.next(/POST .*guarded\/eviction/, trouble.tooMany(3600), 1000);
    const task = await taskOf(box.act(app, { do: 'reboot' }));
    expect(task.problem).toBeUndefined();
    expect(pods()).toEqual(['by-hand', 'guarded', 'launcher', 'mirror', 'virt-handler', 'virt-handler-one']);
    expect(box.agent.last('reboot')).toBeDefined();
  });

  test('alone in its cluster it shuts every machine down and cordons nothing', async () => {
    await machine('web');
    box.agent.script.reboot = () => {
      expect([strategy('web'), instance('web')]).toEqual(['Halted', undefined]);
      expect(cluster.seen.filter(({ method, path }) => method === 'PATCH' && path.includes('/nodes/'))).toEqual([]);
    };
    expect((await taskOf(box.act(app, { do: 'reboot' }))).problem).toBeUndefined();
    await box.restart();
    await until(() => strategy('web'), (now) => now === 'Always'); // prettier-ignore
  });
});
