import { setTimeout as wait } from 'node:timers/promises';
import pino from 'pino';
import { afterEach, expect, test } from 'vitest';
import { settleEjected } from '../../../main/backend/hardware/installer/back.ts';
import { startEjecting } from '../../../main/backend/hardware/installer/keep.ts';
import { ejectedOf, installerAnnotation, markOf } from '../../../main/backend/hardware/installer/mark.ts';
import { KubeError } from '../../../main/backend/target/kube-error.ts';
import { kinds, subresourcePath } from '../../../main/backend/target/kinds.ts';
import { pickList } from '../../../main/backend/target/pick.ts';
import { openTarget } from '../../../main/backend/target/target.ts';
import type { OpenTarget } from '../../../main/backend/target/target.ts';
import { createTasks } from '../../../main/backend/tasks/tasks.ts';
import type { KubeObject } from '../../../main/contract/kube.ts';
import { temporaryDataDir } from '../../support/hearth.ts';
import { readFixture } from '../../support/scripted-cluster/fixture.ts';
import { scriptedCluster } from '../../support/scripted-cluster/scripted-cluster.ts';
import type { ScriptedCluster } from '../../support/scripted-cluster/scripted-cluster.ts';

// A cluster tells no restarts inside of a machine: there the disc goes after the machine was switched off and on, by virt-handler's figures.
const log = pino({ level: 'silent' });
const data = temporaryDataDir();
let ending: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of ending.toReversed()) await end();
  ending = [];
  data.remove();
});

const ref = { namespace: 'default', name: 'm' };
const volume = (name: string) => ({ name, dataVolume: { name: `m-${name}`, ...(name === 'install' && { hotpluggable: true }) } }); // prettier-ignore
const template = (name: string) => ({ metadata: { name: `m-${name}` }, spec: { source: { blank: {} }, storage: { resources: { requests: { storage: '1Gi' } } } } }); // prettier-ignore
const machine: KubeObject = {
  apiVersion: 'kubevirt.io/v1',
  kind: 'VirtualMachine',
  metadata: { ...ref, annotations: { [installerAnnotation]: JSON.stringify({ drive: 'install', claim: 'm-install', disk: 'root' }) } },
  spec: {
    runStrategy: 'Always',
    dataVolumeTemplates: [template('root'), template('install')],
    template: { spec: { domain: { memory: { guest: '64Mi' }, devices: { disks: [{ name: 'root', bootOrder: 1, disk: { bus: 'virtio' } }, { name: 'install', bootOrder: 2, cdrom: { bus: 'sata' } }] } }, volumes: [volume('root'), volume('install')] } },
  },
}; // prettier-ignore
const figures = (root: { read: number; written: number }, install: number): string =>
  [['read', 'root', root.read], ['write', 'root', root.written], ['read', 'install', install], ['write', 'install', 0]]
    .map(([way, drive, value]) => `kubevirt_vmi_storage_${way}_traffic_bytes_total{drive="${drive}",name="m",namespace="default",node="a"} ${value}`)
    .join('\n'); // prettier-ignore
const names = (vm: KubeObject, ...path: string[]): unknown[] => pickList(vm, 'spec', 'template', 'spec', ...path).map(({ name }) => name); // prettier-ignore

interface Opened {
  cluster: ScriptedCluster;
  target: OpenTarget;
  now: () => Promise<KubeObject>;
  node: string;
  /** What is asked of the target for the discs' sake: each may be counted, or refused. */
  asked: { figures: number; writes: number; refuse: boolean };
}
async function open(discDrives: boolean): Promise<Opened> {
  const cluster = await scriptedCluster();
  const target = await openTarget({ id: 'it', name: 'It', kubeconfig: cluster.kubeconfig, log });
  const tasks = await createTasks({ file: `${data.path}/tasks.json`, log });
  await expect.poll(() => target.state.value.state, { timeout: 10_000 }).toBe('ready');
  const { capabilities } = target.state.value;
  target.state.set({ ...target.state.value, capabilities: capabilities.map((each) => (each.id === 'discDrives' ? { ...each, supported: discDrives } : each)) });
  const asked = { figures: 0, writes: 0, refuse: false };
  const client: OpenTarget['client'] = {
    ...target.client,
    bytes(...call) {
      asked.figures += 1;
      return target.client.bytes(...call);
    },
    async replace(kind, was, object, ...more) {
      if (asked.refuse && ejectedOf(object)) {
        asked.writes += 1;
        throw new KubeError(403, 'Forbidden', { code: 'forbidden', title: 'Not now', detail: 'Later.', fix: 'Wait.' });
      }
      return target.client.replace(kind, was, object, ...more);
    },
  };
  const stop = startEjecting({ ...target, client }, tasks, log, 50);
  ending.push(() => cluster.close(), () => target.close(), () => tasks.close(), stop);
  const node = readFixture(cluster.fixture.name).objects.find(({ kind }) => kind === 'Node')?.metadata.name ?? '';
  return { cluster, target, node, asked, now: () => target.client.get(kinds.virtualMachines, 'default', 'm') };
} // prettier-ignore
async function installed(discDrives: boolean, refuse = false) {
  const opened = await open(discDrives);
  opened.asked.refuse = refuse;
  const { cluster, target, now, node } = opened;
  const running = async (): Promise<string> => {
    await expect.poll(async () => (await target.client.get(kinds.virtualMachineInstances, 'default', 'm').catch(() => undefined))?.status?.['phase'], { timeout: 15_000 }).toBe('Running'); // prettier-ignore
    return (await target.client.get(kinds.virtualMachineInstances, 'default', 'm')).metadata.uid ?? '';
  };
  await target.client.create(kinds.virtualMachines, machine);
  const first = await running();
  cluster.metrics(node, figures({ read: 10 ** 8, written: 7 * 10 ** 8 }, 6 * 10 ** 8));
  await expect.poll(async () => markOf(await now())?.wroteIn, { timeout: 10_000 }).toBe(first);
  // However much it reads of its disk meanwhile: it may be the installer, or a live system.
  cluster.metrics(node, figures({ read: 9 * 10 ** 8, written: 7 * 10 ** 8 }, 6 * 10 ** 8));
  await wait(500);
  expect(names(await now(), 'volumes')).toEqual(['root', 'install']);
  cluster.metrics(node, '');
  await target.client.json('PUT', subresourcePath(kinds.virtualMachines, ref, 'restart'), { body: {} });
  await expect.poll(running, { timeout: 15_000 }).not.toBe(first);
  cluster.metrics(node, figures({ read: 4 * 10 ** 7, written: 10 }, 65_536));
  if (!refuse) await expect.poll(async () => ejectedOf(await now())?.drive, { timeout: 10_000 }).toBe('install');
  return opened;
}

test('the drive stands empty afterwards; put in again, the disc stays', async () => {
  const { cluster, target, now, node } = await installed(true);
  const vm = await now();
  expect([names(vm, 'volumes'), names(vm, 'domain', 'devices', 'disks')]).toEqual([['root'], ['root', 'install']]);
  expect(ejectedOf(vm)?.why).toBe('the disk root was written, the machine was started again after that, and since then it runs from its disk: it read 38.1 MiB of the disk and 64 KiB of the disc'); // prettier-ignore
  expect(markOf(vm)).toBeUndefined();
  await settleEjected(target, ref, true);
  cluster.metrics(node, figures({ read: 5 * 10 ** 7, written: 10 }, 65_536));
  await wait(500);
  expect([names(await now(), 'volumes'), ejectedOf(await now())]).toEqual([['root', 'install'], undefined]);
  expect(cluster.misfits()).toEqual([]);
}, 60_000);

test('where drives cannot stand empty the drive goes with its disc, and comes back with it', async () => {
  const { target, now } = await installed(false);
  const vm = await now();
  expect([names(vm, 'volumes'), names(vm, 'domain', 'devices', 'disks')]).toEqual([['root'], ['root']]);
  await settleEjected(target, ref, true);
  const back = await now();
  expect([names(back, 'volumes'), names(back, 'domain', 'devices', 'disks')]).toEqual([['root', 'install'], ['root', 'install']]); // prettier-ignore
  expect(ejectedOf(back)).toBeUndefined();
}, 60_000);

test('no figures are asked for while no machine with an installer’s disc runs; a disc that went is forgotten all the same', async () => {
  const { target, now, asked } = await open(true);
  const halted = { ...machine, spec: { ...machine.spec, runStrategy: 'Halted' } };
  await target.client.create(kinds.virtualMachines, halted);
  await wait(500);
  expect([asked.figures, markOf(await now())?.drive]).toEqual([0, 'install']);
  await target.client.patch(kinds.virtualMachines, ref, { spec: { runStrategy: 'Always' } });
  await expect.poll(() => asked.figures, { timeout: 15_000 }).toBeGreaterThan(0);
  await target.client.patch(kinds.virtualMachines, ref, { spec: { runStrategy: 'Halted' } });
  await expect.poll(() => target.client.get(kinds.virtualMachineInstances, 'default', 'm').then(() => 'there', () => 'gone'), { timeout: 15_000 }).toBe('gone');
  await wait(300);
  const before = asked.figures;
  await wait(500);
  expect(asked.figures).toBe(before);
  const other = JSON.stringify({ ...markOf(await now()), claim: 'm-other' });
  await target.client.patch(kinds.virtualMachines, ref, { metadata: { annotations: { [installerAnnotation]: other } } });
  await expect.poll(async () => markOf(await now()), { timeout: 10_000 }).toBeUndefined();
}, 60_000); // prettier-ignore

test('what is refused is tried again after a pause that grows, whatever else changes at the machine', async () => {
  const { target, now, asked } = await installed(true, true);
  await expect.poll(() => asked.writes, { timeout: 10_000 }).toBe(1);
  // Looks are 50 ms apart, and it takes two of them: after 300 ms, 600 ms, 1200 ms it is tried again.
  for (let n = 0; n < 20; n += 1) {
    await target.client.patch(kinds.virtualMachines, ref, { metadata: { annotations: { n: String(n) } } });
    await wait(100);
  }
  expect(asked.writes).toBeGreaterThan(1);
  expect(asked.writes).toBeLessThanOrEqual(4);
  asked.refuse = false;
  await expect.poll(async () => ejectedOf(await now())?.drive, { timeout: 15_000 }).toBe('install');
}, 60_000);
