import pino from 'pino';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createAdmission } from '../../../main/backend/access/admit.ts';
import { ownerIn, used } from '../../../main/backend/access/stock.ts';
import { takeStock } from '../../../main/backend/access/take-stock.ts';
import { createClones } from '../../../main/backend/clones/clones.ts';
import { acting } from '../../../main/backend/target/acting.ts';
import { kinds } from '../../../main/backend/target/kinds.ts';
import { openTarget } from '../../../main/backend/target/target.ts';
import type { OpenTarget } from '../../../main/backend/target/target.ts';
import type { KubeObject } from '../../../main/contract/kube.ts';
import { ProblemError } from '../../../main/contract/problem.ts';
import type { Amounts, Limits } from '../../../main/contract/quotas.ts';
import { scriptedCluster } from '../../support/scripted-cluster/scripted-cluster.ts';
import type { ScriptedCluster } from '../../support/scripted-cluster/scripted-cluster.ts';

// The same wall before a cluster: its API server fills in what was left out, and its controllers make what was only asked for.
let cluster: ScriptedCluster;
let target: OpenTarget;
let limits: Record<string, Limits> = {};
const labOwner = (namespace: string): string | undefined => ({ 'lab-first': 'stu', 'lab-of-ada': 'ada' })[namespace];
const admission = createAdmission({
  any: () => Object.keys(limits).length > 0,
  limits: async (id) => ({ name: id, limits: limits[id] ?? {} }),
  labOwner,
});
beforeAll(async () => {
  cluster = await scriptedCluster();
  target = await openTarget({ id: 'it', name: 'It', kubeconfig: cluster.kubeconfig, log: pino({ level: 'silent' }) });
});
afterAll(async () => {
  target.close();
  await cluster.close();
});

const as = <T>(id: string, work: () => Promise<T>, role = 'operator'): Promise<T> =>
  acting.run({ sent: () => undefined, ...admission({ id, role }) }, work);
const outcome = async (work: Promise<unknown>): Promise<string> => {
  try {
    await work;
    return 'ok';
  } catch (error) {
    if (error instanceof ProblemError) return `${error.problem.code}: ${error.problem.detail}`;
    throw error;
  }
};
const machine = (name: string, namespace = 'default', more: object = {}): KubeObject => ({
  apiVersion: 'kubevirt.io/v1',
  kind: 'VirtualMachine',
  metadata: { name, namespace },
  spec: {
    runStrategy: 'Halted',
    dataVolumeTemplates: [{ metadata: { name: `${name}-root` }, spec: { source: { blank: {} }, storage: { resources: { requests: { storage: '1Gi' } } } } }],
    template: { spec: { domain: { memory: { guest: '64Mi' }, devices: { disks: [{ name: 'root', disk: { bus: 'virtio' } }] } }, volumes: [{ name: 'root', dataVolume: { name: `${name}-root` } }] } },
    ...more,
  },
}); // prettier-ignore
const create = (object: KubeObject) => target.client.create(kinds.virtualMachines, object);
const usedBy = async (id: string): Promise<Amounts> => used(await takeStock(target.client), id, labOwner);
const mebi = 2 ** 20;

test('creation, growth by each kind of change, and disks are held against what is there', async () => {
  limits = { olga: { machines: 2, cpus: 3, memory: 256 * mebi, disk: 3 * 1024 * mebi } };
  expect(await outcome(as('olga', () => create(machine('one'))))).toBe('ok');
  const { client } = target;
  const made = await client.get(kinds.virtualMachines, 'default', 'one');
  expect(ownerIn(made)).toBe('olga');
  await expect.poll(async () => (await client.list(kinds.dataVolumes, 'default')).map(ownerIn)).toEqual(['olga']);
  expect(await usedBy('olga')).toEqual({ machines: 1, cpus: 1, memory: 64 * mebi, disk: 1024 * mebi });
  const ref = { namespace: 'default', name: 'one' };
  const memory = { spec: { template: { spec: { domain: { memory: { guest: '1Gi' } } } } } };
  const over = 'over-quota: 0.25 GiB of memory is the limit; 0.06 GiB of memory used, 0.94 GiB of memory asked for in addition.'; // prettier-ignore
  expect(await outcome(as('olga', () => client.patch(kinds.virtualMachines, ref, memory)))).toBe(over);
  const step = [{ op: 'replace', path: '/spec/template/spec/domain/memory/guest', value: '1Gi' }];
  expect(await outcome(as('olga', () => client.patch(kinds.virtualMachines, ref, step, { type: 'json' })))).toBe(over);
  const whole = structuredClone(made) as KubeObject & { spec: { template: { spec: { domain: { memory: { guest: string } } } } } }; // prettier-ignore
  whole.spec.template.spec.domain.memory.guest = '1Gi';
  delete whole.metadata.labels;
  expect(await outcome(as('olga', () => client.replace(kinds.virtualMachines, made, whole)))).toBe(over);
  // Somebody else who grows it goes by the limits of whose it is; an admin by none, and it stays hers.
  expect(await outcome(as('otto', () => client.replace(kinds.virtualMachines, made, whole)))).toBe(over);
  expect(await outcome(as('ada', () => client.patch(kinds.virtualMachines, ref, { metadata: { annotations: { a: 'b' } }, ...memory }), 'admin'))).toBe('ok'); // prettier-ignore
  expect(await usedBy('olga')).toMatchObject({ memory: 1024 * mebi });
  // What is past its limit may shrink.
  const less = { spec: { template: { spec: { domain: { memory: { guest: '512Mi' } } } } } };
  expect(await outcome(as('olga', () => client.patch(kinds.virtualMachines, ref, less)))).toBe('ok');
  expect(ownerIn(await client.get(kinds.virtualMachines, 'default', 'one'))).toBe('olga');
});

test('two at the same moment have their turns', async () => {
  limits = { rita: { machines: 1 } };
  const both = await Promise.all(['left', 'right'].map((name) => outcome(as('rita', () => create(machine(name))))));
  expect(both.map((each) => each.slice(0, 10)).sort()).toEqual(['ok', 'over-quota']);
  expect(await usedBy('rita')).toMatchObject({ machines: 1 });
});

test('in the namespace of a lab each has what they make, and whoever started it what is nobody’s', async () => {
  limits = { stu: { machines: 1 }, rolf: { machines: 1, disk: 1536 * mebi } };
  for (const name of ['lab-first', 'lab-of-ada'])
    cluster.put('', 'namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata: { name } });
  expect(await outcome(as('stu', () => create(machine('a', 'lab-first')), 'student'))).toBe('ok');
  expect(await outcome(as('stu', () => create(machine('b', 'lab-first')), 'student'))).toContain('1 machine is the limit');
  // Those of an admin, who has no limits, are no way around one's own.
  expect(await outcome(as('rolf', () => create(machine('b', 'lab-of-ada'))))).toBe('ok');
  expect(await outcome(as('rolf', () => create(machine('c', 'lab-of-ada'))))).toContain('1 machine is the limit');
  expect(await outcome(as('rolf', () => create(machine('c', 'lab-first'))))).toContain('1 machine is the limit');
  expect([await usedBy('rolf'), await usedBy('stu')]).toMatchObject([{ machines: 1 }, { machines: 1 }]);
  expect(await outcome(as('rolf', async () => admission({ id: 'rolf', role: 'operator' }).foresee(target.client, [machine('d', 'lab-of-ada')])))).toContain('1 machine is the limit');
  // A claim carries no mark: it is the one's of its volume.
  const claim = { namespace: 'lab-of-ada', name: 'b-root' };
  await expect.poll(() => target.client.get(kinds.persistentVolumeClaims, claim.namespace, claim.name).then(() => 'there', () => 'away')).toBe('there');
  const grown = { spec: { resources: { requests: { storage: '4Gi' } } } };
  expect(await outcome(as('rolf', () => target.client.patch(kinds.persistentVolumeClaims, claim, grown)))).toContain('1.5 GiB of disks is the limit');
  expect(await outcome(as('ada', () => create(machine('own', 'lab-first')), 'admin'))).toBe('ok');
  expect([await usedBy('rolf'), await usedBy('stu')]).toMatchObject([{ machines: 1 }, { machines: 2 }]);
}); // prettier-ignore

test('what a controller makes of a clone is its maker’s in the end', async () => {
  limits = { otto: { machines: 1, disk: 1024 * mebi } };
  const tasks: Promise<void>[] = [];
  const clones = createClones({
    target: () => target,
    tasks: {
      start: (_spec: object, run: (task: object) => Promise<void>) => {
        tasks.push(run({ step: () => undefined, update: () => undefined, signal: new AbortController().signal }));
        return { id: 'task' };
      },
    },
  } as never);
  const clone = async (newName: string): Promise<string> => {
    const context = { signal: new AbortController().signal };
    await as('otto', async () => clones.start({ namespace: 'default', name: 'one', newName, mode: 'linked', start: false }, context)); // prettier-ignore
    return outcome(tasks.at(-1) as Promise<void>);
  };
  expect(await clone('copy')).toBe('ok');
  expect(ownerIn(await target.client.get(kinds.virtualMachines, 'default', 'copy'))).toBe('otto');
  expect(await usedBy('otto')).toEqual({ machines: 1, cpus: 1, memory: 512 * mebi, disk: 1024 * mebi });
  expect(await usedBy('olga')).toMatchObject({ machines: 1 });
  expect(await clone('second')).toContain('over-quota');
});
