import { z } from 'zod';
import { runProcess } from '../../../process.ts';
import { openRaw } from '../write/raw.ts';
import { drivesUnreadable, stillInUse } from './busy.ts';
import type { Device } from './device.ts';
import type { DrivePlatform } from './platform.ts';

/** <fcntl.h> of macOS: an exclusive lock with the open. Node does not name it. */
const exclusiveLock = 0x20;
const readWrite = 0x2;

const volume = z.looseObject({
  DeviceIdentifier: z.string(),
  Size: z.number().default(0),
  Content: z.string().default(''),
  VolumeName: z.string().default(''),
  MountPoint: z.string().optional(),
});
const listSchema = z.looseObject({
  AllDisksAndPartitions: z.array(
    volume.extend({
      Partitions: z.array(volume).default([]),
      APFSVolumes: z.array(volume).default([]),
      APFSPhysicalStores: z.array(z.looseObject({ DeviceIdentifier: z.string() })).default([]),
    }),
  ),
});
const infoSchema = z.looseObject({
  DeviceIdentifier: z.string(),
  BusProtocol: z.string().default(''),
  Internal: z.boolean().default(true),
  MediaName: z.string().default(''),
  WritableMedia: z.boolean().default(true),
  RemovableMedia: z.boolean().default(false),
  VirtualOrPhysical: z.string().default('Physical'),
  DeviceBlockSize: z.number().default(512),
  Size: z.number().default(0),
});
export type DiskutilInfo = z.input<typeof infoSchema>;

/** Devices in the answers of `diskutil list` and `diskutil info` (as JSON, by plutil). Throws `drives-unreadable`. */
export function devicesOfDiskutil(list: unknown, infos: readonly unknown[]): Device[] {
  try {
    const disks = listSchema.parse(list).AllDisksAndPartitions;
    const told = new Map(infos.map((info) => infoSchema.parse(info)).map((info) => [info.DeviceIdentifier, info]));
    return disks.flatMap((disk) => {
      const info = told.get(disk.DeviceIdentifier);
      // A container of APFS is shown as a disk of its own; its volumes belong to the disk that stores it.
      if (!info || disk.APFSPhysicalStores.length > 0) return [];
      const stored = disks
        .filter(({ APFSPhysicalStores: stores }) => stores.some((store) => isPartOf(store.DeviceIdentifier, disk.DeviceIdentifier)))
        .flatMap(({ APFSVolumes: volumes }) => volumes); // prettier-ignore
      const parts = [...disk.Partitions, ...disk.APFSVolumes, ...stored];
      const whole = blank(disk.DeviceIdentifier, info.Size || disk.Size);
      return [
        {
          ...whole,
          type: info.VirtualOrPhysical === 'Virtual' ? 'loop' : 'disk',
          readOnly: !info.WritableMedia,
          removable: info.RemovableMedia,
          hotplug: !info.Internal,
          transport: transportOf(info.BusProtocol, info.Internal),
          model: info.MediaName,
          sectorSize: info.DeviceBlockSize,
          mounts: disk.MountPoint ? [disk.MountPoint] : [],
          children: parts.map((part) => ({
            ...blank(part.DeviceIdentifier, part.Size),
            type: 'part',
            fileSystem: part.Content,
            label: part.VolumeName,
            mounts: part.MountPoint ? [part.MountPoint] : [],
          })),
        },
      ];
    });
  } catch (error) {
    throw drivesUnreadable('diskutil', error);
  }
}

const isPartOf = (part: string, disk: string): boolean => part === disk || part.startsWith(`${disk}s`);
function transportOf(bus: string, internal: boolean): string {
  if (bus === 'Secure Digital') return 'sd';
  return bus === 'USB' && !internal ? 'usb' : bus.toLowerCase() === 'usb' ? 'usb, built in' : bus.toLowerCase();
}
const blank = (kname: string, size: number): Device => ({
  kname,
  path: `/dev/${kname}`,
  type: '',
  size,
  readOnly: false,
  removable: false,
  hotplug: false,
  transport: '',
  subsystems: '',
  vendor: '',
  model: '',
  serial: '',
  wwn: '',
  fileSystem: '',
  label: '',
  uuid: '',
  partitionTable: '',
  partitionType: '',
  partitionName: '',
  mounts: [],
  sectorSize: 512,
  children: [],
});

/** A property list as JSON: macOS brings the program for that. */
async function asJson(argv: readonly string[], signal?: AbortSignal): Promise<unknown> {
  const options = { timeoutMs: 15_000, ...(signal && { signal }) };
  const list = await runProcess(argv, options);
  const { stdout } = await runProcess(['plutil', '-convert', 'json', '-o', '-', '-'], { ...options, stdin: list.stdout });
  return JSON.parse(stdout) as unknown;
} // prettier-ignore

/** Drives of macOS. Never run on one: the lists are tested on samples, the rest is not. */
export const darwinDrives: DrivePlatform = {
  proven: false,
  async devices(signal) {
    try {
      const list = await asJson(['diskutil', 'list', '-plist', 'physical'], signal);
      const names = listSchema.parse(list).AllDisksAndPartitions.map((disk) => disk.DeviceIdentifier);
      const infos = await Promise.all(names.map((name) => asJson(['diskutil', 'info', '-plist', name], signal)));
      return devicesOfDiskutil(list, infos);
    } catch (error) {
      signal?.throwIfAborted();
      throw drivesUnreadable('diskutil list -plist', error);
    }
  },
  async release({ path }) {
    const { code, stderr } = await runProcess(['diskutil', 'unmountDisk', path], { timeoutMs: 60_000 });
    if (code !== 0) throw stillInUse(path, stderr);
  },
  // The raw device: past the cache, and many times faster than the other.
  open: ({ path, size }, { readOnly }) =>
    openRaw(path.replace('/dev/disk', '/dev/rdisk'), size, readOnly ? 'r' : readWrite | exclusiveLock),
  async rescan({ path }) {
    await runProcess(['diskutil', 'eject', path], { timeoutMs: 30_000 }).catch(() => undefined);
  },
};
