import { basename } from 'node:path';
import type { EngineConfig } from '../../kube/context.ts';
import { bytesOf, quantityValue } from '../../kube/quantity.ts';
import { resourceOf } from './shapes.ts';
import type { VmiSpec } from './shapes.ts';

/** KubeVirt's name of the architecture that the engine's QEMU emulates. */
export const architectureOf = (config: EngineConfig): string => {
  const binary = basename(config.qemuBinary);
  if (binary.includes('aarch64')) return 'arm64';
  if (binary.includes('x86_64')) return 'amd64';
  return process.arch === 'arm64' ? 'arm64' : 'amd64';
};

/** The machine type that a spec without one gets. */
export const defaultMachineType = (architecture: string): string => (architecture === 'arm64' ? 'virt' : 'q35');

/**
 * What has to stand before preferences are applied, because they speak of it: a disk for each volume, the default
 * interface, the input device that was asked for (KubeVirt's setupVMIFromVM). Changes `spec`.
 */
export const setDevices = (spec: VmiSpec): void => {
  const { devices } = spec.domain;
  const known = new Set((devices.disks ?? []).map((disk) => disk.name));
  for (const { name, memoryDump } of spec.volumes ?? []) {
    if (!known.has(name) && !memoryDump) (devices.disks ??= []).push({ name });
  }
  const networkless = (devices.interfaces ?? []).length === 0 && (spec.networks ?? []).length === 0;
  if (networkless && devices.autoattachPodInterface !== false) {
    devices.interfaces = [{ name: 'default', masquerade: {} }];
    spec.networks = [{ name: 'default', pod: {} }];
  }
  if (devices.autoattachInputDevice && (devices.inputs ?? []).length === 0) {
    devices.inputs = [{ name: 'default-0', type: 'tablet', bus: '' }];
  }
};

/** The rest of KubeVirt's defaults of an instance (pkg/defaults), after the preferences. Changes `spec`. */
export const setInstanceDefaults = (spec: VmiSpec, config: EngineConfig): void => {
  const { domain } = spec;
  spec.architecture ||= architectureOf(config);
  domain.machine ??= {};
  domain.machine.type ||= defaultMachineType(spec.architecture);
  setMemory(spec);
  setTopology(spec);
  domain.cpu ??= {};
  domain.cpu.model ||= 'host-model';
  domain.features ??= {};
  domain.features.acpi ??= {};
  domain.features.acpi.enabled ??= true;
  for (const disk of domain.devices.disks ?? []) {
    if (!disk.disk && !disk.cdrom && !disk.lun) disk.disk = {};
    if (disk.disk) disk.disk.bus ||= 'sata';
    if (disk.lun) disk.lun.bus ||= 'sata';
    if (!disk.cdrom) continue;
    disk.cdrom.bus ||= 'sata';
    disk.cdrom.readonly ??= true;
    disk.cdrom.tray ||= 'closed';
  }
  for (const input of domain.devices.inputs ?? []) {
    input.bus ||= 'usb';
    input.type ||= 'tablet';
  }
  for (const nic of domain.devices.interfaces ?? []) {
    nic.model ||= 'virtio';
    for (const port of nic.ports ?? []) port.protocol ||= 'TCP';
  }
};

const setMemory = ({ domain }: VmiSpec): void => {
  if (domain.memory?.guest !== undefined) return;
  const asked = [resourceOf(domain.resources?.requests, 'memory'), resourceOf(domain.resources?.limits, 'memory')];
  const guest = asked.find((quantity) => (bytesOf(quantity) ?? 0) > 0);
  if (guest !== undefined) domain.memory = { ...domain.memory, guest: String(guest) };
};

const setTopology = ({ domain }: VmiSpec): void => {
  const cpu = (domain.cpu ??= {});
  if (!cpu.cores && !cpu.sockets && !cpu.threads) {
    const { limits, requests } = domain.resources ?? {};
    const asked = quantityValue(resourceOf(limits, 'cpu') ?? resourceOf(requests, 'cpu'));
    cpu.sockets = Math.max(1, Math.ceil(asked ?? 1));
  }
  cpu.sockets ||= 1;
  cpu.cores ||= 1;
  cpu.threads ||= 1;
};
