import { dirname } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import pino from 'pino';
import { watchTarget } from '../../../main/backend/notifications/watching.ts';
import type { Sign } from '../../../main/backend/notifications/signs.ts';
import { kinds } from '../../../main/backend/target/kinds.ts';
import { testKubeconfig } from '../../../main/backend/targets/kubeconfig/test.ts';
import { openTarget } from '../../../main/backend/target/target.ts';
import type { OpenTarget } from '../../../main/backend/target/target.ts';
import type { Target } from '../../../main/contract/target.ts';
import { describeTargets, until } from '../../support/operations/lab.ts';
import { readFixture } from '../../support/scripted-cluster/fixture.ts';
import { scriptedCluster } from '../../support/scripted-cluster/scripted-cluster.ts';
import type { ScriptedCluster } from '../../support/scripted-cluster/scripted-cluster.ts';
import { trouble } from '../../support/scripted-cluster/trouble.ts';

const log = pino({ level: 'silent' });
const can = ({ capabilities }: Target, id: string): boolean => capabilities.some((each) => each.id === id && each.supported); // prettier-ignore

describe('an open target', () => {
  let cluster: ScriptedCluster;
  let target: OpenTarget;
  const open = async (lookEveryMs?: number): Promise<void> => {
    cluster = await scriptedCluster();
    target = await openTarget({ id: 'it', name: 'Box', kubeconfig: cluster.kubeconfig, log, ...(lookEveryMs && { lookEveryMs }) }); // prettier-ignore
    await shows(({ state }) => state === 'ready');
  };
  const shows = (check: (state: Target) => boolean) => until(target.state.watch(new AbortController().signal), check);
  const grows = () => cluster.mutate('storage.k8s.io', 'storageclasses', undefined, 'hostpath-csi', (each) => Object.assign(each, { allowVolumeExpansion: true })); // prettier-ignore
  afterEach(async () => {
    target.close();
    await cluster.close();
  });

  test('is looked at again now and then: what it learned to do is offered', async () => {
    await open(100);
    expect(can(target.state.value, 'growDisks')).toBe(false);
    grows();
    await shows((state) => can(state, 'growDisks'));
  });
  test('a look that fails takes nothing away that was known', async () => {
    await open();
    const before = target.state.value;
    cluster.troubles.next(/^GET \/apis$/, trouble.plain500('apiserver not ready'), 1);
    await target.refresh(true);
    expect(target.state.value).toEqual(before);
    grows();
    await target.refresh(true);
    expect(can(target.state.value, 'growDisks')).toBe(true);
  });
  test('one that is away for long is told once, and told again the next time', async () => {
    await open();
    const told: string[] = [];
    const tell = (source: string, signs: readonly Sign[]): void => {
      if (source === 'it/lost') told.push(signs[0] ? `${signs[0].event}: ${signs[0].title}` : 'over');
    };
    const stop = watchTarget(target, tell, log, 50);
    await expect.poll(() => told).toEqual(['over']);
    for (const round of [1, 2]) {
      cluster.troubles.next(/./, trouble.drop, Infinity);
      cluster.dropWatches();
      await expect.poll(() => told.filter((each) => each === 'target-lost: Box does not answer').length, { timeout: 10_000 }).toBe(round); // prettier-ignore
      cluster.troubles.clear();
      target.cache.retry();
      await expect.poll(() => told.at(-1), { timeout: 10_000 }).toBe('over');
    }
    stop();
    expect(can(target.state.value, 'machines')).toBe(true);
  });
});

describe('a user with rights in one namespace alone', () => {
  test('opens the target, sees the machines there and works with them', async () => {
    const fixture = readFixture('k3s-local-path');
    const rules = fixture.rules.map((rule) => ({ ...rule, namespace: 'team' }));
    const cluster = await scriptedCluster({ cluster: { ...fixture, rules }, namespace: 'team' });
    for (const namespace of ['team', 'others'])
      cluster.put('kubevirt.io', 'virtualmachines', {
        apiVersion: 'kubevirt.io/v1',
        kind: 'VirtualMachine',
        metadata: { name: `of-${namespace}`, namespace, uid: namespace },
        spec: { runStrategy: 'Halted', template: { spec: { domain: { devices: {} } } } },
      });
    const target = await openTarget({ id: 'it', name: 'Box', kubeconfig: cluster.kubeconfig, log });
    const vms = target.cache.use(kinds.virtualMachines);
    try {
      await until(target.state.watch(new AbortController().signal), ({ state }) => state === 'ready');
      expect(can(target.state.value, 'machines')).toBe(true);
      expect(can(target.state.value, 'createMachines')).toBe(true);
      await vms.whenSynced();
      expect(Array.from(vms.values(), ({ metadata }) => metadata.name)).toEqual(['of-team']);
      const told = await testKubeconfig({ path: cluster.kubeconfig, allowExec: false }, dirname(cluster.kubeconfig));
      expect(told.problem).toBeUndefined();
      expect(told.answer).not.toHaveProperty('nodes');
    } finally {
      vms.release();
      target.close();
      await cluster.close();
    }
  });
});

describeTargets(
  'what a target can do',
  (lab) => {
    test('follows what a manifest brings, without a restart', async () => {
      expect(lab.can('growDisks')).toBe(false);
      const yaml = `apiVersion: storage.k8s.io/v1
kind: StorageClass
metadata: {name: hostpath-csi, annotations: {storageclass.kubernetes.io/is-default-class: 'true', storageclass.kubevirt.io/is-default-virt-class: 'true'}}
provisioner: kubevirt.io.hostpath-provisioner
reclaimPolicy: Delete
volumeBindingMode: WaitForFirstConsumer
allowVolumeExpansion: true
`;
      await lab.done((await lab.api.manifests.apply({ yaml })).taskId);
      expect(can(await until(lab.api.target.watch({}), () => true), 'growDisks')).toBe(true);
    });
  },
  { kinds: ['cluster'] },
);
