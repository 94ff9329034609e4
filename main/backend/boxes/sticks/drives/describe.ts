import type { StickDrive } from '../../../../contract/box/sticks.ts';
import { keyOf, withDescendants } from './device.ts';
import type { Device } from './device.ts';
import { isVirtual, judge } from './policy.ts';
import type { PolicyOptions } from './policy.ts';
import { contentOf, nameOf } from './words.ts';

/** The drives of a computer as they are told to people; those that may be written first. */
export function drivesOf(devices: readonly Device[], options: PolicyOptions = {}): StickDrive[] {
  return devices
    .filter((device) => !isVirtual(device, options))
    .map((device) => describe(device, devices, options))
    .sort((a, b) => Number(Boolean(a.refused)) - Number(Boolean(b.refused)) || a.path.localeCompare(b.path));
}

function describe(device: Device, all: readonly Device[], options: PolicyOptions): StickDrive {
  return {
    path: device.path,
    name: nameOf(device),
    model: device.model,
    serial: device.serial,
    size: device.size,
    transport: device.transport || (device.kname.startsWith('mmcblk') ? 'mmc' : ''),
    content: contentOf(device),
    mounts: [...new Set(withDescendants(device).flatMap(({ mounts }) => mounts))],
    ...judge(device, all, options),
    key: keyOf(device),
  };
}
