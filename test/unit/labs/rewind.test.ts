import { describe, expect, test } from 'vitest';
import { machineRecord, powerPlan, setBack } from '../../../main/backend/labs/rewind/machines.ts';
import { content, idOf, isChosen, keptObjects, planObjects } from '../../../main/backend/labs/rewind/objects.ts';
import type { Placed } from '../../../main/backend/labs/rewind/objects.ts';
import { sideBySide } from '../../../main/backend/labs/rewind/side-by-side.ts';
import { toPrune } from '../../../main/backend/labs/rewind/space.ts';
import type { CheckpointRecord } from '../../../main/backend/labs/rewind/record.ts';
import type { KubeObject } from '../../../main/contract/kube.ts';
import { kinds } from '../../../main/backend/target/kinds.ts';
import type { Kind } from '../../../main/backend/target/kinds.ts';
import { snapshotTree } from '../../../main/backend/snapshots/tree.ts';

const namespace = 'lab-try';
let uids = 0;
const placed = (kind: Kind, name: string, more: Partial<KubeObject> & { meta?: KubeObject['metadata'] } = {}): Placed => {
  const { meta, ...rest } = more;
  const metadata = { name, namespace, uid: `u${(uids += 1)}`, resourceVersion: '7', ...meta };
  return { kind, object: { apiVersion: kind.group ? `${kind.group}/${kind.version}` : 'v1', kind: kind.kind, metadata, ...rest } };
}; // prettier-ignore
const all = [kinds.configMaps, kinds.secrets, kinds.services, kinds.dataVolumes, kinds.persistentVolumeClaims, kinds.virtualMachines, kinds.virtualMachineSnapshots, kinds.virtualMachineRestores]; // prettier-ignore
const keys = all.map(({ group, kind }) => `${group}/${kind}`);
const planOf = (was: Placed[], now: Placed[], served: readonly Kind[] = all) =>
  planObjects({ kinds: keys, ...keptObjects(was) }, now, served);
const names = (list: readonly Placed[]): string[] => list.map(({ object }) => object.metadata.name ?? '');

describe('objects of a lab', () => {
  test('changed ones go back, new ones go, missing ones come; what the target writes is no change', () => {
    const same = placed(kinds.configMaps, 'same', { data: { a: '1' } });
    const was = [same, placed(kinds.configMaps, 'changed', { data: { a: '1' } }), placed(kinds.secrets, 'gone', { data: {} })]; // prettier-ignore
    const now = [
      { ...same, object: { ...same.object, status: { seen: true }, metadata: { ...same.object.metadata, resourceVersion: '99', generation: 4 } } }, // prettier-ignore
      placed(kinds.configMaps, 'changed', { data: { a: '2' }, meta: { uid: 'live', resourceVersion: '8', finalizers: ['keep'] } }), // prettier-ignore
      placed(kinds.services, 'later'),
    ];
    const plan = planOf(was, now);
    expect([names(plan.remove), names(plan.create), names(plan.replace)]).toEqual([['later'], ['gone'], ['changed']]);
    expect(plan.create[0]?.object.metadata).toEqual({ name: 'gone', namespace });
    expect(plan.replace[0]?.object).toMatchObject({ data: { a: '1' }, metadata: { uid: 'live', resourceVersion: '8', finalizers: ['keep'] } }); // prettier-ignore
  });

  test('an address that the target chose is no change, and is kept in the same service', () => {
    const of = (address: string, port: number) => placed(kinds.services, 'web', { spec: { clusterIP: address, clusterIPs: [address], ports: [{ port }] } }); // prettier-ignore
    expect(planOf([of('10.0.0.1', 80)], [of('10.0.0.2', 80)]).replace).toEqual([]);
    const [back] = planOf([of('10.0.0.1', 80)], [of('10.0.0.2', 81)]).replace;
    expect(back?.object.spec).toEqual({ clusterIP: '10.0.0.2', clusterIPs: ['10.0.0.2'], ports: [{ port: 80 }] });
    expect(content(placed(kinds.services, 'none', { spec: { clusterIP: 'None' } }).object).spec).toEqual({ clusterIP: 'None' }); // prettier-ignore
  });

  test('what belonged to a machine belongs to the one that came back', () => {
    const owner = (uid: string) => [{ apiVersion: 'kubevirt.io/v1', kind: 'VirtualMachine', name: 'web', uid }];
    const secret = placed(kinds.secrets, 'web-cloudinit', { meta: { ownerReferences: owner('old') } });
    const plan = planOf([secret], [placed(kinds.virtualMachines, 'web', { meta: { uid: 'new' } })]);
    expect(plan.create[0]?.object.metadata.ownerReferences).toEqual(owner('new'));
    expect(plan.remove).toEqual([]);
    const still = { ...secret, object: { ...secret.object, metadata: { ...secret.object.metadata } } };
    const changed = planOf([secret], [still, placed(kinds.virtualMachines, 'web', { meta: { uid: 'new' } })]);
    expect(changed.replace[0]?.object.metadata.ownerReferences).toEqual(owner('new'));
    // Its machine is not there: an owner that is not would have it collected.
    expect(planOf([secret], []).create[0]?.object.metadata.ownerReferences).toBeUndefined();
  });

  test('disks: those of machines are theirs, later ones go, lost ones are told', () => {
    const disk = (name: string, uid: string) => placed(kinds.persistentVolumeClaims, name, { meta: { uid } });
    const vm = (claim: string) => placed(kinds.virtualMachines, 'web', { spec: { template: { spec: { volumes: [{ name: 'root', persistentVolumeClaim: { claimName: claim } }] } } } }); // prettier-ignore
    const was = [vm('root'), disk('root', 'u-root'), disk('data', 'u-data')];
    const plan = planOf(was, [vm('restored'), disk('restored', 'u-new'), disk('later', 'u-later')]);
    expect([names(plan.remove), plan.lost.map(({ name }) => name), plan.create]).toEqual([['later'], ['data'], []]);
    // One of the same name that is another one is no disk of then.
    expect(names(planOf([disk('data', 'a')], [disk('data', 'b')]).remove)).toEqual(['data']);
  });

  test('what nobody chose is left alone: controlled, our own, the namespace’s', () => {
    const controlled = { meta: { ownerReferences: [{ apiVersion: 'v1', kind: 'X', name: 'x', uid: 'x', controller: true }] } }; // prettier-ignore
    expect(isChosen(placed(kinds.dataVolumes, 'root', controlled))).toBe(false);
    expect(isChosen(placed(kinds.virtualMachineRestores, 'asked', controlled))).toBe(true);
    expect(isChosen(placed(kinds.virtualMachineSnapshots, 's', { meta: { labels: { 'hearth.dev/checkpoint': 'c' } } }))).toBe(false); // prettier-ignore
    expect(isChosen(placed(kinds.configMaps, 'kube-root-ca.crt'))).toBe(false);
    expect(isChosen(placed(kinds.secrets, 't', { type: 'kubernetes.io/service-account-token' }))).toBe(false);
    expect(isChosen(placed(kinds.virtualMachines, 'web'))).toBe(false);
    expect(isChosen(placed(kinds.virtualMachineSnapshots, 'mine'))).toBe(true);
  });

  test('a kind that could not be listed is not touched, then or now', () => {
    const later = placed(kinds.secrets, 'later');
    expect(planObjects({ kinds: ['/ConfigMap'], objects: [], present: [] }, [later], all).remove).toEqual([]);
    const plan = planOf([placed(kinds.secrets, 'gone')], [], [kinds.configMaps]);
    expect([plan.create, plan.lost]).toEqual([[], []]);
  });

  test('one that is still going is waited for', () => {
    const going = placed(kinds.configMaps, 'a', { meta: { deletionTimestamp: '2026-01-01T00:00:00Z' } });
    const plan = planOf([placed(kinds.configMaps, 'a')], [going]);
    expect([plan.create, plan.remove, plan.going]).toEqual([[], [], 1]);
    expect(idOf(going.object)).toBe('/ConfigMap a');
  });
});

describe('machines of a lab', () => {
  const vm = (spec: object, metadata: object = {}): KubeObject => ({ apiVersion: 'kubevirt.io/v1', kind: 'VirtualMachine', metadata: { name: 'web', uid: 'one', ...metadata }, spec: { ...spec } }); // prettier-ignore
  const snapshot = (indications: string[], annotations = {}): KubeObject => ({ apiVersion: 'x/v1', kind: 'VirtualMachineSnapshot', metadata: { name: 's', annotations }, status: { indications } }); // prettier-ignore
  const vmi: KubeObject = {
    apiVersion: 'kubevirt.io/v1', kind: 'VirtualMachineInstance', metadata: { name: 'web' },
    spec: { domain: { firmware: { uuid: 'f-1' }, devices: { interfaces: [{ name: 'default' }] } } },
    status: { interfaces: [{ name: 'default', mac: '02:00:00:00:00:01' }] },
  }; // prettier-ignore

  test('the snapshot says whether it ran, and what of it was kept', () => {
    const record = (indications: string[], annotations = {}) => machineRecord(vm({ runStrategy: 'Manual' }), vmi, snapshot(indications, annotations)); // prettier-ignore
    expect(record([]).state).toBe('off');
    expect(record(['Online', 'NoGuestAgent'])).toMatchObject({ state: 'running', strategy: { runStrategy: 'Manual' } });
    expect(record(['Online', 'Memory'], { 'hearth.dev/memory-size': '1024' }).memory).toBe(1024);
    expect(record(['Online'])).not.toHaveProperty('memory');
    expect(record(['Online']).macs).toEqual({ default: '02:00:00:00:00:01' });
  });

  test('labels and notes go back, what the target wrote stays; one that came back gets its identity', () => {
    const record = machineRecord(vm({}, { labels: { a: '1' }, annotations: { note: 'x', faults: '{"machine":"one"}', 'kubevirt.io/latest-observed-api-version': 'v1' } }), vmi, snapshot(['Online'])); // prettier-ignore
    expect(Object.keys(record.annotations)).toEqual(['note', 'faults']);
    const template = { spec: { domain: { devices: { interfaces: [{ name: 'default' }] } } } };
    const now = vm({ template: structuredClone(template) }, { labels: { b: '2' }, annotations: { later: 'y', 'restore.kubevirt.io/lastRestoreUID': 'r', 'hearth.dev/start-from-memory': 'c' } }); // prettier-ignore
    expect(setBack(now, record)).toBe(true);
    expect(now.metadata).toMatchObject({ labels: { a: '1' }, annotations: { note: 'x', 'restore.kubevirt.io/lastRestoreUID': 'r', 'hearth.dev/start-from-memory': 'c' } }); // prettier-ignore
    expect(now.metadata.annotations).not.toHaveProperty('later');
    expect(now.spec?.['template']).toEqual(template);
    expect(setBack(now, record)).toBe(false);
    const reborn = vm({ template: structuredClone(template) }, { uid: 'two' });
    setBack(reborn, record);
    expect(reborn.metadata.annotations).toEqual({ note: 'x', faults: '{"machine":"two"}' });
    expect(reborn.spec?.['template']).toEqual({ spec: { domain: { firmware: { uuid: 'f-1' }, devices: { interfaces: [{ name: 'default', macAddress: '02:00:00:00:00:01' }] } } } }); // prettier-ignore
  });

  test('the power: its strategy first, then a start where that does not bring one', () => {
    const plan = (was: object, state: 'off' | 'running', now: object) => powerPlan(vm(now), { ...machineRecord(vm(was), undefined, snapshot([])), state }); // prettier-ignore
    expect(plan({ runStrategy: 'Manual' }, 'running', { runStrategy: 'Manual' })).toEqual({ start: true });
    expect(plan({ runStrategy: 'Manual' }, 'off', { runStrategy: 'Halted' })).toEqual({ strategy: { runStrategy: 'Manual', running: null }, start: false }); // prettier-ignore
    expect(plan({ runStrategy: 'Always' }, 'running', { runStrategy: 'Halted' })).toEqual({ strategy: { runStrategy: 'Always', running: null }, start: false }); // prettier-ignore
    expect(plan({ running: true }, 'running', { runStrategy: 'Halted' })).toEqual({ strategy: { runStrategy: null, running: true }, start: false }); // prettier-ignore
    expect(plan({ runStrategy: 'Once' }, 'off', { runStrategy: 'Halted' })).toEqual({ start: false });
  });

  test('snapshots of checkpoints are not among those of the machine', () => {
    const taken = (name: string, labels: Record<string, string>): KubeObject => ({ ...snapshot([]), metadata: { name, labels }, status: { sourceUID: 'one', phase: 'Succeeded', readyToUse: true, creationTime: '2026-01-01T00:00:00Z' } }); // prettier-ignore
    const tree = snapshotTree({ vm: vm({}), vmi: undefined, restores: [], snapshots: [taken('mine', {}), taken('ours', { 'hearth.dev/checkpoint': 'c' })] }); // prettier-ignore
    expect([tree.rows.map(({ name }) => name), tree.here]).toEqual([['mine'], 'mine']);
  });
});

describe('space', () => {
  const gib = 2 ** 30;
  const records = (...sizes: number[]): CheckpointRecord[] =>
    sizes.map((bytes, order) => ({ version: 1, id: `c${order}`, step: `s${order}`, order, at: '', seconds: 0, bytes: bytes * gib, notes: [], machines: [], kinds: [], objects: [], present: [] })); // prettier-ignore
  const pruned = (sizes: number[], need: number, free?: number) =>
    toPrune(records(...sizes), need * gib, free === undefined ? undefined : free * gib).map(({ step }) => step);

  test('the oldest go, the first and the last stay', () => {
    expect(pruned([1, 1, 1, 1], 1, 100)).toEqual([]);
    expect(pruned([1, 1, 1, 1], 1, 0.5)).toEqual(['s1', 's2']);
    expect(pruned([1, 1], 1, 0)).toEqual([]);
    expect(pruned([1, 1, 1, 1], 1, 2.5)).toEqual(['s1', 's2']);
  });
  test('where nobody says how much is free they take no more than 8 GiB', () => {
    expect(pruned([2, 2, 2, 1], 1)).toEqual([]);
    expect(pruned([2, 2, 2, 2], 1)).toEqual(['s1']);
  });
});

test('side by side: so many at once, all brought to their end, the first failure thrown', async () => {
  let now = 0;
  let most = 0;
  const done: number[] = [];
  const work = async (item: number): Promise<number> => {
    most = Math.max(most, (now += 1));
    await new Promise((resolve) => setTimeout(resolve, 5));
    now -= 1;
    if (item === 3) throw new Error('three');
    done.push(item);
    return item * 2;
  };
  expect(await sideBySide([1, 2, 4, 5], 2, work)).toEqual([2, 4, 8, 10]);
  expect(most).toBe(2);
  done.length = 0;
  await expect(sideBySide([1, 2, 3, 4, 5, 6, 7], 2, work)).rejects.toThrow('three');
  expect(now).toBe(0);
  expect(done).toEqual([1, 2, 4]);
});
