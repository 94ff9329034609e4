import { expect, test } from 'vitest';
import { suited } from '../../../main/backend/foreign/inside.ts';
import { describe as readDescription } from '../../../main/backend/foreign/recognise.ts';
import { machineOf } from '../../../main/backend/foreign/loose.ts';
import { systemBy } from '../../../main/backend/images/inside.ts';
import { imageRow } from '../../../main/backend/images/row.ts';
import { imageObject } from '../../../main/backend/images/manifest.ts';
import { guessByName } from '../../../main/backend/images/systems/guess.ts';
import { suit } from '../../../main/backend/transfer/ovf/suit.ts';
import { machineOf as ovfMachine } from '../../../main/backend/transfer/ovf/hardware.ts';
import { readEnvelope } from '../../../main/backend/transfer/ovf/envelope.ts';
import type { DiskInside } from '../../../main/contract/inside.ts';
import { suitedTo } from '../../../renderer/features/create/first-start.ts';
import { emptyDraft } from '../../../renderer/features/create/draft.ts';
import { ovfText } from '../../support/appliances.ts';
import { foreignWindows } from '../../support/fake/inside.ts';

const file = (name: string) => ({ name, size: 9, head: Buffer.alloc(9), read: async () => Buffer.alloc(0) });
const linux: DiskInside = { ...foreignWindows, family: 'linux', system: { id: 'debian', name: 'Debian', preference: 'debian' }, notes: [], evidence: 'EFI/debian' }; // prettier-ignore

test('disks that nobody describes become the machine that what is on them wants', () => {
  const told = machineOf([{ file: file('pc.vmdk'), facts: { format: 'vmdk', size: 2 ** 30 } }]);
  expect(told).toMatchObject({ firmware: 'bios', os: { family: 'other' } });
  const windows = suited(told, foreignWindows);
  expect(windows).toMatchObject({ firmware: 'uefi', secureBoot: true, tpm: true, os: { family: 'windows', name: 'Windows 11', preferences: ['windows.11'] }, disks: [{ bus: 'sata' }], nics: [{ model: 'e1000e' }] }); // prettier-ignore
  expect(windows.left.map(({ what }) => what)).not.toContain('Firmware');
  expect(suited(told, linux)).toMatchObject({ firmware: 'uefi', secureBoot: false, disks: [{ bus: 'virtio' }], nics: [{ model: 'virtio' }], os: { preferences: ['debian', 'linux'] } }); // prettier-ignore
  expect(suited(told, undefined)).toBe(told);
});

test('a description keeps its hardware, and its disk has the last word on the firmware', () => {
  const vmx = 'config.version = "8"\nmemsize = "512"\nguestOS = "windows9-64"\nide0:0.present = "TRUE"\nide0:0.fileName = "a.vmdk"\n'; // prettier-ignore
  const told = readDescription({ name: 'a.vmx', head: Buffer.from(vmx), size: vmx.length });
  expect(told.firmware).toBe('bios');
  const found = suited(told, foreignWindows);
  expect(found).toMatchObject({ firmware: 'uefi', secureBoot: false, os: { name: told.os.name } });
  expect(found.left.find(({ what }) => what === 'Firmware')?.why).toContain('can only be started with UEFI');
  const both = suited(told, { ...foreignWindows, boots: 'both' });
  expect(both.firmware).toBe('bios');
});

test('an appliance: the disk decides the firmware, Windows gets its settings, a person has the last word', () => {
  const made = ovfMachine(readEnvelope(ovfText({ name: 'pc', memoryMiB: 4096, cpus: 2, controllers: [{ id: 3, type: 6, subType: 'lsilogic' }], disks: [{ id: 'd', file: 'a.vmdk', gib: 8, parent: 3, place: 0 }], nics: [{ network: 'LAN', subType: 'VmxNet3' }] })), {}); // prettier-ignore
  const domainOf = (machine: typeof made.machine) => (machine.spec['template'] as { spec: { domain: object } }).spec.domain; // prettier-ignore
  const own = suit(made.machine, foreignWindows, {});
  expect(domainOf(own.machine)).toMatchObject({
    firmware: { bootloader: { efi: { secureBoot: true } } },
    features: { smm: { enabled: true }, hyperv: { relaxed: {}, vapic: {} } },
    clock: { utc: {}, timer: { hpet: { present: false } } },
    devices: { tpm: { persistent: true }, disks: [{ disk: { bus: 'sata' } }], interfaces: [{ model: 'e1000' }] },
  });
  expect(own.hardware).toEqual({ firmware: 'uefi-secure', drivers: 'described' });
  expect(own.notes.join()).toContain('description says BIOS');
  const chosen = suit(made.machine, foreignWindows, { firmware: 'bios', drivers: 'virtio' });
  expect(domainOf(chosen.machine)).toMatchObject({ firmware: { bootloader: { bios: {} } }, devices: { disks: [{ disk: { bus: 'virtio' } }], interfaces: [{ model: 'virtio' }] } }); // prettier-ignore
  expect(chosen.notes).toEqual([]);
  expect(suit(made.machine, undefined, {}).machine).toEqual(made.machine);
});

test('an image keeps what was found on it; what somebody else wrote there counts as nothing', () => {
  const named = guessByName('debian-13.1.0-amd64.qcow2');
  expect(systemBy(named, linux)).toBe(named);
  expect(systemBy(guessByName('ubuntu-24.04.img'), linux)).toMatchObject({ id: 'debian', from: 'file', evidence: 'EFI/debian' }); // prettier-ignore
  const object = imageObject({ name: 'pc', displayName: 'pc', origin: 'pc.vmdk', source: { type: 'upload' }, kind: 'disk', inside: foreignWindows }); // prettier-ignore
  const row = (inside?: string) =>
    imageRow(inside === undefined ? object : { ...object, metadata: { ...object.metadata, annotations: { 'hearth.dev/inside': inside } } }, { working: false, usedBy: [] }); // prettier-ignore
  expect(row().inside).toEqual(foreignWindows);
  expect(row().cloudInit).toBe(false);
  for (const text of ['', '{', '{"table":"gpt"}', JSON.stringify({ ...foreignWindows, notes: ['<script>'] })])
    expect(row(text).inside).toBeUndefined();
});

test('the form takes the hardware of an image once, gives it up with the image, and leaves a described machine alone', () => {
  const image = { ...imageRow(imageObject({ name: 'pc', displayName: 'pc', origin: 'pc.vmdk', source: { type: 'upload' }, kind: 'disk', inside: foreignWindows }), { working: false, usedBy: [] }) }; // prettier-ignore
  const preferences = [{ name: 'windows.11' }] as never;
  const change = suitedTo(emptyDraft, image, preferences);
  expect(change).toEqual({ firmware: 'uefi-secure', rootBus: 'sata', model: 'e1000e', tpm: 'persistent', preference: 'windows.11', suited: 'hearth-images/pc' }); // prettier-ignore
  const filled = { ...emptyDraft, ...change };
  expect(suitedTo({ ...filled, rootBus: 'virtio' }, image, preferences)).toBeUndefined();
  expect(suitedTo(filled, undefined, preferences)).toMatchObject({ firmware: 'preferred', rootBus: 'virtio', suited: '' }); // prettier-ignore
  expect(suitedTo({ ...emptyDraft, from: 'web' }, image, preferences)).toBeUndefined();
  expect(suitedTo(emptyDraft, image, [])?.preference).toBe('');
});
