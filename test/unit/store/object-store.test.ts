import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  configMaps,
  namespaces,
  virtualMachineInstances,
  virtualMachineSnapshotContents,
  virtualMachines,
  volumeSnapshots,
} from '../../../main/embedded/kube/resources.ts';
import type { KubeObject } from '../../../main/contract/kube.ts';
import { configMap, storeLab, vm } from '../../support/store.ts';

let lab: ReturnType<typeof storeLab>;
beforeEach(() => (lab = storeLab()));
afterEach(() => lab.remove());
const fileOf = (name: string) => join(lab.root, 'objects/kubevirt.io/virtualmachines/default', `${name}.yaml`);

describe('metadata', () => {
  it('fills a new object and keeps it across a restart', () => {
    const made = lab.store.create(virtualMachines, vm('a'));
    expect(made.metadata).toMatchObject({
      name: 'a',
      generation: 1,
      uid: expect.stringMatching(/^[0-9a-f-]{36}$/) as string,
    });
    expect(lab.reopen().get(virtualMachines, 'default', 'a')).toEqual(made);
    expect(statSync(fileOf('a')).mode & 0o777).toBe(0o600);
  });
  it('counts generations of the spec only', () => {
    lab.store.create(virtualMachines, vm('a'));
    const set = (change: (draft: ReturnType<typeof vm>) => void, status = false) =>
      lab.store.mutate(virtualMachines, 'default', 'a', change, status ? { subresource: 'status' } : {})?.metadata
        .generation;
    expect(set((draft) => (draft.metadata.labels = { x: 'y' }))).toBe(1);
    expect(set((draft) => (draft.status = { ready: true }), true)).toBe(1);
    expect(set((draft) => (draft.spec = { runStrategy: 'Always' }))).toBe(2);
  });
  it('keeps spec and status apart', () => {
    lab.store.create(virtualMachines, vm('a'));
    lab.store.mutate(virtualMachines, 'default', 'a', (draft) => { draft.status = { ready: true }; draft.spec = {}; }, { subresource: 'status' }); // prettier-ignore
    lab.store.mutate(virtualMachines, 'default', 'a', (draft) => { draft.status = {}; draft.spec = { runStrategy: 'Manual' }; }); // prettier-ignore
    expect(lab.store.get(virtualMachines, 'default', 'a')).toMatchObject({
      spec: { runStrategy: 'Manual' },
      status: { ready: true },
    });
  });
  it('writes nothing and says nothing when nothing changed', () => {
    const made = lab.store.create(virtualMachines, vm('a'));
    const seen: string[] = [];
    lab.store.watch(virtualMachines, (event) => seen.push(event.type));
    expect(lab.store.mutate(virtualMachines, 'default', 'a', () => undefined)).toBe(made);
    expect(seen).toEqual([]);
  });
  it('refuses an old copy, a wrong uid, a taken name, a bad name', () => {
    const made = lab.store.create(virtualMachines, vm('a'));
    lab.store.mutate(virtualMachines, 'default', 'a', (draft) => (draft.metadata.labels = { x: '1' }));
    expect(() => lab.store.update(virtualMachines, made)).toThrow(
      /the object has been modified; please apply your changes/,
    );
    expect(() => lab.store.delete(virtualMachines, 'default', 'a', { preconditions: { uid: 'other' } })).toThrow(
      /Precondition failed/,
    );
    expect(() => lab.store.create(virtualMachines, vm('a'))).toThrow('virtualmachines.kubevirt.io "a" already exists');
    for (const name of ['A', '../../x', 'a/b', '.', '-a', 'a'.repeat(254)]) {
      expect(() => lab.store.create(virtualMachines, vm(name))).toThrow(/is invalid/);
    }
    expect(() => lab.store.create(virtualMachines, vm('b', { metadata: { namespace: 'nowhere' } }))).toThrow(
      'namespaces "nowhere" not found',
    );
  });
  it('makes names up', () => {
    const { metadata } = lab.store.create(configMaps, configMap('', { metadata: { generateName: 'x-', name: '' } }));
    expect(metadata.name).toMatch(/^x-[b-z2-9]{5}$/);
  });
  it('hands out frozen objects and takes no part in later changes of its input', () => {
    const input = vm('a');
    const made = lab.store.create(virtualMachines, input);
    if (input.spec) input.spec['runStrategy'] = 'Always';
    expect(made.spec).toMatchObject({ runStrategy: 'Halted' });
    expect(() => Object.assign(made.metadata, { name: 'b' })).toThrow(/read only/);
  });
});

describe('resource versions and changes', () => {
  it('never goes back, also after a restart', () => {
    const before = Number(lab.store.create(virtualMachines, vm('a')).metadata.resourceVersion);
    expect(Number(lab.reopen().create(virtualMachines, vm('b')).metadata.resourceVersion)).toBeGreaterThan(before);
  });
  it('never goes back, even when state.json is lost to a crash', () => {
    lab.store.create(virtualMachines, vm('a'));
    const last = Number(lab.store.delete(virtualMachines, 'default', 'a')?.metadata.resourceVersion);
    for (const broken of ['', '{"revi', 'null', '{"revision":"x"}']) {
      writeFileSync(join(lab.root, 'state.json'), broken);
      expect(Number(lab.reopen().resourceVersion)).toBeGreaterThan(last);
    }
  });
  it('replays changes and forgets those that are too old', () => {
    lab.remove();
    lab = storeLab(50);
    const start = Number(lab.store.resourceVersion);
    lab.store.create(virtualMachines, vm('a'));
    lab.store.create(configMaps, configMap('c'));
    lab.store.delete(virtualMachines, 'default', 'a');
    expect(lab.store.since(virtualMachines, start)?.map((event) => event.type)).toEqual(['ADDED', 'DELETED']);
    lab.store.create(virtualMachines, vm('b'));
    for (let i = 0; i < 1200; i++) {
      lab.store.mutate(virtualMachines, 'default', 'b', (draft) => (draft.status = { i }), { subresource: 'status' });
    }
    expect(lab.store.since(virtualMachines, start)).toBeUndefined();
  });
  it('tells changes in commit order, also those that listeners make', () => {
    const seen: string[] = [];
    lab.store.watch(virtualMachines, (event) => {
      if (event.type === 'ADDED')
        lab.store.mutate(virtualMachines, 'default', 'a', (draft) => (draft.metadata.labels = { by: 'listener' }));
    });
    lab.store.watch(virtualMachines, () => {
      throw new Error('a broken listener');
    });
    lab.store.watch(virtualMachines, (event) =>
      seen.push(`${event.type}:${event.object.metadata.labels?.['by'] ?? ''}`),
    );
    lab.store.create(virtualMachines, vm('a'));
    expect(seen).toEqual(['ADDED:', 'MODIFIED:listener']);
  });
  it('lists by namespace, then name', () => {
    lab.store.create(namespaces, { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'aaa' } });
    for (const name of ['c', 'a', 'b']) lab.store.create(virtualMachines, vm(name));
    lab.store.create(virtualMachines, vm('z', { metadata: { namespace: 'aaa' } }));
    lab.store.delete(virtualMachines, 'default', 'b');
    expect(lab.store.list(virtualMachines).map((object) => object.metadata.name)).toEqual(['z', 'a', 'c']);
    expect(lab.store.list(virtualMachines, 'default').map((object) => object.metadata.name)).toEqual(['a', 'c']);
  });
});

describe('deletion', () => {
  const owned = (name: string, owner: { metadata: { name: string; uid: string } }, block = false) =>
    lab.store.create(virtualMachineInstances, {
      ...vm(name),
      metadata: {
        name,
        namespace: 'default',
        ownerReferences: [{ apiVersion: 'kubevirt.io/v1', kind: 'VirtualMachine', name: owner.metadata.name, uid: owner.metadata.uid, blockOwnerDeletion: block }],
      },
    }); // prettier-ignore
  const there = (name: string) => lab.store.get(virtualMachineInstances, 'default', name) !== undefined;

  it('waits for finalizers', () => {
    lab.store.create(virtualMachines, vm('a', { metadata: { finalizers: ['x/y'] } }));
    expect(lab.store.delete(virtualMachines, 'default', 'a')?.metadata.deletionTimestamp).toBeDefined();
    expect(() =>
      lab.store.mutate(virtualMachines, 'default', 'a', (draft) => draft.metadata.finalizers?.push('z')),
    ).toThrow(/no new finalizers/);
    lab.store.mutate(virtualMachines, 'default', 'a', (draft) => (draft.metadata.finalizers = []));
    expect(lab.store.get(virtualMachines, 'default', 'a')).toBeUndefined();
    expect(existsSync(fileOf('a'))).toBe(false);
  });
  it('takes dependents along in the background, keeps them as orphans', () => {
    owned('i', lab.store.create(virtualMachines, vm('a')));
    lab.store.delete(virtualMachines, 'default', 'a');
    expect(there('i')).toBe(false);
    owned('j', lab.store.create(virtualMachines, vm('b')));
    lab.store.delete(virtualMachines, 'default', 'b', { propagation: 'Orphan' });
    expect(lab.store.get(virtualMachineInstances, 'default', 'j')?.metadata.ownerReferences).toBeUndefined();
  });
  it('keeps the owner in the foreground until blocking dependents are gone', () => {
    const owner = lab.store.create(virtualMachines, vm('a'));
    owned('i', owner, true);
    lab.store.mutate(virtualMachineInstances, 'default', 'i', (draft) => (draft.metadata.finalizers = ['x/y']));
    lab.store.delete(virtualMachines, 'default', 'a', { propagation: 'Foreground' });
    expect(lab.store.get(virtualMachines, 'default', 'a')?.metadata.finalizers).toEqual(['foregroundDeletion']);
    lab.store.mutate(virtualMachineInstances, 'default', 'i', (draft) => (draft.metadata.finalizers = []));
    expect(lab.store.get(virtualMachines, 'default', 'a')).toBeUndefined();
  });
  it('empties a namespace first, refuses new things in it', () => {
    lab.store.create(namespaces, { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'lab' } });
    lab.store.create(virtualMachines, vm('a', { metadata: { namespace: 'lab', finalizers: ['x/y'] } }));
    lab.store.create(configMaps, configMap('c', { metadata: { namespace: 'lab' } }));
    expect(lab.store.delete(namespaces, undefined, 'lab')?.status).toEqual({ phase: 'Terminating' });
    lab.store.mutate(namespaces, undefined, 'lab', (draft) => (draft.metadata.labels = { still: 'here' }));
    expect(lab.store.list(configMaps, 'lab')).toEqual([]);
    expect(() => lab.store.create(configMaps, configMap('d', { metadata: { namespace: 'lab' } }))).toThrow(
      /because it is being terminated/,
    );
    lab.store.mutate(virtualMachines, 'lab', 'a', (draft) => (draft.metadata.finalizers = []));
    expect(lab.store.get(namespaces, undefined, 'lab')).toBeUndefined();
  });
  it('finishes after a restart what a kill cut short', () => {
    const owner = lab.store.create(virtualMachines, vm('a'));
    owned('i', owner);
    // As after a kill between the two: the owner's file is gone, the dependent's is not.
    const text = readFileSync(join(lab.root, 'objects/kubevirt.io/virtualmachineinstances/default/i.yaml'), 'utf8');
    lab.store.delete(virtualMachines, 'default', 'a');
    writeFileSync(join(lab.root, 'objects/kubevirt.io/virtualmachineinstances/default/i.yaml'), text);
    const again = lab.reopen();
    expect(again.get(virtualMachineInstances, 'default', 'i')).toBeDefined();
    again.collect();
    expect(again.get(virtualMachineInstances, 'default', 'i')).toBeUndefined();
  });
  it('marks data before its owner goes: a kill between the two must not leave it for ownerless', () => {
    const content = (finalizers: string[]): KubeObject => ({
      apiVersion: 'snapshot.kubevirt.io/v1beta1', kind: 'VirtualMachineSnapshotContent',
      metadata: { name: 'kept', namespace: 'default', finalizers },
    }); // prettier-ignore
    const owner = lab.store.create(virtualMachineSnapshotContents, content(['test/waits']));
    const references = [{ apiVersion: owner.apiVersion, kind: owner.kind, name: 'kept', uid: owner.metadata.uid }];
    lab.store.create(volumeSnapshots, {
      apiVersion: 'snapshot.storage.k8s.io/v1', kind: 'VolumeSnapshot',
      metadata: { name: 'disk', namespace: 'default', finalizers: ['test/data'], ownerReferences: references },
    }); // prettier-ignore
    const kept = join(lab.root, 'objects/snapshot.kubevirt.io/virtualmachinesnapshotcontents/default/kept.yaml');
    const seen: unknown[] = [];
    lab.store.watch(volumeSnapshots, ({ object }) =>
      seen.push([existsSync(kept), Boolean(object.metadata.deletionTimestamp)]),
    );
    lab.store.delete(virtualMachineSnapshotContents, 'default', 'kept');
    expect(seen).toEqual([]);
    lab.store.mutate(
      virtualMachineSnapshotContents,
      'default',
      'kept',
      (draft) => void (draft.metadata.finalizers = []),
    );
    expect(seen).toEqual([[true, true]]);
    expect(existsSync(kept)).toBe(false);
    expect(lab.reopen().collect()).toEqual([]);
  });
});

describe('files', () => {
  it('sets a corrupt file aside, names it, and serves the rest', () => {
    lab.store.create(virtualMachines, vm('a'));
    lab.store.create(virtualMachines, vm('b'));
    writeFileSync(fileOf('a'), readFileSync(fileOf('a')).subarray(0, 40));
    writeFileSync(fileOf('wrong'), readFileSync(fileOf('b')));
    const again = lab.reopen();
    expect(again.list(virtualMachines).map((object) => object.metadata.name)).toEqual(['b']);
    expect(
      again.quarantined.map(({ file }) => file.split('/').at(-1)).toSorted((a = '', b = '') => a.localeCompare(b)),
    ).toEqual(['a.yaml', 'wrong.yaml']);
    expect(again.quarantined.find(({ file }) => file.endsWith('wrong.yaml'))?.reason).toContain('"b"');
    expect(readdirSync(join(lab.root, 'quarantine'))).toHaveLength(2);
    expect(lab.reopen().quarantined).toEqual([]);
  });
  it('takes nothing for ownerless while an owner may only be set aside', () => {
    const owner = lab.store.create(virtualMachines, vm('a'));
    const dependent = configMap('child');
    dependent.metadata.ownerReferences = [
      { apiVersion: 'kubevirt.io/v1', kind: 'VirtualMachine', name: 'a', uid: owner.metadata.uid },
    ];
    lab.store.create(configMaps, dependent);
    writeFileSync(fileOf('a'), 'spec: [broken');
    for (const again of [lab.reopen(), lab.reopen()]) {
      again.collect();
      expect(again.get(configMaps, 'default', 'child')?.metadata.deletionTimestamp).toBeUndefined();
    }
    for (const file of readdirSync(join(lab.root, 'quarantine'))) rmSync(join(lab.root, 'quarantine', file));
    const mended = lab.reopen();
    mended.collect();
    expect(mended.get(configMaps, 'default', 'child')).toBeUndefined();
  });
  it('takes in a file that somebody put there', () => {
    const folder = join(lab.root, 'objects/core/configmaps/default');
    mkdirSync(folder, { recursive: true });
    writeFileSync(
      join(folder, 'mine.yaml'),
      'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: mine, namespace: default}\ndata: {a: "1"}\n',
    );
    const found = lab.reopen().get(configMaps, 'default', 'mine');
    expect(found).toMatchObject({ data: { a: '1' }, metadata: { uid: expect.any(String) as string } });
    expect(lab.reopen().get(configMaps, 'default', 'mine')).toEqual(found);
  });
  it('clears up after a write that was cut short', () => {
    lab.store.create(virtualMachines, vm('a'));
    writeFileSync(join(fileOf('a'), '../.a.yaml.123.tmp'), 'half');
    expect(lab.reopen().list(virtualMachines)).toHaveLength(1);
    expect(readdirSync(join(fileOf('a'), '..'))).toEqual(['a.yaml']);
  });
});
