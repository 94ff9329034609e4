import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { KubeObject } from '../../../main/contract/kube.ts';
import { Qmp } from '../../../main/embedded/machine/qemu/qmp.ts';
import { SnapshotLab } from '../../support/snapshot-lab.ts';

let lab: SnapshotLab;
beforeAll(async () => {
  lab = await SnapshotLab.start();
});
afterAll(() => lab.end());

const vms = '/apis/kubevirt.io/v1/namespaces/default/virtualmachines';
const claims = '/api/v1/namespaces/default/persistentvolumeclaims';
type Patch = { op: string; path: string; value?: unknown }[];
const patch = (name: string, changes: Patch): Promise<KubeObject> =>
  lab.request('PATCH', `${vms}/${name}`, changes, 'application/json-patch+json');
const template = '/spec/template/spec';

interface Record_ {
  uid: string;
  argv: string[];
}
const recordOf = async (name: string): Promise<Record_> => {
  const { uid } = (await lab.get('virtualmachineinstances', name)).metadata;
  return JSON.parse(
    readFileSync(join(lab.engine.dataDir, 'engine/machines', String(uid), 'machine.json'), 'utf8'),
  ) as Record_;
};
async function ask<T>(name: string, command: string, parameters?: Record<string, unknown>): Promise<T> {
  const { argv } = await recordOf(name);
  const qmp = await Qmp.connect(/path=([^,]+\.qm2)/.exec(argv.join(' '))?.[1] ?? '');
  try {
    return await qmp.execute<T>(command, parameters);
  } finally {
    qmp.close();
  }
}
interface Pci {
  qdev_id: string;
  slot: number;
  pci_bridge?: { devices?: Pci[] };
}
/** All that a guest could tell apart: devices with their slots, CPUs, memory asked for. */
async function seen(name: string): Promise<unknown> {
  const flat = (devices: Pci[], above = ''): string[] =>
    devices.flatMap(({ qdev_id: id, slot, pci_bridge: bridge }) => [
      `${above}/${slot} ${id}`,
      ...flat(bridge?.devices ?? [], `${above}/${slot}`),
    ]);
  const buses = await ask<{ devices: Pci[] }[]>(name, 'query-pci');
  const cpus = await ask<{ props: object }[]>(name, 'query-cpus-fast');
  const blocks = await ask<{ qdev?: string; inserted?: object }[]>(name, 'query-block');
  return {
    pci: buses.flatMap(({ devices }) => flat(devices)).sort(),
    cpus: cpus.map(({ props }) => JSON.stringify(props)).sort(),
    drives: blocks.map(({ qdev, inserted }) => `${qdev} ${inserted ? 'full' : 'empty'}`).sort(),
    memory: await ask<number>(name, 'qom-get', { path: '/machine/peripheral/hotmem0', property: 'requested-size' }),
  };
}
const volumeReady = (vm: string, volume: string): Promise<KubeObject> =>
  lab.until('virtualmachineinstances', vm, ({ status }) =>
    ((status?.['volumeStatus'] ?? []) as { name: string; phase?: string }[]).some(
      ({ name, phase }) => name === volume && phase === 'Ready',
    ),
  );
const reasons = async (): Promise<unknown[]> =>
  ((await lab.request('GET', '/api/v1/namespaces/default/events')).items ?? []).map(
    (event) => `${String(event['reason'])}: ${String(event['message'])}`,
  );

describe.each(['q35', 'pc'])('the memory of a %s machine that was changed while it ran', (machine) => {
  const name = `grown-${machine}`;
  const volumes: Patch = ['one', 'two', 'three'].flatMap((disk) => [
    { op: 'add', path: `${template}/volumes/-`, value: { name: disk, persistentVolumeClaim: { claimName: `${name}-${disk}`, hotpluggable: true } } },
    { op: 'add', path: `${template}/domain/devices/disks/-`, value: { name: disk, serial: disk, disk: { bus: disk === 'three' ? 'scsi' : 'virtio' } } },
  ]); // prettier-ignore
  beforeAll(async () => {
    for (const disk of ['one', 'two', 'three', 'disc'])
      await lab.request('POST', claims, { apiVersion: 'v1', kind: 'PersistentVolumeClaim', metadata: { name: `${name}-${disk}` }, spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '16Mi' } } } }); // prettier-ignore
    await lab.vm(name, 'Halted');
    await lab.printable(name, 'Stopped');
    await patch(name, [
      { op: 'add', path: `${template}/domain/machine`, value: { type: machine } },
      { op: 'add', path: `${template}/domain/cpu`, value: { sockets: 1, maxSockets: 4 } },
      { op: 'add', path: `${template}/domain/memory`, value: { guest: '64Mi', maxGuest: '256Mi' } },
      { op: 'add', path: `${template}/domain/devices/disks/-`, value: { name: 'disc', cdrom: { bus: 'sata' } } },
    ]);
    await lab.act(name, 'start');
    await lab.printable(name, 'Running');
  });

  test('is taken and restored with the same devices in the same slots', async () => {
    await patch(name, [
      { op: 'replace', path: `${template}/domain/cpu/sockets`, value: 3 },
      { op: 'replace', path: `${template}/domain/memory/guest`, value: '128Mi' },
      ...volumes,
      { op: 'add', path: `${template}/volumes/-`, value: { name: 'disc', persistentVolumeClaim: { claimName: `${name}-disc`, hotpluggable: true } } },
    ]); // prettier-ignore
    for (const volume of ['one', 'two', 'three', 'disc']) await volumeReady(name, volume);
    await lab.until('virtualmachineinstances', name, ({ status }) => (status?.['currentCPUTopology'] as { sockets?: number })?.sockets === 3); // prettier-ignore
    const before = await seen(name);
    await lab.snapshot(`${name}-memory`, name, true);
    const snapshot = await lab.succeeded(`${name}-memory`);
    expect(snapshot.metadata.annotations?.['hearth.dev/memory-missing']).toBeUndefined();
    expect(snapshot.status?.['indications']).toEqual(['Memory', 'Online']);
    await lab.restore(`${name}-back`, `${name}-memory`, name, { spec: { targetReadinessPolicy: 'StopTarget' }, annotations: { 'hearth.dev/memory': 'true' } }); // prettier-ignore
    await lab.complete(`${name}-back`);
    await lab.act(name, 'start');
    await lab.printable(name, 'Running');
    const said = await reasons();
    expect(said.filter((each) => String(each).startsWith('MemoryNotRestored'))).toEqual([]);
    expect(said.some((each) => String(each).startsWith('MemoryRestored'))).toBe(true);
    expect(await seen(name)).toEqual(before);
  });

  test('again of the machine that was restored so, and after the next engine', async () => {
    const before = await seen(name);
    await lab.crash();
    await lab.snapshot(`${name}-next`, name, true);
    const snapshot = await lab.succeeded(`${name}-next`);
    expect(snapshot.status?.['indications']).toEqual(['Memory', 'Online']);
    await lab.restore(`${name}-again`, `${name}-next`, name, { spec: { targetReadinessPolicy: 'StopTarget' }, annotations: { 'hearth.dev/memory': 'true' } }); // prettier-ignore
    await lab.complete(`${name}-again`);
    await lab.act(name, 'start');
    await lab.printable(name, 'Running');
    expect((await reasons()).filter((each) => String(each).startsWith('MemoryNotRestored'))).toEqual([]);
    expect(await seen(name)).toEqual(before);
  });
});

test('UEFI variables and the TPM go back with the disks, and a new machine gets a copy', async () => {
  await lab.vm('firm', 'Halted');
  await lab.printable('firm', 'Stopped');
  await patch('firm', [
    { op: 'add', path: `${template}/domain/firmware`, value: { bootloader: { efi: { secureBoot: false } } } },
    { op: 'add', path: `${template}/domain/devices/tpm`, value: { persistent: true } },
  ]);
  await lab.act('firm', 'start');
  await lab.printable('firm', 'Running');
  const folder = (uid: unknown): string => join(lab.engine.dataDir, 'engine/machines', String(uid));
  const { uid } = (await lab.get('virtualmachines', 'firm')).metadata;
  const vars = (of: unknown = uid): string => join(folder(of), 'vars.qcow2');
  const secret = (of: unknown = uid): string => join(folder(of), 'tpm', 'secret');
  const holds = (path: string, byte: number): boolean => {
    try {
      return !execFileSync('qemu-io', ['-r', '-U', '-f', 'qcow2', '-c', `read -P ${byte} 64k 4k`, path], { encoding: 'utf8' }).includes('failed'); // prettier-ignore
    } catch {
      return false;
    }
  };
  const write = (byte: number): void => {
    execFileSync('qemu-io', ['-f', 'qcow2', '-c', `write -P ${byte} 64k 4k`, vars()]);
    writeFileSync(secret(), String(byte));
  };
  await lab.snapshot('live-firm', 'firm');
  await lab.succeeded('live-firm');
  await lab.act('firm', 'stop');
  await lab.printable('firm', 'Stopped');
  write(1);
  await lab.snapshot('sealed', 'firm');
  await lab.succeeded('sealed');
  write(2);
  await lab.restore('unsealed', 'sealed', 'firm');
  await lab.complete('unsealed');
  expect(holds(vars(), 1)).toBe(true);
  expect(readFileSync(secret(), 'utf8')).toBe('1');
  await lab.restore('twin', 'sealed', 'firm-twin');
  await lab.complete('twin');
  const twin = (await lab.get('virtualmachines', 'firm-twin')).metadata.uid;
  expect(holds(vars(twin), 1)).toBe(true);
  expect(readFileSync(secret(twin), 'utf8')).toBe('1');
  await lab.restore('to-live', 'live-firm', 'firm');
  await lab.complete('to-live');
  execFileSync('qemu-img', ['check', vars()]);
  expect(holds(vars(), 1)).toBe(false);
  expect(existsSync(secret())).toBe(false);
  expect(readdirSync(join(folder(uid), 'tpm'))).toContain('tpm2-00.permall');
  await lab.act('firm', 'start');
  await lab.printable('firm', 'Running');
  const keeps = readdirSync(join(lab.engine.dataDir, 'engine/firmware')).length;
  await lab.request('DELETE', '/apis/snapshot.kubevirt.io/v1beta1/namespaces/default/virtualmachinesnapshots/sealed');
  await expect.poll(() => readdirSync(join(lab.engine.dataDir, 'engine/firmware')).length).toBe(keeps - 1);
});

test('layers in the middle are merged under a machine that never stops, also when the engine is killed meanwhile', async () => {
  await lab.vm('always', 'Always');
  await lab.printable('always', 'Running');
  /** As the guest would write: through its disk. */
  const guest = async (command: string): Promise<void> => {
    const said = await ask<string>('always', 'human-monitor-command', {
      'command-line': `qemu-io -d /machine/peripheral/disk0/virtio-backend "${command}"`,
    });
    // It tells of success in its log only.
    expect(said).toBe('');
  };
  const remove = (name: string) => lab.request('DELETE', `/apis/snapshot.kubevirt.io/v1beta1/namespaces/default/virtualmachinesnapshots/${name}`); // prettier-ignore
  const { uid } = await recordOf('always');
  const before = lab.layers().length;
  const others = lab.held('always-0') - 1;
  const open = (): number => lab.held('always-0') - others;
  for (const [index, name] of ['m0', 'm1', 'm2', 'm3', 'm4'].entries()) {
    await guest(`write -P ${index + 1} ${index * 4}M 4M`);
    await lab.snapshot(name, 'always');
    await lab.succeeded(name);
  }
  expect(lab.layers().length).toBe(before + 5);
  expect(open()).toBe(6);
  await remove('m1');
  await expect.poll(() => [lab.layers().length, open()], { timeout: 20_000 }).toEqual([before + 4, 5]);
  await remove('m3');
  await lab.crash();
  await expect.poll(() => [lab.layers().length, open()], { timeout: 20_000 }).toEqual([before + 3, 4]);
  await remove('m0');
  await remove('m4');
  await expect.poll(() => [lab.layers().length, open()], { timeout: 20_000 }).toEqual([before + 1, 2]);
  // What was merged is in the file, not only in QEMU's memory: a power cut does not lose it.
  for (const [index, at] of ['1M', '5M', '9M', '13M', '17M'].entries())
    expect(await lab.holds('always-0', index + 1, at)).toBe(true);
  await guest('write -P 9 32M 4M');
  expect((await recordOf('always')).uid).toBe(uid);
  await lab.act('always', 'stop');
  await lab.until('virtualmachines', 'always', ({ status }) => status?.['printableStatus'] !== 'Running');
  for (const [index, at] of ['1M', '5M', '9M', '13M', '17M'].entries())
    expect(await lab.holds('always-0', index + 1, at)).toBe(true);
  expect(await lab.holds('always-0', 9, '33M')).toBe(true);
  await lab.restore('to-m2', 'm2', 'always');
  await lab.complete('to-m2');
}, 60_000);
