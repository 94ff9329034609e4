import type { V1Interface, V1Volume } from '@kubevirt-ui-ext/kubevirt-api/kubevirt';
import type { VmiSpec } from '../spec.ts';

export type DeviceBus = 'virtio' | 'sata' | 'scsi' | 'usb';
export type DiskDevice = 'disk' | 'cdrom' | 'lun';

export interface DiskSlot {
  volume: string;
  device: DiskDevice;
  bus: DeviceBus;
  bootIndex: number | undefined;
  serial: string | undefined;
  cache: string | undefined;
  /** Its volume may come and go while the machine runs. */
  hotpluggable: boolean;
}

/** Whether a volume may come and go while the machine runs (KubeVirt: `hotpluggable` of its claim or DataVolume). */
export const isHotpluggable = (volume: V1Volume | undefined): boolean =>
  (volume?.dataVolume?.hotpluggable ?? volume?.persistentVolumeClaim?.hotpluggable) === true;

/** Volumes that hold a system; a boot from the seed disk would end at "not a bootable disk". */
const bootable = ['dataVolume', 'persistentVolumeClaim', 'ephemeral', 'containerDisk'] as const;

/** Disks in the order of the spec; a volume without one becomes a virtio disk, as in KubeVirt. */
export function disksOf(spec: VmiSpec): DiskSlot[] {
  const volumes = spec.volumes ?? [];
  const disks = spec.domain.devices.disks ?? [];
  const slots: DiskSlot[] = disks.map((disk) => {
    const device: DiskDevice = disk.cdrom ? 'cdrom' : disk.lun ? 'lun' : 'disk';
    const bus = disk.cdrom?.bus ?? disk.lun?.bus ?? disk.disk?.bus ?? (disk.cdrom ? 'sata' : 'virtio');
    return {
      volume: disk.name,
      device,
      bus: (['virtio', 'sata', 'scsi', 'usb'].includes(bus) ? bus : 'virtio') as DeviceBus,
      bootIndex: disk.bootOrder,
      serial: disk.serial,
      cache: disk.cache,
      hotpluggable: isHotpluggable(volumes.find((volume) => volume.name === disk.name)),
    };
  });
  for (const { name } of volumes.filter((volume) => !disks.some((disk) => disk.name === volume.name)))
    slots.push({
      volume: name,
      device: 'disk',
      bus: 'virtio',
      bootIndex: undefined,
      serial: undefined,
      cache: undefined,
      hotpluggable: isHotpluggable(volumes.find((volume) => volume.name === name)),
    });
  if ([...slots.map((slot) => slot.bootIndex), ...interfacesOf(spec).map((nic) => nic.bootOrder)].some(Boolean))
    return slots;
  // No order given: disks first, then CD-ROMs, so that an installed system wins over its installer.
  const candidates = slots.filter((slot) => {
    const volume = volumes.find((candidate) => candidate.name === slot.volume);
    return volume && bootable.some((kind) => volume[kind] !== undefined);
  });
  const ordered = [
    ...candidates.filter((s) => s.device !== 'cdrom'),
    ...candidates.filter((s) => s.device === 'cdrom'),
  ];
  return slots.map((slot) => (ordered.includes(slot) ? { ...slot, bootIndex: ordered.indexOf(slot) + 1 } : slot));
}

/** Interfaces, with the default one on the pod network where none is named. */
export function interfacesOf(spec: VmiSpec): V1Interface[] {
  const { interfaces, autoattachPodInterface } = spec.domain.devices;
  if (interfaces?.length) return interfaces.filter((nic) => nic.state !== 'absent');
  return autoattachPodInterface === false ? [] : [{ name: 'default', masquerade: {} }];
}
