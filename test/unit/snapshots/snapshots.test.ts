import { parse } from 'yaml';
import { describe, expect, test } from 'vitest';
import { lineOf, snapshotTree } from '../../../main/backend/snapshots/tree.ts';
import { renamed, withMachineId, withMacs } from '../../../main/backend/snapshots/own-data.ts';
import { identityPatches, secretUses } from '../../../main/backend/snapshots/patches.ts';
import type { KubeObject } from '../../../main/contract/kube.ts';
import type { SnapshotRow } from '../../../main/contract/snapshots.ts';
import { planMerges } from '../../../main/embedded/disks/layers/plan-merge.ts';
import { layersIn } from '../../../main/embedded/snapshot/graph.ts';
import { guestArguments } from '../../../main/embedded/snapshot/shape.ts';
import { freeName, linesOf } from '../../../renderer/features/snapshots/lines.ts';

describe('merges', () => {
  const chain = [{ id: 'image' }, { id: 'frozen-1', backing: 'image' }, { id: 'frozen-2', backing: 'frozen-1' }];
  const claims = [{ uid: 'c', base: 'frozen-2' }];

  test('nothing while snapshots keep the layers', () => {
    expect(planMerges({ claims, bases: chain, rooted: new Set(['frozen-1', 'frozen-2']) })).toEqual([]);
  });
  test('a layer that only the claim needs becomes a part of it', () => {
    expect(planMerges({ claims, bases: chain, rooted: new Set(['frozen-1']) })).toEqual([
      { kind: 'claim', uid: 'c', drop: 'frozen-2', onto: 'frozen-1' },
    ]);
  });
  test('a layer in the middle becomes a part of the one above', () => {
    expect(planMerges({ claims, bases: chain, rooted: new Set(['frozen-2']) })).toEqual([
      { kind: 'base', id: 'frozen-2', drop: 'frozen-1', onto: 'image' },
    ]);
  });
  test('what two stand on stays, and so does an image', () => {
    const two = [...claims, { uid: 'd', base: 'frozen-2' }];
    expect(planMerges({ claims: two, bases: chain, rooted: new Set(['frozen-1']) })).toEqual([]);
    expect(planMerges({ claims: [{ uid: 'c', base: 'image' }], bases: chain.slice(0, 1), rooted: new Set() })).toEqual(
      [],
    );
  });
});

test('the layers of a device, as QEMU tells them', () => {
  const graph = {
    nodes: [[1, '/machine/peripheral/disk0/virtio-backend', 'block-backend'], [2, 'l1', 'block-driver'], [3, 'd0', 'block-driver'], [4, 'l1-f', 'block-driver'], [5, 'd0-f', 'block-driver']].map(([id, name, type]) => ({ id: id as number, name: name as string, type: type as string })),
    edges: [[1, 'root', 2], [2, 'backing', 3], [2, 'file', 4], [3, 'file', 5]].map(([parent, name, child]) => ({ parent: parent as number, name: name as string, child: child as number })),
  }; // prettier-ignore
  expect(layersIn(graph, 'disk0')).toEqual([
    { node: 'l1', file: 'l1-f' },
    { node: 'd0', file: 'd0-f' },
  ]);
  expect(() => layersIn(graph, 'disk1')).toThrow('disk1');
});

test('what of a command line the guest sees', () => {
  const argv = [
    '-name',
    'a',
    '-m',
    '64',
    '-blockdev',
    '{}',
    '-device',
    'virtio-blk-pci,id=disk0',
    '-S',
    '-pidfile',
    '/x',
  ];
  expect(guestArguments(argv)).toEqual(['-m', '64', '-device', 'virtio-blk-pci,id=disk0']);
});

const at = (minute: number): string => `2026-01-01T00:${String(minute).padStart(2, '0')}:00Z`;
const vm: KubeObject = {
  apiVersion: 'kubevirt.io/v1', kind: 'VirtualMachine', metadata: { name: 'web', uid: 'u' },
  spec: { template: { spec: { volumes: [{ name: 'root', dataVolume: {} }, { name: 'slow', dataVolume: {} }, { name: 'seed', cloudInitNoCloud: {} }] } } },
  status: { volumeSnapshotStatuses: [{ name: 'root', enabled: true }, { name: 'slow', enabled: false, reason: 'no' }, { name: 'seed', enabled: false, reason: 'cloudinit' }] },
}; // prettier-ignore
const snapshot = (name: string, minute: number, more: { annotations?: Record<string, string>; status?: object } = {}): KubeObject => ({
  apiVersion: 'x', kind: 'VirtualMachineSnapshot', metadata: { name, uid: name, creationTimestamp: at(minute), ...(more.annotations && { annotations: more.annotations }) },
  spec: { source: { name: 'web' } }, status: { phase: 'Succeeded', readyToUse: true, sourceUID: 'u', creationTime: at(minute), ...more.status },
}); // prettier-ignore
const restore = (of: string, minute: number): KubeObject => ({
  apiVersion: 'x', kind: 'VirtualMachineRestore', metadata: { name: `r${minute}` },
  spec: { target: { name: 'web' }, virtualMachineSnapshotName: of }, status: { complete: true, restoreTime: at(minute) },
}); // prettier-ignore

describe('the tree', () => {
  test('follows from snapshots and restores where nobody wrote it down', () => {
    const volumes = { snapshotVolumes: { includedVolumes: ['root'], excludedVolumes: ['slow', 'seed'] } };
    const tree = snapshotTree({
      vm,
      vmi: undefined,
      snapshots: [snapshot('a', 1), snapshot('b', 2), snapshot('c', 4, { status: volumes })],
      restores: [restore('a', 3)],
    });
    expect(tree.rows.map(({ name, parent }) => [name, parent])).toEqual([
      ['a', undefined],
      ['b', 'a'],
      ['c', 'a'],
    ]);
    expect(tree.here).toBe('c');
    expect(tree).toMatchObject({ included: ['root'], excluded: [{ name: 'slow', reason: 'no' }], running: false });
    expect(tree.rows[2]?.excluded).toEqual(['slow']);
    expect(lineOf(tree)).toEqual(['c', 'a']);
  });
  test('passes a deleted one over by the line that was written', () => {
    const snapshots = [snapshot('a', 1), snapshot('c', 4, { annotations: { 'hearth.dev/parents': 'gone,a' } })];
    expect(snapshotTree({ vm, vmi: undefined, snapshots, restores: [] }).rows[1]?.parent).toBe('a');
  });
  test('is of this machine alone, and says how each stands', () => {
    const snapshots = [
      snapshot('other', 1, { status: { sourceUID: 'another' } }),
      snapshot('bad', 2, { status: { phase: 'Failed', readyToUse: false, conditions: [{ type: 'Failure', status: 'True', reason: 'snapshot deadline exceeded' }] } }),
      snapshot('live', 3, { status: { indications: ['GuestAgent', 'Online'] }, annotations: { 'hearth.dev/memory-size': '42', description: 'why' } }),
    ]; // prettier-ignore
    const { rows, here } = snapshotTree({ vm, vmi: undefined, snapshots, restores: [] });
    expect(rows).toMatchObject([
      { name: 'bad', state: 'failed', detail: 'snapshot deadline exceeded' },
      { name: 'live', state: 'ready', guest: 'frozen', memory: 42, description: 'why' },
    ]);
    expect(here).toBe('live');
  });
  test('memory cannot be kept with a disk that is thrown away', () => {
    const lossy = { ...vm, spec: { template: { spec: { volumes: [{ name: 'scratch', emptyDisk: {} }] } } } };
    const vmi = { ...vm, status: { phase: 'Running' } };
    expect(snapshotTree({ vm: lossy, vmi, snapshots: [], restores: [] }).noMemory).toContain('scratch');
    expect(snapshotTree({ vm, vmi, snapshots: [], restores: [] }).noMemory).toBeUndefined();
  });
});

describe('lines of the page', () => {
  const row = (name: string, parent?: string): SnapshotRow => ({
    uid: name,
    name,
    at: at(1),
    state: 'ready',
    included: [],
    excluded: [],
    guest: 'off',
    ...(parent && { parent }),
  });
  const of = (rows: SnapshotRow[], here?: string) =>
    linesOf({ rows, running: false, included: [], excluded: [], ...(here && { here }) }).map(
      (line) => `${line.depth} ${line.row === 'here' ? '*' : line.row.name}`,
    );
  test('a straight line stays straight, a branch goes in', () => {
    expect(of([row('a'), row('b', 'a'), row('c', 'b')], 'c')).toEqual(['0 a', '0 b', '0 c', '0 *']);
    expect(of([row('a'), row('b', 'a'), row('c', 'a')], 'c')).toEqual(['0 a', '1 b', '0 c', '0 *']);
    expect(of([row('a'), row('b', 'a')], 'a')).toEqual(['0 a', '1 b', '0 *']);
  });
  test('every snapshot is shown, also with a parent that is gone', () => {
    expect(of([row('a', 'gone')])).toEqual(['1 a', '0 *']);
  });
  test('a free name', () => {
    expect(freeName('web', [row('web-1'), row('web-3')])).toBe('web-4');
    expect(freeName('web', [row('web-2')])).toBe('web-3');
  });
});

describe('a machine of its own', () => {
  const labels = { 'hearth.dev/machine': 'web', app: 'shop' };
  const source: KubeObject = { apiVersion: 'x', kind: 'VirtualMachine', metadata: { labels }, spec: { template: { metadata: { labels }, spec: {
    hostname: 'web',
    domain: { firmware: { uuid: 'u' }, devices: { interfaces: [{ name: 'a', macAddress: '02:00:00:00:00:01' }, { name: 'b' }] } },
    volumes: [{ name: 'root' }, { name: 'seed', cloudInitNoCloud: { secretRef: { name: 'web-init' } } }],
  } } } }; // prettier-ignore
  test('has other addresses, another firmware, its own secret; no patch has more colons than KubeVirt takes', () => {
    const patches = identityPatches(source, 'twin');
    expect(patches.map((patch) => JSON.parse(patch) as unknown)).toEqual([
      { op: 'remove', path: '/spec/template/spec/domain/devices/interfaces/0/macAddress' },
      { op: 'remove', path: '/spec/template/spec/domain/firmware/uuid' },
      { op: 'replace', path: '/spec/template/spec/hostname', value: 'twin' },
      { op: 'replace', path: '/spec/template/spec/volumes/1/cloudInitNoCloud/secretRef/name', value: 'twin-cloudinit' },
      { op: 'replace', path: '/metadata/labels/hearth.dev~1machine', value: 'twin' },
      { op: 'replace', path: '/spec/template/metadata/labels/hearth.dev~1machine', value: 'twin' },
    ]);
    for (const patch of patches)
      for (const part of patch.slice(1, -1).split(',')) expect(part.split(':')).toHaveLength(2);
    expect(secretUses(source, 'twin')).toMatchObject([{ secret: 'web-init', copy: 'twin-cloudinit' }]);
  });
  test('has another name in its user data, and nothing else changed', () => {
    const text = '#cloud-config\n# mine\nhostname: web\npackages: [web]\n';
    expect(renamed(text, 'web', 'twin')).toBe('#cloud-config\n# mine\nhostname: twin\npackages: [ web ]\n');
    expect(renamed('#!/bin/sh\nhostname: web\n', 'web', 'twin')).toContain('web');
    expect(renamed('#cloud-config\nhostname: other\n', 'web', 'twin')).toBe('#cloud-config\nhostname: other\n');
  });
  test('matches its own cards, and asks for a machine id of its own once', () => {
    const nics = [{ name: 'default', network: 'pod', mac: '02:AA:00:00:00:01' }, { name: 'lan', network: 'default/lan', mac: '02:aa:00:00:00:02' }]; // prettier-ignore
    const text = 'version: 2\nethernets: {a: {match: {macaddress: 02:aa:00:00:00:01}, set-name: up}}\n';
    expect(withMacs(text, nics, () => '02:bb:00:00:00:01')).toEqual({ networkData: text.replace('aa', 'bb'), macs: { default: '02:bb:00:00:00:01' } }); // prettier-ignore
    const once = withMachineId('#cloud-config\nbootcmd: [date]\nhostname: web\n');
    expect(parse(once)).toEqual({
      bootcmd: ['date', expect.stringContaining('systemd-machine-id-setup')],
      hostname: 'web',
    });
    expect(withMachineId(once)).toBe(once);
    expect(parse(withMachineId('#cloud-config\n'))).toEqual({
      bootcmd: [expect.stringContaining('cloud-init-per instance')],
    });
    for (const left of ['#!/bin/sh\n', '#cloud-config\na: [\n', '#cloud-config\nbootcmd: date\n', '']) expect(withMachineId(left)).toBe(left); // prettier-ignore
  });
});
