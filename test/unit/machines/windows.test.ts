import { expect, test } from 'vitest';
import type { KubeObject } from '../../../main/contract/kube.ts';
import { createMachineSchema } from '../../../main/contract/machine.ts';
import { buildMachine } from '../../../main/backend/machines/manifest.ts';
import { answerFile } from '../../../main/backend/machines/windows/answer-file.ts';
import { pick, pickList } from '../../../main/backend/target/pick.ts';

const answers = { user: 'Ada & Co', password: `a<b>"c'`, language: 'de-DE', edition: 'Windows 11 Pro', timeZone: 'W. Europe Standard Time' }; // prettier-ignore
const build = (windows: object): KubeObject[] =>
  buildMachine(
    createMachineSchema.parse({
      name: 'win', source: { type: 'iso', image: { namespace: 'hearth-images', name: 'win11' } }, rootDisk: { size: 64 * 2 ** 30, bus: 'scsi' },
      size: { type: 'free', sockets: 2, cores: 1, threads: 1, memory: 4 * 2 ** 30 }, windows,
    }),
  ); // prettier-ignore

test('the choice Windows 11 is the preference of KubeVirt, its buses, the driver disc and an answer file', () => {
  const objects = build({
    drivers: { type: 'image', image: { namespace: 'hearth-images', name: 'virtio-win' } },
    answers,
  });
  const vm = objects.find(({ kind }) => kind === 'VirtualMachine');
  expect(pick(vm, 'spec', 'preference')).toEqual({
    kind: 'VirtualMachineClusterPreference',
    name: 'windows.11.virtio',
  });
  const domain = pick(vm, 'spec', 'template', 'spec', 'domain');
  expect(pickList(domain, 'devices', 'disks')).toEqual([
    { name: 'root', bootOrder: 1, disk: { bus: 'virtio' } }, { name: 'install', bootOrder: 2, cdrom: { bus: 'sata' } },
    { name: 'drivers', cdrom: { bus: 'sata' } }, { name: 'sysprep', cdrom: { bus: 'sata' } },
  ]); // prettier-ignore
  // What the preference prefers must not be written over.
  for (const field of ['firmware', 'features', 'clock']) expect(pick(domain, field)).toBeUndefined();
  for (const field of ['tpm', 'inputs', 'autoattachInputDevice'])
    expect(pick(domain, 'devices', field)).toBeUndefined();
  const secret = objects.find(({ kind }) => kind === 'Secret');
  expect(pickList(vm, 'spec', 'template', 'spec', 'volumes').at(-1)).toEqual({ name: 'sysprep', sysprep: { secret: { name: 'win-sysprep' } } }); // prettier-ignore
  const xml = Buffer.from(String(pick(secret, 'data', 'autounattend.xml')), 'base64').toString();
  expect(xml).toContain('<Path>D:\\viostor\\w11\\amd64</Path>');
});

test('without virtio there is no driver, and the container disc is KubeVirt’s own', () => {
  const vm = build({ devices: 'compatible' }).find(({ kind }) => kind === 'VirtualMachine');
  const domain = pick(vm, 'spec', 'template', 'spec', 'domain');
  expect(pick(domain, 'devices', 'disks', 0)).toMatchObject({ disk: { bus: 'sata' } });
  expect(pick(domain, 'devices', 'interfaces', 0)).toMatchObject({ model: 'e1000e' });
  const other = build({ drivers: { type: 'container' } }).find(({ kind }) => kind === 'VirtualMachine');
  expect(JSON.stringify(other)).toMatch(/"containerDisk":\{"image":"quay.io\/kubevirt\/virtio-container-disk:v1/);
});

test('nothing that is typed becomes XML of its own', () => {
  const xml = answerFile({ ...answers }, { computerName: 'a-machine-with-a-long-name', driverDisc: false });
  expect(xml).toContain('<Name>Ada &amp; Co</Name>');
  expect(xml).toContain('<Value>a&lt;b&gt;&quot;c&apos;</Value>');
  expect(xml).toContain('<ComputerName>a-machine-with</ComputerName>');
  expect(xml).not.toContain('DriverPaths');
  expect(xml.match(/<settings pass="(windowsPE|specialize|oobeSystem)">/g)).toHaveLength(3);
  // Every element that is opened is closed, in order.
  const open: string[] = [];
  for (const [, end, name, self] of xml.matchAll(/<(\/?)([A-Za-z]+)(?: [^>]*?)?(\/?)>/g)) {
    if (end) expect(open.pop()).toBe(name);
    else if (!self && name) open.push(name);
  }
  expect(open).toEqual([]);
});

test('pointer, TPM and sound are written when they are chosen', () => {
  const [vm] = buildMachine(
    createMachineSchema.parse({
      name: 'd', source: { type: 'blank' }, size: { type: 'instancetype', name: 'u1.small' }, tpm: 'persistent', pointer: 'usb', sound: 'ich9',
    }),
  ); // prettier-ignore
  expect(pick(vm, 'spec', 'template', 'spec', 'domain', 'devices')).toMatchObject({
    tpm: { persistent: true }, inputs: [{ name: 'pointer', type: 'tablet', bus: 'usb' }], sound: { name: 'sound', model: 'ich9' },
  }); // prettier-ignore
});
