import type { V1Disk } from '@kubevirt-ui-ext/kubevirt-api/kubevirt';
import type { StatusCause } from '../../kube/status-error.ts';
import { labelErrors } from '../metadata.ts';
import { invalidCause, unsupportedCause } from './shapes.ts';
import type { VmiSpec } from './shapes.ts';

const buses = ['virtio', 'scsi', 'sata', 'usb'];
const caches = ['none', 'writethrough', 'writeback', 'directsync'];
const errorPolicies = ['stop', 'ignore', 'report', 'enospace'];
const maxLength = 256;
const plainText = /^[A-Za-z0-9_.+-]+$/;

/** Disks, each for itself (KubeVirt pkg/storage/admitters/disks.go). `at` is the instance's spec. */
export const diskCauses = (spec: VmiSpec, at: string): StatusCause[] => {
  const disks = spec.domain.devices.disks ?? [];
  const field = `${at}.domain.devices.disks`;
  return disks.flatMap((disk, index) => [
    ...nameCauses(disks, index, field),
    ...targetCauses(disk, `${field}[${index}]`),
    ...tuningCauses(disk, `${field}[${index}]`, field),
    ...labelErrors(disk.name).map((error) => invalidCause(`${field}[${index}].name`, error)),
  ]);
};

const nameCauses = (disks: readonly V1Disk[], index: number, field: string): StatusCause[] => {
  const other = disks.findIndex((disk) => disk.name === disks[index]?.name);
  if (other === index) return [];
  return [
    invalidCause(`${field}[${index}].name`, `${field}[${index}] and ${field}[${other}] must not have the same Name.`),
  ];
};

const targetCauses = (disk: V1Disk, here: string): StatusCause[] => {
  const causes: StatusCause[] = [];
  if ([disk.disk, disk.lun, disk.cdrom].filter(Boolean).length > 1) {
    causes.push(invalidCause(here, `${here} can only have a single target type defined`));
  }
  if (disk.bootOrder !== undefined && disk.bootOrder < 1) {
    causes.push(invalidCause(`${here}.bootOrder`, `${here} must have a boot order > 0, if supplied`));
  }
  const kind = disk.disk ? 'disk' : disk.lun ? 'lun' : 'cdrom';
  const bus = (disk.disk ?? disk.lun ?? disk.cdrom)?.bus;
  if (!bus) return causes;
  if (bus === 'ide') causes.push(invalidCause(`${here}.${kind}.bus`, 'IDE bus is not supported'));
  else if (!buses.includes(bus)) {
    causes.push(
      invalidCause(
        `${here}.${kind}.bus`,
        `${here} is set with an unrecognized bus ${bus}, must be one of: [${buses.join(' ')}]`,
      ),
    );
  } else if (bus === 'virtio' && kind === 'cdrom') {
    causes.push(invalidCause(`${here}.cdrom.bus`, `Bus type ${bus} is invalid for CD-ROM device`));
  } else if (bus === 'sata' && disk.disk?.readonly) {
    causes.push(invalidCause(`${here}.disk.bus`, `${bus} hard-disks do not support read-only.`));
  }
  if (disk.dedicatedIOThread && bus !== 'virtio') {
    causes.push(unsupportedCause(here, `IOThreads are not supported for disks on a ${bus} bus`));
  }
  return causes;
};

const tuningCauses = (disk: V1Disk, here: string, field: string): StatusCause[] => {
  const causes: StatusCause[] = [];
  if (disk.serial && !plainText.test(disk.serial)) {
    causes.push(
      invalidCause(
        `${here}.serial`,
        `${here} must be made up of the following characters [A-Za-z0-9_.+-], if specified`,
      ),
    );
  }
  if (disk.serial && [...disk.serial].length > maxLength) {
    causes.push(
      invalidCause(`${here}.serial`, `${here} must be less than or equal to ${maxLength} in length, if specified`),
    );
  }
  if (disk.cache && !caches.includes(disk.cache)) {
    causes.push(invalidCause(`${here}.cache`, `${here}.cache has invalid value ${disk.cache}`));
  }
  if (disk.io && disk.io !== 'native' && disk.io !== 'threads') {
    causes.push(
      unsupportedCause(
        `${here}.io`,
        `Disk IO mode for ${field} is not supported. Supported modes are: native, threads.`,
      ),
    );
  }
  if (disk.errorPolicy && !errorPolicies.includes(disk.errorPolicy)) {
    causes.push(invalidCause(`${here}.errorPolicy`, `${here}.errorPolicy has invalid value "${disk.errorPolicy}"`));
  }
  return causes;
};

/** Disks against volumes, and the boot order over disks and interfaces (validateBootOrder). */
export const bootCauses = (spec: VmiSpec, at: string): StatusCause[] => {
  const { disks = [], interfaces = [] } = spec.domain.devices;
  const volumes = new Map((spec.volumes ?? []).map((volume) => [volume.name, volume]));
  const causes: StatusCause[] = [];
  const taken = new Set<number>();
  const order = (value: number | undefined, field: string): void => {
    if (value === undefined) return;
    if (taken.has(value))
      causes.push(invalidCause(field, `Boot order for ${field} already set for a different device.`));
    taken.add(value);
  };
  for (const [index, disk] of disks.entries()) {
    const here = `${at}.domain.devices.disks[${index}]`;
    const volume = volumes.get(disk.name);
    // A CD-ROM drive may be empty.
    if (!volume && !disk.cdrom) causes.push(invalidCause(`${here}.name`, `${here}.Name '${disk.name}' not found.`));
    if (disk.lun && volume && !volume.persistentVolumeClaim && !volume.dataVolume) {
      causes.push(
        invalidCause(`${here}.lun`, `${here}.lun can only be mapped to a DataVolume or PersistentVolumeClaim volume.`),
      );
    }
    order(disk.bootOrder, `${here}.bootOrder`);
  }
  for (const [index, nic] of interfaces.entries()) {
    const here = `${at}.domain.devices.interfaces[${index}]`;
    if (nic.bootOrder !== undefined && nic.bootOrder < 1) {
      causes.push(invalidCause(`${here}.bootOrder`, `${here} must have a boot order > 0, if supplied`));
    } else order(nic.bootOrder, `${here}.bootOrder`);
  }
  return causes;
};
