import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import type { KubeObject } from '../../../main/contract/kube.ts';
import { createMachineSchema } from '../../../main/contract/machine.ts';
import type { CreateMachineInput } from '../../../main/contract/machine.ts';
import { forwardsOf, forwardService, selects } from '../../../main/backend/machines/forward.ts';
import { buildMachine } from '../../../main/backend/machines/manifest.ts';
import { pick, pickList, pickText } from '../../../main/backend/target/pick.ts';

const gibi = 2 ** 30;
const image = { namespace: 'hearth-images', name: 'debian-13' };
const build = (input: Partial<CreateMachineInput>, facts = {}): KubeObject[] =>
  buildMachine(
    createMachineSchema.parse({
      name: 'web',
      source: { type: 'image', image },
      size: { type: 'instancetype', name: 'u1.small' },
      ...input,
    }),
    facts,
  );
const machine = (objects: KubeObject[]): KubeObject => objects.find((object) => object.kind === 'VirtualMachine')!;
const template = (objects: KubeObject[]): unknown => pick(machine(objects), 'spec', 'template', 'spec');
const dataVolumes = (objects: KubeObject[]): unknown[] => pickList(machine(objects), 'spec', 'dataVolumeTemplates');

describe('form to objects', () => {
  test('an instance type and a preference take the place of cpu and memory', () => {
    const objects = build({}, { virtualSize: 3 * gibi, preference: 'debian' });
    expect(machine(objects).spec).toMatchObject({
      runStrategy: 'RerunOnFailure',
      instancetype: { kind: 'VirtualMachineClusterInstancetype', name: 'u1.small' },
      preference: { kind: 'VirtualMachineClusterPreference', name: 'debian' },
    });
    expect(pick(template(objects), 'domain', 'cpu')).toBeUndefined();
    expect(pick(template(objects), 'domain', 'memory')).toBeUndefined();
  });

  test('free sizes are written as KubeVirt wants them', () => {
    const objects = build({ size: { type: 'free', sockets: 1, cores: 2, threads: 1, memory: 1536 * 2 ** 20 } });
    expect(pick(template(objects), 'domain')).toMatchObject({
      cpu: { sockets: 1, cores: 2, threads: 1 },
      memory: { guest: '1536Mi' },
    });
  });

  test('the root disk is a clone that is never smaller than its image, and no storage class is named', () => {
    const [root] = dataVolumes(build({ rootDisk: { size: gibi } }, { virtualSize: 3 * gibi }));
    expect(root).toEqual({
      metadata: { name: 'web-root' },
      spec: {
        source: { pvc: image },
        storage: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '3Gi' } } },
      },
    });
    const [odd] = dataVolumes(build({}, { virtualSize: 3 * gibi + 1 }));
    expect(pick(odd, 'spec', 'storage', 'resources', 'requests', 'storage')).toBe('3073Mi');
  });

  test('an installer boots after the blank disk, from a clone of its ISO on SATA', () => {
    const objects = build({ source: { type: 'iso', image } }, { virtualSize: gibi });
    expect(pickList(template(objects), 'domain', 'devices', 'disks')).toEqual([
      { name: 'root', bootOrder: 1, disk: { bus: 'virtio' } },
      { name: 'install', bootOrder: 2, cdrom: { bus: 'sata' } },
    ]);
    expect(dataVolumes(objects).map((each) => pick(each, 'spec', 'source'))).toEqual([{ blank: {} }, { pvc: image }]);
  });

  test('every disk has its volume and every volume its disk', () => {
    const objects = build({
      extraDisks: [{ name: 'data', size: gibi, bus: 'scsi' }],
      cloudInit: { type: 'form', user: 'me' },
    });
    const names = (list: unknown[]): unknown[] => list.map((each) => pick(each, 'name'));
    const volumes = pickList(template(objects), 'volumes');
    expect(names(pickList(template(objects), 'domain', 'devices', 'disks'))).toEqual(names(volumes));
    const claims = volumes.flatMap((each) => pickText(each, 'dataVolume', 'name') ?? []);
    expect(dataVolumes(objects).map((each) => pick(each, 'metadata', 'name'))).toEqual(claims);
  });

  test('short cloud-init without a password is inline, all else is in a Secret', () => {
    const inline = build({ cloudInit: { type: 'form', user: 'me', sshKeys: ['ssh-ed25519 AAAA me'] } });
    expect(inline.map((object) => object.kind)).toEqual(['VirtualMachine']);
    const volume = pickList(template(inline), 'volumes').find((each) => each['name'] === 'cloudinit');
    const text = pickText(volume, 'cloudInitNoCloud', 'userData') ?? '';
    expect(text.startsWith('#cloud-config\n')).toBe(true);
    expect(parse(text)).toEqual({ user: 'me', ssh_authorized_keys: ['ssh-ed25519 AAAA me'] });

    const secret = build({ cloudInit: { type: 'form', user: 'me', password: 'geheim' } });
    expect(secret.map((object) => object.kind)).toEqual(['Secret', 'VirtualMachine']);
    expect(JSON.stringify(machine(secret))).not.toContain('geheim');
    const long = build({
      cloudInit: { type: 'yaml', userData: `#cloud-config\n# ${'x'.repeat(2048)}`, networkData: 'version: 2' },
    });
    expect(pickList(template(long), 'volumes').at(-1)).toEqual({
      name: 'cloudinit',
      cloudInitNoCloud: { secretRef: { name: 'web-cloud-init' }, networkDataSecretRef: { name: 'web-cloud-init' } },
    });
    expect(Object.keys(long[0]?.['data'] as object)).toEqual(['userdata', 'networkdata']);
  });

  test.each([
    ['RerunOnFailure', true, 'RerunOnFailure'],
    ['RerunOnFailure', false, 'Manual'],
    ['Always', false, 'Halted'],
    ['Once', false, 'Halted'],
    ['Manual', false, 'Manual'],
  ] as const)('%s with start=%s becomes %s', (runStrategy, start, expected) => {
    expect(machine(build({ runStrategy, start })).spec?.['runStrategy']).toBe(expected);
  });

  test('firmware choices, secure boot with SMM', () => {
    const domain = (firmware: CreateMachineInput['firmware']): unknown => pick(template(build({ firmware })), 'domain');
    expect(pick(domain('preferred'), 'firmware')).toBeUndefined();
    expect(pick(domain('bios'), 'firmware')).toEqual({ bootloader: { bios: {} } });
    expect(domain('uefi-secure')).toMatchObject({
      firmware: { bootloader: { efi: { secureBoot: true } } },
      features: { smm: { enabled: true } },
    });
  });

  test('no network means none: KubeVirt would add one by itself', () => {
    const objects = build({ network: { podNetwork: false, forwards: [{ guestPort: 80 }] } });
    expect(pick(template(objects), 'networks')).toBeUndefined();
    expect(pick(template(objects), 'domain', 'devices', 'autoattachPodInterface')).toBe(false);
    expect(objects).toHaveLength(1);
  });
});

describe("cards on networks of one's own", () => {
  const others = [
    { network: 'default/storage', mac: '02:AA:00:00:00:01' },
    { network: 'lab/storage', model: 'e1000e' as const },
  ];
  test('stand after the pod network, by the names of their networks', () => {
    const spec = template(build({ network: { others } }));
    expect(pick(spec, 'networks')).toEqual([
      { name: 'default', pod: {} },
      { name: 'storage', multus: { networkName: 'storage' } },
      { name: 'storage-2', multus: { networkName: 'lab/storage' } },
    ]);
    expect(pick(spec, 'domain', 'devices', 'interfaces')).toEqual([
      { name: 'default', masquerade: {}, model: 'virtio' },
      { name: 'storage', bridge: {}, model: 'virtio', macAddress: '02:aa:00:00:00:01' },
      { name: 'storage-2', bridge: {}, model: 'e1000e' },
    ]);
  });
  test('are all there is without the pod network; a Windows without drivers gets a card that it knows', () => {
    const spec = template(build({ network: { podNetwork: false, others, forwards: [{ guestPort: 80 }] }, windows: { devices: 'compatible', drivers: { type: 'none' } } })); // prettier-ignore
    expect(pickList(spec, 'networks')).toHaveLength(2);
    expect(pickList(spec, 'domain', 'devices', 'interfaces').map(({ model }) => model)).toEqual(['e1000e', 'e1000e']);
    expect(pick(spec, 'domain', 'devices', 'autoattachPodInterface')).toBeUndefined();
  });
});

describe('forwarded ports', () => {
  const ref = { namespace: 'default', name: 'web' };
  test('a wished host port is a LoadBalancer, any other a NodePort; both select the machine', () => {
    const wished = forwardService(ref, { guestPort: 22, hostPort: 20022, protocol: 'TCP' });
    expect(wished.spec).toMatchObject({ type: 'LoadBalancer', ports: [{ port: 20022, targetPort: 22 }] });
    const any = forwardService(ref, { guestPort: 53, protocol: 'UDP' });
    expect(any.spec).toMatchObject({ type: 'NodePort', ports: [{ port: 53, protocol: 'UDP' }] });
    const labels = pick(machine(build({})), 'spec', 'template', 'metadata', 'labels') as Record<string, unknown>;
    expect(selects(any, labels)).toBe(true);
    expect(selects(any, { ...labels, 'hearth.dev/machine': 'other' })).toBe(false);
    expect(selects({ ...any, spec: {} }, labels)).toBe(false);
  });

  test('names stay valid for Services', () => {
    for (const name of ['a'.repeat(63), `${'b'.repeat(54)}-xy`, '9lives'])
      expect(forwardService({ ...ref, name }, { guestPort: 65_535, protocol: 'TCP' }).metadata.name).toMatch(
        /^[a-z](?!.*--)[-a-z0-9]{0,61}[a-z0-9]$/,
      );
  });

  test('what the target answers becomes host ports', () => {
    const service = forwardService(ref, { guestPort: 80, protocol: 'TCP' });
    expect(forwardsOf(service)[0]).toMatchObject({ hostPort: 0, problem: 'No port of the host yet.' });
    for (const port of pickList(service, 'spec', 'ports')) port['nodePort'] = 30_080;
    expect(forwardsOf(service)).toEqual([
      { service: 'web-tcp-80', protocol: 'TCP', hostPort: 30_080, guestPort: 80, address: '127.0.0.1' },
    ]);
    expect(forwardsOf({ ...service, spec: { ...service.spec, type: 'ClusterIP' } })).toEqual([]);
  });
});
