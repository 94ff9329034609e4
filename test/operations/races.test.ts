import { execFile } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { KubeObject } from '../../main/contract/kube.ts';
import { Qmp } from '../../main/embedded/machine/qemu/qmp.ts';
import { SnapshotLab } from '../support/snapshot-lab.ts';

// Two operations on one machine at once, as two browsers (or a hurried user) ask for them. Each comes to an end, no data is
// lost, and nothing is in progress for ever.

const run = promisify(execFile);
const machines = '/apis/kubevirt.io/v1/namespaces/default/virtualmachines';
const instances = '/apis/kubevirt.io/v1/namespaces/default/virtualmachineinstances';
const snapshots = '/apis/snapshot.kubevirt.io/v1beta1/namespaces/default/virtualmachinesnapshots';
const restores = '/apis/snapshot.kubevirt.io/v1beta1/namespaces/default/virtualmachinerestores';
const clones = '/apis/clone.kubevirt.io/v1beta1/namespaces/default/virtualmachineclones';
const exports = '/apis/export.kubevirt.io/v1/namespaces/default/virtualmachineexports';
const claims = '/api/v1/namespaces/default/persistentvolumeclaims';
const json = 'application/json-patch+json';

let lab: SnapshotLab;
beforeAll(async () => {
  lab = await SnapshotLab.start();
});
afterAll(() => lab.end());

const find = (path: string): Promise<KubeObject | undefined> =>
  lab.request('GET', path).catch((error: unknown) => {
    if (String(error).includes(': 404')) return undefined;
    throw error;
  });
const becomes = (path: string, holds: (object: KubeObject | undefined) => boolean) =>
  expect.poll(async () => holds(await find(path)) || JSON.stringify((await find(path))?.status), { timeout: 20_000 }).toBe(true); // prettier-ignore
const phase = (path: string, wanted: string) => becomes(path, (object) => object?.status?.['phase'] === wanted);
const gone = (path: string) => becomes(path, (object) => object === undefined);
const machine = (name: string): object => ({ apiGroup: 'kubevirt.io', kind: 'VirtualMachine', name });
const make = (path: string, apiVersion: string, kind: string, name: string, spec: object, annotations: object = {}) =>
  lab.request('POST', path, { apiVersion, kind, metadata: { name, annotations }, spec });
const clone = (name: string, source: object, how = 'linked') =>
  make(clones, 'clone.kubevirt.io/v1beta1', 'VirtualMachineClone', name, { source, target: machine(name) }, { 'hearth.dev/clone': how }); // prettier-ignore
const exported = (name: string, of: string) =>
  make(exports, 'export.kubevirt.io/v1', 'VirtualMachineExport', name, { source: machine(of) }, { 'hearth.dev/prepare': 'qcow2' }); // prettier-ignore

async function off(name: string): Promise<void> {
  await lab.vm(name, 'Manual');
  await lab.printable(name, 'Stopped');
  await lab.write(`${name}-0`, 0x21);
}
async function running(name: string): Promise<void> {
  await off(name);
  await lab.act(name, 'start');
  await lab.printable(name, 'Running');
}
async function guest(name: string, ...commands: string[]): Promise<void> {
  const { uid } = (await lab.request('GET', `${instances}/${name}`)).metadata;
  const path = join(lab.engine.dataDir, 'engine/machines', String(uid), 'machine.json');
  const { argv } = JSON.parse(readFileSync(path, 'utf8')) as { argv: string[] };
  const qmp = await Qmp.connect(/path=([^,]+\.qm2)/.exec(argv.join(' '))?.[1] ?? '');
  try {
    for (const command of commands)
      expect(await qmp.execute('human-monitor-command', { 'command-line': `qemu-io -d /machine/peripheral/disk0/virtio-backend "${command}"` })).toBe(''); // prettier-ignore
  } finally {
    qmp.close();
  }
}
const files = (folder: string): string[] => readdirSync(join(lab.engine.dataDir, 'engine', folder));

test('snapshots while a disk grows', async () => {
  await running('both');
  for (const round of [1, 2, 3, 4]) {
    const grow = [{ op: 'replace', path: '/spec/resources/requests/storage', value: `${64 + 16 * round}Mi` }];
    await Promise.all([
      lab.snapshot(`both-${round}`, 'both'),
      lab.request('PATCH', `${claims}/both-0`, grow, json),
      guest('both', `write -P ${round} ${8 * round}M 1M`, 'flush'),
    ]);
    await phase(`${snapshots}/both-${round}`, 'Succeeded');
    await becomes(`${claims}/both-0`, (claim) => (claim?.status?.['capacity'] as { storage?: string } | undefined)?.storage === `${64 + 16 * round}Mi`); // prettier-ignore
  }
  const { stdout } = await run('qemu-img', ['info', '-U', '--output', 'json', lab.overlay('both-0')]);
  expect((JSON.parse(stdout) as { 'virtual-size': number })['virtual-size']).toBe(128 * 2 ** 20);
  for (const round of [1, 2, 3, 4]) expect(await lab.holds('both-0', round, `${8 * round}M`)).toBe(true);
});

test('a stop in the middle of a live merge', async () => {
  await lab.snapshot('both-last', 'both');
  await phase(`${snapshots}/both-last`, 'Succeeded');
  await guest('both', 'write -P 9 48M 4M', 'flush');
  for (const name of ['both-1', 'both-2', 'both-3', 'both-4', 'both-last'])
    await lab.request('DELETE', `${snapshots}/${name}`);
  await lab.act('both', 'stop');
  await gone(`${instances}/both`);
  await expect.poll(() => lab.chain('both-0').length, { timeout: 20_000 }).toBe(1);
  for (const round of [1, 2, 3, 4]) expect(await lab.holds('both-0', round, `${8 * round}M`)).toBe(true);
  expect([await lab.holds('both-0', 9, '50M'), await lab.holds('both-0', 0x21)]).toEqual([true, true]);
});

test('a machine deleted while it is exported', async () => {
  await off('leaving');
  await exported('out', 'leaving');
  await lab.request('DELETE', `${machines}/leaving`);
  await gone(`${machines}/leaving`);
  // What was kept in time is handed out, or it says that the machine is not there.
  await becomes(`${exports}/out`, (object) => {
    const { phase, conditions = [] } = (object?.status ?? {}) as { phase?: string; conditions?: { type: string; message?: string }[] }; // prettier-ignore
    return phase === 'Ready' || (phase !== undefined && conditions.some(({ message }) => message?.includes('leaving')));
  });
  await lab.request('DELETE', `${exports}/out`);
  await gone(`${exports}/out`);
  await expect.poll(() => files('exports')).toEqual([]);
  await gone(`${claims}/leaving-0`);
});

test('a clone while its source is restored', async () => {
  await off('source');
  await lab.snapshot('source-then', 'source');
  await phase(`${snapshots}/source-then`, 'Succeeded');
  await Promise.all([lab.restore('source-back', 'source-then', 'source'), clone('twin', machine('source'))]);
  await becomes(`${restores}/source-back`, (object) => object?.status?.['complete'] === true);
  await becomes(`${clones}/twin`, (object) => ['Succeeded', 'Failed'].includes(String(object?.status?.['phase'])));
  expect((await find(`${clones}/twin`))?.status?.['phase']).toBe('Succeeded');
  for (const name of ['source', 'twin']) {
    const vm = (await find(`${machines}/${name}`)) as unknown as { status: Record<string, unknown>; spec: { template: { spec: { volumes: { dataVolume?: { name: string } }[] } } } }; // prettier-ignore
    expect(await lab.holds(vm.spec.template.spec.volumes[0]?.dataVolume?.name ?? '', 0x21)).toBe(true);
    expect([vm.status['restoreInProgress'], vm.status['snapshotInProgress']]).toEqual([undefined, undefined]);
  }
});

test('a snapshot deleted while a linked clone is made of it, and its machine after it', async () => {
  await off('parent');
  await lab.snapshot('parent-then', 'parent');
  await phase(`${snapshots}/parent-then`, 'Succeeded');
  const snapshot = { apiGroup: 'snapshot.kubevirt.io', kind: 'VirtualMachineSnapshot', name: 'parent-then' };
  await clone('child', snapshot);
  await phase(`${clones}/child`, 'Succeeded');
  await clone('late', snapshot);
  await lab.request('DELETE', `${snapshots}/parent-then`);
  await gone(`${snapshots}/parent-then`);
  await becomes(`${clones}/late`, (object) => ['Succeeded', 'Failed'].includes(String(object?.status?.['phase'])));
  await lab.request('DELETE', `${machines}/parent`);
  await gone(`${machines}/parent`);
  await gone(`${claims}/parent-0`);
  const child = (await find(`${machines}/child`)) as unknown as { spec: { template: { spec: { volumes: { dataVolume?: { name: string } }[] } } } }; // prettier-ignore
  const disk = child.spec.template.spec.volumes[0]?.dataVolume?.name ?? '';
  expect(await lab.holds(disk, 0x21)).toBe(true);
  await lab.act('child', 'start');
  await lab.printable('child', 'Running');
  await guest('child', 'read -P 0x21 1M 1M', 'write -P 5 8M 1M', 'flush');
  expect(await lab.holds(disk, 5, '8M')).toBe(true);
});

test('a machine deleted while it is snapshot', async () => {
  await running('short');
  const spec = { source: machine('short'), failureDeadline: '3s' };
  await Promise.all([
    make(snapshots, 'snapshot.kubevirt.io/v1beta1', 'VirtualMachineSnapshot', 'short-then', spec),
    lab.request('DELETE', `${machines}/short`),
  ]);
  await gone(`${machines}/short`);
  await becomes(`${snapshots}/short-then`, (object) => ['Succeeded', 'Failed'].includes(String(object?.status?.['phase']))); // prettier-ignore
  await lab.request('DELETE', `${snapshots}/short-then`);
  await gone(`${snapshots}/short-then`);
  await gone(`${claims}/short-0`);
  // Nothing of it is left: neither disk nor process. Those of the child still run.
  const left = (): string[] => lab.claims().flatMap(({ name }) => (name === 'short-0' ? name : []));
  await expect.poll(() => [left(), lab.pids().length], { timeout: 10_000 }).toEqual([[], 1]);
});
