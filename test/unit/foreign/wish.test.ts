import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { describe as read } from '../../../main/backend/foreign/recognise.ts';
import { wishOf } from '../../../main/backend/foreign/wish.ts';
import type { Here, Wish } from '../../../main/backend/foreign/wish.ts';
import { buildMachine } from '../../../main/backend/machines/manifest.ts';
import { preferenceRow } from '../../../main/backend/machines/sizes.ts';
import type { ForeignMachine } from '../../../main/contract/foreign.ts';
import type { ImageRow } from '../../../main/contract/image.ts';
import { createMachineSchema } from '../../../main/contract/machine.ts';
import type { KubeObject } from '../../../main/embedded/kube/object.ts';
import { virtualMachineClusterPreferences, virtualMachines } from '../../../main/embedded/kube/resources.ts';
import { admissionLab, engineConfig } from '../../support/admission/admit.ts';
import type { AdmissionLab } from '../../support/admission/admit.ts';

const gibi = 2 ** 30;
const samples = [
  'workstation-ubuntu.vmx', 'esxi-server2019.vmx', 'workstation-windows11.vmx', 'gsx-unquoted.vmx', 'workstation-snapshot.vmx',
  'virt-install-debian.xml', 'virt-manager-windows11.xml', 'i440fx-tuned.xml', 'etc-libvirt-old.xml', 'boxes-fedora-arm.xml',
  '101.conf', '110-windows.conf', '200-old.conf', 'qm-config-cloud.txt', '400-passthrough.conf',
]; // prettier-ignore
const machine = (name: string): ForeignMachine => {
  const head = readFileSync(join(import.meta.dirname, 'samples', name));
  return read({ name, head, size: head.length });
};
const image = (name: string, change: Partial<ImageRow> = {}): ImageRow => ({
  uid: name, namespace: 'hearth-images', name, displayName: name, state: 'ready', kind: 'disk', source: name, checksumVerified: false,
  usedBy: [], cloudInit: false, createdAt: '2026-01-01T00:00:00Z', virtualSize: 30 * gibi, ...change,
}); // prettier-ignore
const nothing: Here = { images: [], networks: [], preferences: [], taken: new Set() };
const wish = (name: string, here: Partial<Here> = {}): Wish =>
  wishOf(machine(name), { ...nothing, ...here }, 'default');

describe('the manifest', () => {
  let lab: AdmissionLab;
  let preferences: Here['preferences'] = [];
  beforeAll(() => {
    lab = admissionLab({ ...engineConfig, firmware: { ovmfCode: '/c', ovmfVars: '/v', ovmfCodeSecure: '/s', ovmfVarsSecure: '/w' } }); // prettier-ignore
    preferences = lab.store.list(virtualMachineClusterPreferences).map((each) => preferenceRow(each as never));
  });
  afterAll(() => lab.close());

  test.each(samples)('of %s is a VirtualMachine that the schema and the rules of KubeVirt let through', (name) => {
    const { input } = wish(name, { preferences, images: [image('data', { source: 'daten.vmdk' })] });
    const parsed = createMachineSchema.parse(input);
    const objects = buildMachine(parsed, {});
    const vm = objects.find(({ kind }) => kind === 'VirtualMachine') as KubeObject;
    const { object } = lab.admit({ type: virtualMachines, object: vm });
    expect(object.metadata.name).toBe(input.name);
    expect(objects.map(({ kind }) => kind)).toEqual(['VirtualMachine']);
  });
});

test('a machine becomes what it was, as far as the form can say it', () => {
  const { input, machine: told } = wish('virt-manager-windows11.xml', {
    taken: new Set(['win11']),
    networks: ['default/office'],
    preferences: [
      {
        name: 'windows.11',
        displayName: '',
        osType: 'windows',
        firmware: 'uefi-secure',
        minCpus: 1,
        minMemory: 4 * gibi,
      },
    ],
  });
  expect(input).toMatchObject({
    name: 'win11-2',
    size: { type: 'free', sockets: 1, cores: 4, threads: 2, memory: 8 * gibi },
    firmware: 'uefi-secure',
    tpm: 'persistent',
    sound: 'ich9',
    preference: 'windows.11',
    start: false,
    network: {
      podNetwork: true,
      model: 'e1000e',
      mac: '52:54:00:0e:11:aa',
      others: [{ network: 'default/office', model: 'virtio', mac: '52:54:00:0e:11:ab' }],
    },
  });
  expect(told.left.map(({ what }) => what)).toContain('The disc in sdb (virtio-win-0.1.262.iso)');
});

test('a card on a network that is not here is named, not made up', () => {
  const { input, machine: told } = wish('200-old.conf');
  expect(input.network).toMatchObject({ podNetwork: true, others: [] });
  expect(told.left.map(({ what }) => what)).toEqual(
    expect.arrayContaining(['Network card net1 on vmbr1', 'Network card net2 on vmbr2']),
  );
});

test('a preference that asks for more than the machine has is left out', () => {
  const big = [{ name: 'ubuntu', displayName: '', osType: 'linux', firmware: 'bios' as const, minMemory: 64 * gibi }];
  expect(wish('workstation-ubuntu.vmx', { preferences: big }).input.preference).toBeUndefined();
  const sockets = [
    { name: 'windows.11', displayName: '', osType: 'windows', firmware: 'uefi-secure' as const, minCpus: 2 },
  ];
  const one = wish('virt-manager-windows11.xml', { preferences: sockets });
  expect(one.input.preference).toBeUndefined();
  expect(one.machine.left.map(({ what }) => what)).toContain("KubeVirt's settings for Windows 11");
  const linux = [...big, { name: 'linux', displayName: '', osType: 'linux', firmware: 'bios' as const }];
  expect(wish('workstation-ubuntu.vmx', { preferences: linux }).input.preference).toBe('linux');
});

describe('disks are found in the library by their file', () => {
  test.each([
    ['the file it came from', image('a', { source: '/home/ada/Ubuntu 64-bit.vmdk' })],
    ['its shown name', image('a', { displayName: 'Ubuntu 64-bit.vmdk' })],
    ['the same file in another format', image('a', { source: 'https://x.test/Ubuntu 64-bit.qcow2.xz' })],
    ['the part with the sectors', image('a', { source: 'Ubuntu 64-bit-flat.vmdk' })],
    ['its name here', image('ubuntu-64-bit')],
  ])('by %s', (_by, row) => {
    const { input, disks } = wish('workstation-ubuntu.vmx', { images: [image('other'), row] });
    const ref = { namespace: 'hearth-images', name: row.name };
    expect(input.source).toEqual({ type: 'image', image: ref });
    expect(input.rootDisk).toEqual({ bus: 'sata' });
    expect(disks).toEqual([{ slot: 'scsi0:0', file: 'Ubuntu 64-bit.vmdk', image: ref }]);
  });

  test.each([
    ['is not ready', image('a', { source: 'Ubuntu 64-bit.vmdk', state: 'failed' })],
    ['is an installer', image('a', { source: 'Ubuntu 64-bit.vmdk', kind: 'iso' })],
    ['is another one', image('a', { source: 'Ubuntu 64-bit (1).vmdk' })],
  ])('but not one that %s', (_what, row) => {
    const { input, disks } = wish('workstation-ubuntu.vmx', { images: [row] });
    expect(input.source).toEqual({ type: 'blank' });
    expect(disks[0]).toEqual({ slot: 'scsi0:0', file: 'Ubuntu 64-bit.vmdk' });
  });

  test('the same name first, then the newest', () => {
    const rows = [
      image('old', { source: 'Ubuntu 64-bit.qcow2', createdAt: '2026-01-01T00:00:00Z' }),
      image('new', { source: 'Ubuntu 64-bit.qcow2', createdAt: '2026-02-01T00:00:00Z' }),
    ];
    expect(wish('workstation-ubuntu.vmx', { images: rows }).disks[0]?.image?.name).toBe('new');
    const exact = image('exact', { source: 'Ubuntu 64-bit.vmdk', createdAt: '2025-01-01T00:00:00Z' });
    expect(wish('workstation-ubuntu.vmx', { images: [...rows, exact] }).disks[0]?.image?.name).toBe('exact');
  });

  test('the one it starts from is the root disk, further ones are clones or empty, with their sizes', () => {
    const { input } = wish('workstation-snapshot.vmx', { images: [image('daten', { source: 'daten.vmdk' })] });
    expect(input.source).toMatchObject({ type: 'image', image: { name: 'daten' } });
    expect(input.extraDisks).toEqual([{ name: 'disk2', size: 20 * gibi, bus: 'sata' }]);
    const second = wish('200-old.conf', { images: [image('vm-200-disk-2', { virtualSize: gibi })] }).input;
    expect(second.source).toEqual({ type: 'blank' });
    expect(second.rootDisk).toEqual({ bus: 'virtio', size: 1536 * gibi });
    expect(second.extraDisks).toEqual([{ name: 'disk2', size: gibi, bus: 'virtio', image: { namespace: 'hearth-images', name: 'vm-200-disk-2' } }]); // prettier-ignore
    const vm = buildMachine(createMachineSchema.parse(second), { extras: [{ virtualSize: 2 * gibi }] }).find(({ kind }) => kind === 'VirtualMachine'); // prettier-ignore
    expect(vm?.spec?.['dataVolumeTemplates']).toMatchObject([
      { spec: { source: { blank: {} } } },
      {
        spec: { source: { pvc: { name: 'vm-200-disk-2' } }, storage: { resources: { requests: { storage: '2Gi' } } } },
      },
    ]);
  });
});

test('more sockets than the form takes become cores', () => {
  const many = { ...machine('101.conf'), cpus: { sockets: 32, cores: 1, threads: 1 } };
  const { input, machine: told } = wishOf(many, nothing, 'default');
  expect(input.size).toMatchObject({ sockets: 1, cores: 32, threads: 1 });
  expect(told.left.map(({ what }) => what)).toContain('Sockets, cores and threads');
});

test('a name becomes one that Kubernetes takes', () => {
  const named = (name: string) => wishOf({ ...machine('101.conf'), name }, nothing, 'default').input.name;
  expect(named('Büro "Alt"')).toBe('buro-alt');
  expect(named('日本')).toBe('machine');
  expect(named('oracle-db.prod')).toBe('oracle-db-prod');
  expect(named('a'.repeat(200))).toBe('a'.repeat(63));
});
