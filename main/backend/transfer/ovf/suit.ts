import { firstStartOf } from '../../../contract/first-start.ts';
import type { DiskInside } from '../../../contract/inside.ts';
import type { ApplianceHardware, ImportHardware } from '../../../contract/transfer.ts';
import type { Manifest } from '../file/manifest.ts';

type Firmware = ImportHardware['firmware'];
interface Domain {
  firmware?: unknown;
  clock?: unknown;
  features?: Record<string, unknown>;
  devices: {
    disks: { disk?: { bus?: string } }[];
    interfaces?: { model?: string }[];
    tpm?: unknown;
  };
}

/** What KubeVirt's preferences of Windows state (common-instancetypes v1.7.0, windows.10): an appliance has no preference. */
const windowsClock = {
  utc: {},
  timer: { hpet: { present: false }, hyperv: {}, pit: { tickPolicy: 'delay' }, rtc: { tickPolicy: 'catchup' } },
};
const windowsFeatures = {
  acpi: {},
  apic: {},
  hyperv: {
    frequencies: {}, ipi: {}, reenlightenment: {}, relaxed: {}, reset: {}, runtime: {}, spinlocks: { spinlocks: 8191 }, synic: {},
    synictimer: { direct: {} }, tlbflush: {}, vapic: {}, vpindex: {},
  },
}; // prettier-ignore

/**
 * The machine of an appliance as its first disk can start: the disk's loaders decide the firmware, whatever the description says,
 * and Windows gets the clock and the features that it wants. What a person chose counts before both. Pure.
 */
export function suit(
  machine: Manifest['machine'],
  inside: DiskInside | undefined,
  chosen: ApplianceHardware,
): { machine: Manifest['machine']; hardware: ImportHardware; notes: string[] } {
  const made = structuredClone(machine);
  const { domain } = (made.spec['template'] as { spec: { domain: Domain } }).spec;
  const described = firmwareOf(domain);
  const start = inside && firstStartOf(inside);
  const notes: string[] = [];
  const told = inside?.boots === 'uefi' || inside?.boots === 'bios' ? inside.boots : undefined;
  if (told !== undefined && told !== described.replace('-secure', '') && chosen.firmware === undefined)
    notes.push(`Its description says ${described === 'bios' ? 'BIOS' : 'UEFI'}, and its disk can only be started with ${told.toUpperCase()}: that is taken.`); // prettier-ignore
  const fits = told === undefined || told === described.replace('-secure', '');
  const firmware = chosen.firmware ?? (fits ? described : (start?.firmware as Firmware));
  domain.firmware = { bootloader: firmware === 'bios' ? { bios: {} } : { efi: { secureBoot: firmware === 'uefi-secure' } } }; // prettier-ignore
  const windows = inside?.family === 'windows';
  const secure = firmware === 'uefi-secure';
  if (windows || secure)
    domain.features = { ...domain.features, ...(windows && windowsFeatures), ...(secure && { smm: { enabled: true } }) };
  else delete domain.features;
  if (windows) domain.clock = windowsClock;
  if (start?.tpm === 'persistent') domain.devices.tpm = { persistent: true };
  const drivers = chosen.drivers ?? 'described';
  if (drivers !== 'described') {
    for (const { disk } of domain.devices.disks) if (disk) disk.bus = drivers === 'virtio' ? 'virtio' : 'sata';
    for (const nic of domain.devices.interfaces ?? []) nic.model = drivers === 'virtio' ? 'virtio' : 'e1000e';
  }
  return { machine: made, hardware: { firmware, drivers }, notes };
} // prettier-ignore

function firmwareOf({ firmware }: Domain): Firmware {
  const efi = (firmware as { bootloader?: { efi?: { secureBoot?: boolean } } } | undefined)?.bootloader?.efi;
  return efi === undefined ? 'bios' : efi.secureBoot === true ? 'uefi-secure' : 'uefi';
}
